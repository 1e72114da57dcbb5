# Installs the program, the libraries with their headers, the Lua library with its editor stubs, the
# example apps, the manual, and what find_package(calluna) reads. Only if this is the whole project.
if(NOT PROJECT_IS_TOP_LEVEL)
  return()
endif()
include(CMakePackageConfigHelpers)

set(calluna_data_dir "${CMAKE_INSTALL_DATADIR}/calluna")
set(calluna_scripts_dir "${calluna_data_dir}/scripts/calluna")
set(calluna_examples_dir "${calluna_data_dir}/examples")
set(calluna_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/calluna")

# One export a room, so that who uses only the sdk need not have the dependencies of the others.
foreach(room sdk bindings runtime)
  install(TARGETS calluna_${room} EXPORT calluna-${room} ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
  install(EXPORT calluna-${room} NAMESPACE calluna:: DESTINATION "${calluna_package_dir}")
  install(DIRECTORY ${room}/include/ DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.hpp")
endforeach()
install(TARGETS calluna RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")

install(DIRECTORY scripts/calluna/ DESTINATION "${calluna_scripts_dir}" FILES_MATCHING PATTERN "*.lua")
install(FILES "${CALLUNA_ARI_TABLE_LUA}" DESTINATION "${calluna_scripts_dir}")
install(FILES "${CALLUNA_ARI_TABLE_STUBS}" DESTINATION "${calluna_scripts_dir}/_meta")
install(DIRECTORY examples/apps DESTINATION "${calluna_examples_dir}")
install(FILES LICENSE README.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(DIRECTORY docs DESTINATION "${CMAKE_INSTALL_DOCDIR}")

configure_package_config_file(cmake/calluna-config.cmake.in
  "${CMAKE_CURRENT_BINARY_DIR}/calluna-config.cmake"
  INSTALL_DESTINATION "${calluna_package_dir}"
  PATH_VARS calluna_scripts_dir calluna_examples_dir)
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/calluna-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${CMAKE_CURRENT_BINARY_DIR}/calluna-config.cmake"
  "${CMAKE_CURRENT_BINARY_DIR}/calluna-config-version.cmake"
  DESTINATION "${calluna_package_dir}")
install(DIRECTORY cmake/find/
  DESTINATION "${calluna_package_dir}/find")
