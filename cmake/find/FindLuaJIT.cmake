# LuaJIT as LuaJIT::LuaJIT, by its pkg-config file. Used by our own build and by calluna-config.cmake:
# an installed target must not name a target that only pkg_check_modules makes.
find_package(PkgConfig QUIET)
pkg_check_modules(PC_LUAJIT QUIET luajit)
find_path(LuaJIT_INCLUDE_DIR lua.hpp HINTS ${PC_LUAJIT_INCLUDE_DIRS} PATH_SUFFIXES luajit-2.1)
find_library(LuaJIT_LIBRARY NAMES luajit-5.1 luajit HINTS ${PC_LUAJIT_LIBRARY_DIRS})
set(LuaJIT_VERSION "${PC_LUAJIT_VERSION}")
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LuaJIT
  REQUIRED_VARS LuaJIT_LIBRARY LuaJIT_INCLUDE_DIR VERSION_VAR LuaJIT_VERSION)
mark_as_advanced(LuaJIT_INCLUDE_DIR LuaJIT_LIBRARY)
if(LuaJIT_FOUND AND NOT TARGET LuaJIT::LuaJIT)
  add_library(LuaJIT::LuaJIT UNKNOWN IMPORTED)
  set_target_properties(LuaJIT::LuaJIT PROPERTIES
    IMPORTED_LOCATION "${LuaJIT_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${LuaJIT_INCLUDE_DIR}")
endif()
