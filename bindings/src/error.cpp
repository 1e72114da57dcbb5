#include <calluna/bindings/error.hpp>

#include <string>

namespace calluna::bindings {
namespace {

constexpr char const* metatable_name = "calluna.error";

int error_to_string(lua_State* lua) {
  lua_getfield(lua, 1, "kind");
  lua_pushliteral(lua, ": ");
  lua_getfield(lua, 1, "message");
  lua_concat(lua, 3);
  return 1;
}

}  // namespace

void open_errors(lua_State* lua) {
  luaL_newmetatable(lua, metatable_name);
  lua_pushcfunction(lua, error_to_string);
  lua_setfield(lua, -2, "__tostring");
  lua_pushliteral(lua, "error");
  lua_setfield(lua, -2, "__name");
  lua_pop(lua, 1);
}

void push_error(lua_State* lua, error const& e) {
  lua_createtable(lua, 0, 4);
  auto const kind = to_string(e.kind);
  lua_pushlstring(lua, kind.data(), kind.size());
  lua_setfield(lua, -2, "kind");
  lua_pushlstring(lua, e.message.data(), e.message.size());
  lua_setfield(lua, -2, "message");
  lua_pushboolean(lua, e.retryable);
  lua_setfield(lua, -2, "retryable");
  if (e.code) {
    lua_pushinteger(lua, e.code.value());
    lua_setfield(lua, -2, "code");
  }
  luaL_getmetatable(lua, metatable_name);
  lua_setmetatable(lua, -2);
}

int push_failure(lua_State* lua, error const& e) {
  lua_pushnil(lua);
  push_error(lua, e);
  return 2;
}

}  // namespace calluna::bindings
