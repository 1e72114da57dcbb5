#include "../app_impl.hpp"
#include "../json_value.hpp"
#include "../options.hpp"
#include "modules.hpp"

#include <calluna/bindings/error.hpp>

#include <nlohmann/json.hpp>

#include <string>

namespace calluna::bindings {
namespace {

push_hub& hub_of(lua_State* lua) {
  auto* const hub = app::of(lua).inside().options.services.push.get();
  if (hub == nullptr) luaL_error(lua, "no [http] is configured");
  return *hub;
}

std::string_view text_argument(lua_State* lua, int at) {
  std::size_t size = 0;
  char const* const text = luaL_checklstring(lua, at, &size);
  return {text, size};
}

std::string json_argument(lua_State* lua, int at) {
  luaL_checkany(lua, at);
  return to_json(lua, at).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// How many listen; nil, err if there is no room.
int push_outcome(lua_State* lua, push_hub::outcome const& outcome) {
  static error const full{error_kind::refused,
                          "there is no room for it: too many topics, keys or bytes are kept",
                          false,
                          {}};
  if (outcome.refused) return push_failure(lua, full);
  lua_pushnumber(lua, static_cast<double>(outcome.listeners));
  return 1;
}

// Of what changes something: whether it is refused, with nil, err then.
bool refused(lua_State* lua) {
  if (!app::of(lua).options().read_only) return false;
  push_failure(lua, {error_kind::refused, read_only_message, false, {}});
  return true;
}

// is_there() -> whether there is a hub.
int is_there(lua_State* lua) {
  lua_pushboolean(lua, app::of(lua).inside().options.services.push != nullptr);
  return 1;
}

// set(topic, key, value, seconds | nil)
int set(lua_State* lua) {
  if (refused(lua)) return 2;
  std::optional<std::chrono::milliseconds> keep;
  if (!lua_isnoneornil(lua, 4))
    keep = std::chrono::milliseconds(static_cast<long long>(luaL_checknumber(lua, 4) * 1000));
  auto json = json_argument(lua, 3);
  return push_outcome(
      lua, hub_of(lua).set(text_argument(lua, 1), text_argument(lua, 2), std::move(json), keep));
}

int clear(lua_State* lua) {
  if (refused(lua)) return 2;
  return push_outcome(lua, hub_of(lua).clear(text_argument(lua, 1), text_argument(lua, 2)));
}

// clear_all(prefix, key, except) -> how many topics had it
int clear_all(lua_State* lua) {
  if (refused(lua)) return 2;
  auto const cleared =
      hub_of(lua).clear_all(text_argument(lua, 1), text_argument(lua, 2), text_argument(lua, 3));
  lua_pushnumber(lua, static_cast<double>(cleared));
  return 1;
}

int send(lua_State* lua) {
  if (refused(lua)) return 2;
  auto json = json_argument(lua, 2);
  return push_outcome(lua, hub_of(lua).send(text_argument(lua, 1), std::move(json)));
}

int listeners(lua_State* lua) {
  lua_pushnumber(lua, static_cast<double>(hub_of(lua).listeners(text_argument(lua, 1))));
  return 1;
}

}  // namespace

void open_push(lua_State* lua) {
  static luaL_Reg const functions[] = {{"is_there", is_there}, {"set", set},
                                       {"clear", clear},       {"clear_all", clear_all},
                                       {"send", send},         {"listeners", listeners},
                                       {nullptr, nullptr}};
  lua_newtable(lua);
  set_functions(lua, functions);
}

}  // namespace calluna::bindings
