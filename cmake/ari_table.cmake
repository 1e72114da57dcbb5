# Generates sources from the ARI tables (sdk/ari/*.txt) with luajit at build time.
#
# Needs LUAJIT_PROGRAM. If calluna_sdk exists in the including directory, it gets the C++ part.
# Sets, for others:
#   CALLUNA_ARI_TABLE_DIR    the folder with everything below; targets which read it need
#                            add_dependencies(<target> calluna_ari_table)
#   CALLUNA_ARI_TABLE_INC    operations.inc, events.inc: constexpr arrays for operation.cpp and
#                            event_type.cpp
#   CALLUNA_ARI_TABLE_LUA    ari_operations.lua: the list from which the Lua library makes methods
#   CALLUNA_ARI_TABLE_STUBS  meta/ari_operations.lua: LuaLS stubs, to be installed as
#                            scripts/calluna/_meta/ari_operations.lua
set(calluna_ari_source "${CMAKE_CURRENT_LIST_DIR}/../sdk/ari")
cmake_path(NORMAL_PATH calluna_ari_source)
set(CALLUNA_ARI_TABLE_DIR "${CMAKE_BINARY_DIR}/generated/ari")
set(CALLUNA_ARI_TABLE_INC
  "${CALLUNA_ARI_TABLE_DIR}/operations.inc" "${CALLUNA_ARI_TABLE_DIR}/events.inc")
set(CALLUNA_ARI_TABLE_LUA "${CALLUNA_ARI_TABLE_DIR}/ari_operations.lua")
set(CALLUNA_ARI_TABLE_STUBS "${CALLUNA_ARI_TABLE_DIR}/meta/ari_operations.lua")
file(MAKE_DIRECTORY "${CALLUNA_ARI_TABLE_DIR}/meta")

file(GLOB calluna_ari_inputs CONFIGURE_DEPENDS
  "${calluna_ari_source}/*.txt" "${calluna_ari_source}/*.lua")
add_custom_command(
  OUTPUT ${CALLUNA_ARI_TABLE_INC} "${CALLUNA_ARI_TABLE_LUA}" "${CALLUNA_ARI_TABLE_STUBS}"
  COMMAND "${LUAJIT_PROGRAM}" "${calluna_ari_source}/generate.lua"
          "${calluna_ari_source}" "${CALLUNA_ARI_TABLE_DIR}"
  DEPENDS ${calluna_ari_inputs}
  COMMENT "Generating the ARI operations and events"
  VERBATIM)
add_custom_target(calluna_ari_table ALL DEPENDS
  ${CALLUNA_ARI_TABLE_INC} "${CALLUNA_ARI_TABLE_LUA}" "${CALLUNA_ARI_TABLE_STUBS}")

if(TARGET calluna_sdk)
  target_include_directories(calluna_sdk PRIVATE "${CALLUNA_ARI_TABLE_DIR}")
  add_dependencies(calluna_sdk calluna_ari_table)
endif()
