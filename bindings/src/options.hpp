#pragma once
#include <calluna/error.hpp>

#include <lua.hpp>

#include <chrono>
#include <optional>

namespace calluna::bindings {

/// A timeout argument in seconds; nil or false: nothing (endless). Raises for anything else, and
/// below 0.
std::optional<double> seconds_argument(lua_State* lua, int at);

/// A timeout argument for a request: seconds, `fallback` if absent. There is no endless request.
std::chrono::milliseconds request_timeout(lua_State* lua, int at, double fallback);

/// The arguments (kind, message, retryable) from `at` on.
error error_argument(lua_State* lua, int at);

/// Sets each function into the table on top.
void set_functions(lua_State* lua, luaL_Reg const* functions);

}  // namespace calluna::bindings
