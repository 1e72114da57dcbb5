#pragma once
#include <lua.hpp>

#include <string_view>

namespace calluna::bindings {

/// The country by which the running task reads numbers without a country code: that of its call's
/// trunk, else of its PBX, else the one that all PBXs share; "" if there is none. The view lives as
/// long as the app. On the app's thread.
std::string_view default_region(lua_State* lua);

}  // namespace calluna::bindings
