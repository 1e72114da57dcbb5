#pragma once
#include <calluna/result.hpp>

#include <lua.hpp>
#include <nlohmann/json_fwd.hpp>

#include <string_view>

namespace calluna::bindings {

/// Pushes the Lua value of a JSON text: objects and arrays are tables, null is nil inside tables
/// and `json.null` nowhere (absent keys say the same). On failure pushes nothing. Error: `invalid`,
/// with the position.
result<void> push_json_text(lua_State* lua, std::string_view text);

/// Pushes the Lua value of `value`.
void push_json(lua_State* lua, nlohmann::json const& value);

/// The JSON value of the Lua value at `at`. A table is an array if its keys are 1..n (an empty one
/// is an object). Raises a Lua error, naming the key, for functions, userdata other than events,
/// NaN, and nesting over 64.
nlohmann::json to_json(lua_State* lua, int at);

}  // namespace calluna::bindings
