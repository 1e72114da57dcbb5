#include "../json_value.hpp"
#include "modules.hpp"

#include <calluna/bindings/error.hpp>

#include <nlohmann/json.hpp>

#include <string>

namespace calluna::bindings {
namespace {

int encode(lua_State* lua) {
  luaL_checkany(lua, 1);
  int const indent = lua_toboolean(lua, 2) != 0 ? 2 : -1;
  std::string const text =
      to_json(lua, 1).dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
  lua_pushlstring(lua, text.data(), text.size());
  return 1;
}

int decode(lua_State* lua) {
  std::size_t size = 0;
  char const* const text = luaL_checklstring(lua, 1, &size);
  auto const pushed = push_json_text(lua, {text, size});
  if (!pushed) return push_failure(lua, pushed.error());
  return 1;
}

}  // namespace

void open_json(lua_State* lua) {
  lua_createtable(lua, 0, 2);
  lua_pushcfunction(lua, encode);
  lua_setfield(lua, -2, "encode");
  lua_pushcfunction(lua, decode);
  lua_setfield(lua, -2, "decode");
}

}  // namespace calluna::bindings
