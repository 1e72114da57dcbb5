# Builds scripts/calluna/*.lua (and the generated ARI list) into calluna_bindings, so that a program
# needs no script folder at run time.
file(GLOB calluna_library CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/scripts/calluna/*.lua")
set(calluna_embedded "${CMAKE_BINARY_DIR}/generated/embedded_scripts.cpp")
add_custom_command(
  OUTPUT "${calluna_embedded}"
  COMMAND "${LUAJIT_PROGRAM}" "${PROJECT_SOURCE_DIR}/cmake/embed_lua.lua" "${calluna_embedded}"
          ${calluna_library} "${CALLUNA_ARI_TABLE_LUA}"
  DEPENDS "${PROJECT_SOURCE_DIR}/cmake/embed_lua.lua" ${calluna_library} "${CALLUNA_ARI_TABLE_LUA}"
  COMMENT "Building the Lua library in"
  VERBATIM)
target_sources(calluna_bindings PRIVATE "${calluna_embedded}")
add_dependencies(calluna_bindings calluna_ari_table)
