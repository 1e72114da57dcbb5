#pragma once
#include <calluna/bindings/app.hpp>

#include <lua.hpp>

#include <string>

namespace calluna::bindings {

/// Makes everything an app finds in its state: Lua's libraries, error values, the native tables,
/// `require`, and the sandboxed globals (scripts/calluna/sandbox.lua). Throws std::runtime_error if
/// the library is broken.
void open_environment(lua_State* lua, app_options const& options);

/// Compiles `path` (text only) as a function that sees the app's globals, and pushes it; else
/// pushes the message. Returns Lua's status.
int load_file_into_environment(lua_State* lua, std::string const& path);

/// The same with a function that returns the built-in library's `module`.
int load_module_into_environment(lua_State* lua, std::string const& module);

/// Pushes `require("calluna.<module>")[function]`.
void push_library_function(lua_State* lua, char const* module, char const* function);

/// Pushes the message handler that adds a traceback.
void push_traceback(lua_State* lua);

}  // namespace calluna::bindings
