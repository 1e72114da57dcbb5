#include "json_value.hpp"

#include <calluna/bindings/function_module.hpp>

#include <nlohmann/json.hpp>

#include <memory>
#include <new>

namespace calluna::bindings {
namespace {

using held_function = std::shared_ptr<json_function const>;

int ask(lua_State* lua) {
  auto const& answer = **static_cast<held_function*>(lua_touserdata(lua, lua_upvalueindex(1)));
  std::size_t size = 0;
  char const* const verb = luaL_checklstring(lua, 1, &size);
  auto const argument = lua_isnoneornil(lua, 2) ? nlohmann::json() : to_json(lua, 2);
  auto const given = answer({verb, size}, argument);
  if (given) return push_json(lua, *given), 1;
  lua_pushnil(lua);
  lua_pushlstring(lua, given.error().message.data(), given.error().message.size());
  return 2;
}

int release(lua_State* lua) {
  static_cast<held_function*>(lua_touserdata(lua, 1))->~held_function();
  return 0;
}

}  // namespace

native_module function_module(std::string name, json_function answer) {
  auto shared = std::make_shared<json_function const>(std::move(answer));
  return {std::move(name), [shared](lua_State* lua) {
            new (lua_newuserdata(lua, sizeof(held_function))) held_function(shared);
            lua_createtable(lua, 0, 1);
            lua_pushcfunction(lua, release);
            lua_setfield(lua, -2, "__gc");
            lua_setmetatable(lua, -2);
            lua_pushcclosure(lua, ask, 1);
            return 1;
          }};
}

}  // namespace calluna::bindings
