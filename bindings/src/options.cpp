#include "options.hpp"

#include <string>
#include <string_view>

namespace calluna::bindings {

std::optional<double> seconds_argument(lua_State* lua, int at) {
  if (lua_isnoneornil(lua, at) || (lua_isboolean(lua, at) && lua_toboolean(lua, at) == 0))
    return std::nullopt;
  double const seconds = luaL_checknumber(lua, at);
  luaL_argcheck(lua, seconds >= 0, at, "a timeout is seconds, 0 or more, or false for none");
  return seconds;
}

std::chrono::milliseconds request_timeout(lua_State* lua, int at, double fallback) {
  double const seconds = luaL_optnumber(lua, at, fallback);
  luaL_argcheck(lua, seconds > 0 && seconds <= 86400, at,
                "a timeout is seconds, above 0 and at most 86400");
  return std::chrono::milliseconds(static_cast<long long>(seconds * 1000 + 0.5));
}

error error_argument(lua_State* lua, int at) {
  static constexpr error_kind kinds[] = {
      error_kind::timeout,    error_kind::busy,     error_kind::noanswer, error_kind::offline,
      error_kind::congestion, error_kind::rejected, error_kind::gone,     error_kind::cancelled,
      error_kind::refused,    error_kind::protocol, error_kind::invalid,  error_kind::ambiguous};
  std::string_view const word = luaL_checkstring(lua, at);
  std::size_t size = 0;
  char const* const message = luaL_checklstring(lua, at + 1, &size);
  for (auto const kind : kinds)
    if (to_string(kind) == word)
      return {kind, std::string(message, size), lua_toboolean(lua, at + 2) != 0, {}};
  luaL_argerror(lua, at, "not an error kind");
  return {};
}

void set_functions(lua_State* lua, luaL_Reg const* functions) {
  for (; functions->name != nullptr; ++functions) {
    lua_pushcfunction(lua, functions->func);
    lua_setfield(lua, -2, functions->name);
  }
}

}  // namespace calluna::bindings
