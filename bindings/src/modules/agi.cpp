#include "../app_impl.hpp"
#include "../options.hpp"
#include "modules.hpp"

#include <calluna/agi/command.hpp>
#include <calluna/bindings/await.hpp>
#include <calluna/bindings/error.hpp>
#include <calluna/numbers/region_rules.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <string>
#include <vector>

namespace calluna::bindings {
namespace {

constexpr char session_class[] = "calluna.agi_session";
char session_key;  // its metatable, found by address

using held_session = std::shared_ptr<agi::connection>;

held_session const& session_argument(lua_State* lua, int at) {
  return *static_cast<held_session*>(luaL_checkudata(lua, at, session_class));
}

int free_session(lua_State* lua) {
  static_cast<held_session*>(lua_touserdata(lua, 1))->~held_session();
  return 0;
}

void push_text(lua_State* lua, std::string_view text) {
  lua_pushlstring(lua, text.data(), text.size());
}

// serve(path, fn) -> nil, or what is wrong with it. fn(session) is a task for each call.
int serve(lua_State* lua) {
  auto& a = app::of(lua);
  auto& inside = a.inside();
  std::string const path = luaL_checkstring(lua, 1);
  luaL_checktype(lua, 2, LUA_TFUNCTION);
  if (inside.options.serves_nobody) {
    lua_pushliteral(lua, "a console serves no AGI scripts");
    return 1;
  }
  if (inside.is_up) {
    lua_pushliteral(lua, "scripts are registered at a file's top level or in start()");
    return 1;
  }
  auto const same = [&](agi_script const& one) { return one.path == path; };
  if (std::any_of(inside.scripts.begin(), inside.scripts.end(), same)) {
    push_text(lua, fmt::format("'{}' has a handler already", path));
    return 1;
  }
  lua_pushvalue(lua, 2);
  inside.scripts.push_back({path, inside.visits.add(luaL_ref(lua, LUA_REGISTRYINDEX))});
  inside.host.on_agi_scripts(a, inside.scripts);
  return 0;
}

// FastAGI does not say from which PBX a call comes: the only one there is, or the one whose call it
// is known to be.
pbx_link const* pbx_of(app::impl const& inside, agi::environment const& call) {
  if (inside.options.pbxs.size() == 1) return inside.options.pbxs.front().get();
  auto const known = inside.calls.by_channel(call.uniqueid, "");
  return known ? inside.find_pbx(*known->pbx) : nullptr;
}

// begin(session) -> the name of its PBX, if it is known: the running task is at it.
int begin(lua_State* lua) {
  auto& a = app::of(lua);
  auto& inside = a.inside();
  auto const& session = session_argument(lua, 1);
  auto const task = inside.tasks.current();
  inside.visits.begin(a, task);
  inside.visits.at_end(task, [session](bool) { session->close(); });
  auto const* link = pbx_of(inside, session->call());
  if (link == nullptr) return 0;
  auto const& rules = inside.options.services.regions;
  auto const region =
      rules ? rules->region_of(link->name(), session->call().channel) : std::string_view();
  inside.call_of_task[task] = {inside.index_of(link), session->call().uniqueid, region};
  push_text(lua, link->name());
  return 1;
}

// call(session) -> a table of what Asterisk told.
int call(lua_State* lua) {
  auto const& call = session_argument(lua, 1)->call();
  lua_createtable(lua, 0, 16);
  auto const put = [lua](char const* name, std::string const& value) {
    if (value.empty()) return;
    push_text(lua, value);
    lua_setfield(lua, -2, name);
  };
  put("request", call.request);
  put("channel", call.channel);
  put("uniqueid", call.uniqueid);
  put("dnid", call.dnid);
  put("rdnis", call.rdnis);
  put("context", call.context);
  put("extension", call.extension);
  put("priority", call.priority);
  put("language", call.language);
  put("accountcode", call.accountcode);
  put("version", call.version);
  push_text(lua, call.script), lua_setfield(lua, -2, "script");
  lua_createtable(lua, 0, 2);
  put("number", call.callerid_number);
  put("name", call.callerid_name);
  lua_setfield(lua, -2, "callerid");
  lua_createtable(lua, static_cast<int>(call.arguments.size()), 0);
  for (int i = 0; i < static_cast<int>(call.arguments.size()); ++i) {
    push_text(lua, call.arguments[static_cast<std::size_t>(i)]);
    lua_rawseti(lua, -2, i + 1);
  }
  lua_setfield(lua, -2, "args");
  lua_newtable(lua);
  for (auto const& [name, value] : agi::query_fields(call.query)) {
    push_text(lua, name);
    push_text(lua, value);
    lua_rawset(lua, -3);
  }
  lua_setfield(lua, -2, "query");
  return 1;
}

std::vector<std::string> words_argument(lua_State* lua, int at) {
  luaL_checktype(lua, at, LUA_TTABLE);
  std::vector<std::string> words;
  for (int i = 1, count = static_cast<int>(lua_objlen(lua, at)); i <= count; ++i) {
    lua_rawgeti(lua, at, i);
    std::size_t size = 0;
    char const* const text = lua_tolstring(lua, -1, &size);
    if (text == nullptr) luaL_error(lua, "the words of a command are texts and numbers");
    words.emplace_back(text, size);
    lua_pop(lua, 1);
  }
  return words;
}

int push_reply(lua_State* lua, agi::reply const& r) {
  push_text(lua, r.result);
  if (r.value)
    push_text(lua, *r.value);
  else
    lua_pushboolean(lua, 0);
  if (!r.endpos) return 2;
  lua_pushnumber(lua, static_cast<double>(*r.endpos));
  return 3;
}

// command(session, words, seconds | nil, after_end) -> result, value | false, endpos | nil; or nil,
// err. after_end: it is of use when the channel has hung up, too.
int command(lua_State* lua) {
  auto const session = session_argument(lua, 1);
  auto const timeout = seconds_argument(lua, 3);
  wait w(lua, "agi");
  auto line = agi::encode(words_argument(lua, 2));
  if (!line) return push_failure(lua, line.error());
  auto const* const doom = app::of(lua).inside().tasks.doom_of_current(lua);
  if (doom != nullptr && lua_toboolean(lua, 4) == 0) return push_failure(lua, *doom);
  session->submit(std::move(*line), w.completion<agi::reply>(push_reply));
  return w.suspend(timeout);
}

int is_gone(lua_State* lua) {
  lua_pushboolean(lua, session_argument(lua, 1)->gone());
  return 1;
}

int close(lua_State* lua) {
  session_argument(lua, 1)->close();
  return 0;
}

}  // namespace

void push_visit(lua_State* lua, std::shared_ptr<agi::connection> const& session) {
  new (lua_newuserdata(lua, sizeof(held_session))) held_session(session);
  lua_pushlightuserdata(lua, &session_key);
  lua_rawget(lua, LUA_REGISTRYINDEX);
  lua_setmetatable(lua, -2);
}

void open_agi(lua_State* lua) {
  luaL_newmetatable(lua, session_class);
  lua_pushcfunction(lua, free_session), lua_setfield(lua, -2, "__gc");
  lua_pushlightuserdata(lua, &session_key);
  lua_insert(lua, -2);
  lua_rawset(lua, LUA_REGISTRYINDEX);

  static luaL_Reg const functions[] = {{"serve", serve},     {"begin", begin},  {"call", call},
                                       {"command", command}, {"gone", is_gone}, {"close", close},
                                       {nullptr, nullptr}};
  lua_newtable(lua);
  set_functions(lua, functions);
}

}  // namespace calluna::bindings
