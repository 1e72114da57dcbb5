#include "../app_impl.hpp"
#include "../events.hpp"
#include "../json_value.hpp"
#include "../options.hpp"
#include "modules.hpp"

#include <calluna/ari/event_type.hpp>
#include <calluna/bindings/await.hpp>
#include <calluna/numbers/region_rules.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace calluna::bindings {
namespace {

int reference_argument(lua_State* lua, int at) {
  luaL_checktype(lua, at, LUA_TFUNCTION);
  lua_pushvalue(lua, at);
  return luaL_ref(lua, LUA_REGISTRYINDEX);
}

// serve(application, fn, fallback | nil): fn(ev) is a task for each StasisStart of it.
int serve(lua_State* lua) {
  auto& a = app::of(lua);
  std::string name = luaL_checkstring(lua, 1);
  if (a.options().serves_nobody)
    return luaL_error(lua, "a console serves no Stasis application ('%s')", name.c_str());
  auto& served = a.inside().ari.served;
  if (served.find(name) != served.end())
    return luaL_error(lua, "the Stasis application '%s' has a handler already", name.c_str());
  served.emplace(name, reference_argument(lua, 2));
  a.inside().host.on_ari_served(a, name,
                                luaL_optstring(lua, 3, a.inside().options.fallback.c_str()));
  return 0;
}

// on(type, fn): fn(ev) for each event of that type.
int on(lua_State* lua) {
  char const* const type = luaL_checkstring(lua, 1);
  if (ari::find_event_type(type) == nullptr)
    return luaL_error(lua, "ARI has no event called '%s'", type);
  app::of(lua).inside().ari.by_type[type].push_back(reference_argument(lua, 2));
  return 0;
}

// watch(id, fn): fn(ev) for each event about the channel, bridge, playback or recording `id`. fn
// may be a handle whose class has __call: a closure for each channel would cost 88 bytes.
int watch(lua_State* lua) {
  auto& watched = app::of(lua).inside().ari.watched;
  std::string id = luaL_checkstring(lua, 1);
  auto const [entry, fresh] = watched.emplace(std::move(id), LUA_NOREF);
  if (!fresh) luaL_unref(lua, LUA_REGISTRYINDEX, entry->second);
  if (lua_istable(lua, 2)) {
    lua_pushvalue(lua, 2);
    entry->second = luaL_ref(lua, LUA_REGISTRYINDEX);
  } else {
    entry->second = reference_argument(lua, 2);
  }
  return 0;
}

int unwatch(lua_State* lua) {
  auto& watched = app::of(lua).inside().ari.watched;
  auto const found = watched.find(std::string_view(luaL_checkstring(lua, 1)));
  if (found == watched.end()) return 0;
  luaL_unref(lua, LUA_REGISTRYINDEX, found->second);
  watched.erase(found);
  return 0;
}

// hold(channel id, pbx | nil, channel name | nil): the running task holds this call: if it breaks,
// the call goes to its fallback.
int hold(lua_State* lua) {
  auto& inside = app::of(lua).inside();
  auto const* link = inside.find_pbx(luaL_optstring(lua, 2, ""));
  auto const& rules = inside.options.services.regions;
  std::string_view region;
  if (rules && link != nullptr) region = rules->region_of(link->name(), luaL_optstring(lua, 3, ""));
  inside.call_of_task[inside.tasks.current()] = {inside.index_of(link), luaL_checkstring(lua, 1),
                                                 region};
  return 0;
}

// has(pbx | nil): whether that PBX (the first, if nil) is there for this app and has ARI.
int has(lua_State* lua) {
  auto const* link = app::of(lua).inside().find_pbx(luaL_optstring(lua, 1, ""));
  lua_pushboolean(lua, link != nullptr && link->has_ari() ? 1 : 0);
  return 1;
}

int new_id(lua_State* lua) {
  auto const id = app::of(lua).inside().new_id(luaL_checkstring(lua, 1));
  lua_pushlstring(lua, id.data(), id.size());
  return 1;
}

int push_response(lua_State* lua, ari::response const& r) {
  if (r.body.empty()) return lua_pushboolean(lua, 1), 1;
  if (!push_json_text(lua, r.body))
    lua_pushlstring(lua, r.body.data(), r.body.size());  // a stored recording
  return 1;
}

// send(operation, arguments, seconds | nil, pbx | nil) -> decoded answer (true if it has none) |
// nil, err | false, message on misuse
int send(lua_State* lua) {
  auto& inside = app::of(lua).inside();
  std::string_view const name = luaL_checkstring(lua, 1);
  auto const timeout = request_timeout(lua, 3, 10);
  auto const* operation = ari::find_operation(name);
  if (operation == nullptr) return luaL_error(lua, "ARI has no operation '%s'", name.data());
  auto* link = inside.find_pbx(luaL_optstring(lua, 4, ""));
  if (link == nullptr || !link->has_ari())
    return luaL_error(lua, "no PBX of this app has ARI%s%s", lua_isnoneornil(lua, 4) ? "" : ": ",
                      luaL_optstring(lua, 4, ""));
  wait w(lua, "ari");
  auto request = ari::make_request(
      *operation, lua_istable(lua, 2) ? to_json(lua, 2) : nlohmann::json::object());
  if (!request) {  // misuse: the library raises it at the caller's line
    lua_pushboolean(lua, 0);
    lua_pushlstring(lua, request.error().message.data(), request.error().message.size());
    return 2;
  }
  link->send(std::move(*request), timeout, w.local_completion<ari::response>(push_response));
  return w.suspend(std::nullopt);  // the client keeps the deadline
}

}  // namespace

void open_ari(lua_State* lua) {
  static luaL_Reg const functions[] = {{"serve", serve},     {"on", on},     {"watch", watch},
                                       {"unwatch", unwatch}, {"hold", hold}, {"has", has},
                                       {"new_id", new_id},   {"send", send}, {nullptr, nullptr}};
  lua_newtable(lua);
  set_functions(lua, functions);
}

}  // namespace calluna::bindings
