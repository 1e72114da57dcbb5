# Builds the example apps into calluna_runtime, as what `calluna new` begins with.
file(GLOB_RECURSE calluna_example_apps CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/examples/apps/*")
set(calluna_app_templates "${CMAKE_BINARY_DIR}/generated/app_templates.cpp")
add_custom_command(
  OUTPUT "${calluna_app_templates}"
  COMMAND "${LUAJIT_PROGRAM}" "${PROJECT_SOURCE_DIR}/cmake/embed_apps.lua" "${calluna_app_templates}"
          "${PROJECT_SOURCE_DIR}/examples/apps" ${calluna_example_apps}
  DEPENDS "${PROJECT_SOURCE_DIR}/cmake/embed_apps.lua" ${calluna_example_apps}
  COMMENT "Building the example apps in"
  VERBATIM)
target_sources(calluna_runtime PRIVATE "${calluna_app_templates}")
set_source_files_properties("${calluna_app_templates}" PROPERTIES
  INCLUDE_DIRECTORIES "${PROJECT_SOURCE_DIR}/runtime/src")
