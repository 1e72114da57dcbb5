#pragma once
#include <calluna/error.hpp>

#include <lua.hpp>

namespace calluna::bindings {

/// Makes the class of Lua error values known to `lua`: tables {kind, code, message, retryable}
/// whose `tostring` is "kind: message". Once per state.
void open_errors(lua_State* lua);

/// Pushes `e` as such a value. `err.code` is the number of the protocol's code, nil if there is
/// none.
void push_error(lua_State* lua, error const& e);

/// Pushes nil and the error: what a failed operation returns. Always 2.
int push_failure(lua_State* lua, error const& e);

}  // namespace calluna::bindings
