#include "../app_impl.hpp"
#include "../options.hpp"
#include "modules.hpp"

#include <calluna/bindings/click_memory.hpp>
#include <calluna/bindings/error.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace calluna::bindings {
namespace {

using kind = calls::call_event_kind;

constexpr kind all_kinds[] = {kind::started,  kind::ringing, kind::answered,    kind::held,
                              kind::resumed,  kind::left,    kind::transferred, kind::queued,
                              kind::dequeued, kind::parked,  kind::unparked,    kind::recording,
                              kind::merged,   kind::ended,   kind::gap};

call_table& calls_of(lua_State* lua) {
  return app::of(lua).inside().calls;
}

std::string_view view_at(lua_State* lua, int at) {
  std::size_t size = 0;
  char const* const text = luaL_checklstring(lua, at, &size);
  return {text, size};
}

std::vector<std::string> texts_argument(lua_State* lua, int at) {
  luaL_checktype(lua, at, LUA_TTABLE);
  std::vector<std::string> texts;
  for (int i = 1, count = static_cast<int>(lua_objlen(lua, at)); i <= count; ++i) {
    lua_rawgeti(lua, at, i);
    texts.emplace_back(view_at(lua, lua_gettop(lua)));
    lua_pop(lua, 1);
  }
  return texts;
}

// { direction = {text...}, pbx = ..., queue = ..., user = ..., endpoint = ..., number = ... }
call_filter filter_argument(lua_State* lua, int at) {
  call_filter f;
  if (!lua_istable(lua, at)) return f;
  auto const field = [&](char const* name, std::vector<std::string>& into) {
    lua_getfield(lua, at, name);
    if (!lua_isnil(lua, -1)) into = texts_argument(lua, lua_gettop(lua));
    lua_pop(lua, 1);
  };
  field("direction", f.directions), field("pbx", f.pbxs), field("queue", f.queues);
  field("user", f.users), field("endpoint", f.endpoints), field("number", f.numbers);
  return f;
}

// want(): from now on the app knows its PBXs' calls.
int want(lua_State* lua) {
  auto& a = app::of(lua);
  a.inside().host.on_calls_wanted(a);
  return 0;
}

// on(kinds, filter | nil, fn) -> handle
int on(lua_State* lua) {
  auto const kinds = static_cast<call_kinds>(luaL_checknumber(lua, 1));
  luaL_checktype(lua, 3, LUA_TFUNCTION);
  auto filter = filter_argument(lua, 2);
  lua_pushvalue(lua, 3);
  lua_pushnumber(lua, static_cast<double>(calls_of(lua).add(
                          {kinds, std::move(filter), luaL_ref(lua, LUA_REGISTRYINDEX)})));
  return 1;
}

// off(handle)
int off(lua_State* lua) {
  auto const id = static_cast<std::uint64_t>(luaL_checknumber(lua, 1));
  app::of(lua).inside().free_handler(calls_of(lua).remove(id));
  return 0;
}

int push_found(lua_State* lua, std::shared_ptr<call_place> const& place) {
  if (place)
    calls_of(lua).push_object(lua, place);
  else
    lua_pushnil(lua);
  return 1;
}

int get(lua_State* lua) {
  return push_found(lua, calls_of(lua).find(view_at(lua, 1)));
}

// by_channel(name or id, pbx | nil)
int by_channel(lua_State* lua) {
  return push_found(lua, calls_of(lua).by_channel(view_at(lua, 1), luaL_optstring(lua, 2, "")));
}

// in_use(endpoint, pbx | nil) -> whether a call has a leg there; nil while calls are not known
int in_use(lua_State* lua) {
  auto const endpoint = view_at(lua, 1);
  std::string_view const pbx = luaL_optstring(lua, 2, "");
  auto const& calls = calls_of(lua);
  if (!calls.knows_all()) return lua_pushnil(lua), 1;
  bool const busy = calls.any_live_leg([&](std::string const& of, calls::leg const& leg) {
    return leg.endpoint == endpoint && (pbx.empty() || of == pbx);
  });
  lua_pushboolean(lua, busy);
  return 1;
}

// active(filter | nil) -> list
int active(lua_State* lua) {
  auto const list = calls_of(lua).matching(filter_argument(lua, 1));
  lua_createtable(lua, static_cast<int>(list.size()), 0);
  int at = 0;
  for (auto const& place : list) {
    calls_of(lua).push_object(lua, place);
    lua_rawseti(lua, -2, ++at);
  }
  return 1;
}

// expect(call, ticket, kinds) -> whether the call still goes on
int expect(lua_State* lua) {
  lua_pushboolean(lua, calls_of(lua).expect(*call_argument(lua, 1),
                                            static_cast<ticket>(luaL_checknumber(lua, 2)),
                                            static_cast<call_kinds>(luaL_checknumber(lua, 3))));
  return 1;
}

// forget(call, ticket)
int forget(lua_State* lua) {
  calls_of(lua).forget(*call_argument(lua, 1), static_cast<ticket>(luaL_checknumber(lua, 2)));
  return 0;
}

// begin_click(pbx | nil, id, to, channels): these channels, which are about to be made, are one
// call.
int begin_click(lua_State* lua) {
  auto& a = app::of(lua);
  auto const* link = a.inside().find_pbx(luaL_optstring(lua, 1, ""));
  if (link == nullptr)
    return luaL_error(lua, "no PBX is called '%s' for this app", luaL_optstring(lua, 1, ""));
  std::string const id(view_at(lua, 2)), to(view_at(lua, 3));
  auto const channels = texts_argument(lua, 4);
  a.inside().host.on_click(a, a.inside().index_of(link), id, to, channels);
  return 0;
}

click_memory::key click_key(lua_State* lua) {
  return {app::of(lua).options().name, std::string(view_at(lua, 1))};
}

// keep_click(id, outcome): JSON, for generations that come after this one
int keep_click(lua_State* lua) {
  auto const& options = app::of(lua).options();
  if (options.services.clicks)
    options.services.clicks->keep(click_key(lua), std::string(view_at(lua, 2)),
                                  options.time->now());
  return 0;
}

// recall_click(id) -> outcome | nil
int recall_click(lua_State* lua) {
  auto const& options = app::of(lua).options();
  auto const found = options.services.clicks
                         ? options.services.clicks->find(click_key(lua), options.time->now())
                         : std::nullopt;
  if (!found) return lua_pushnil(lua), 1;
  lua_pushlstring(lua, found->data(), found->size());
  return 1;
}

void push_kinds(lua_State* lua) {
  lua_newtable(lua);
  for (auto const k : all_kinds) {
    lua_pushnumber(lua, kinds_of(k));
    lua_setfield(lua, -2, std::string(to_string(k)).c_str());
  }
}

}  // namespace

void open_calls(lua_State* lua) {
  static luaL_Reg const functions[] = {{"want", want},
                                       {"on", on},
                                       {"off", off},
                                       {"get", get},
                                       {"active", active},
                                       {"by_channel", by_channel},
                                       {"in_use", in_use},
                                       {"expect", expect},
                                       {"forget", forget},
                                       {"begin_click", begin_click},
                                       {"keep_click", keep_click},
                                       {"recall_click", recall_click},
                                       {"field", call_field},
                                       {"field_names", call_field_names},
                                       {nullptr, nullptr}};
  lua_newtable(lua);
  set_functions(lua, functions);
  push_kinds(lua);
  lua_setfield(lua, -2, "kinds");
  open_call_views(lua);
  lua_setfield(lua, -3, "leg_class");
  lua_setfield(lua, -2, "call_class");
}

}  // namespace calluna::bindings
