#include "../app_impl.hpp"
#include "../events.hpp"
#include "../options.hpp"
#include "modules.hpp"

#include <calluna/bindings/await.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace calluna::bindings {
namespace {

/// As Asterisk compares names: ASCII case ignored. `lower` is in lower case.
bool same_word(std::string_view text, std::string_view lower) noexcept {
  return text.size() == lower.size() &&
         std::equal(text.begin(), text.end(), lower.begin(), [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b;
         });
}

void tell_patterns(app& a) {
  a.inside().host.on_ami_wanted(a, a.inside().ami.patterns());
}

std::int64_t pbx_number(lua_State* lua, app::impl& inside, int at) {
  if (lua_isnoneornil(lua, at)) return -1;
  auto const* link = inside.find_pbx(luaL_checkstring(lua, at));
  if (link == nullptr) luaL_error(lua, "no PBX is called '%s' for this app", lua_tostring(lua, at));
  return inside.index_of(link);
}

ami_handlers::header_filter filter_argument(lua_State* lua, int at) {
  ami_handlers::header_filter filter;
  if (!lua_istable(lua, at)) return filter;
  for (lua_pushnil(lua); lua_next(lua, at) != 0; lua_pop(lua, 1)) {
    if (lua_type(lua, -2) != LUA_TSTRING || lua_isstring(lua, -1) == 0)
      luaL_error(lua, "an event filter is {Header = \"value\", ...}");
    lua_pushvalue(lua, -1);  // a number becomes text in the copy only
    filter.emplace_back(lua_tostring(lua, -3), lua_tostring(lua, -1));
    lua_pop(lua, 1);
  }
  return filter;
}

// on(pattern, filter | nil, fn, pbx | nil, stays | nil) -> handle
int on(lua_State* lua) {
  auto& a = app::of(lua);
  std::string pattern = luaL_checkstring(lua, 1);
  luaL_checktype(lua, 3, LUA_TFUNCTION);
  auto filter = filter_argument(lua, 2);
  auto const pbx = pbx_number(lua, a.inside(), 4);
  bool const stays = lua_toboolean(lua, 5) != 0;
  lua_pushvalue(lua, 3);
  bool changed = false;
  auto const id = a.inside().ami.add(
      {std::move(pattern), std::move(filter), luaL_ref(lua, LUA_REGISTRYINDEX), 0, pbx, stays},
      changed);
  if (changed) tell_patterns(a);
  lua_pushnumber(lua, static_cast<double>(id));
  return 1;
}

// off(handle)
int off(lua_State* lua) {
  auto& a = app::of(lua);
  bool changed = false;
  auto const id = static_cast<std::uint64_t>(luaL_checknumber(lua, 1));
  a.inside().free_handler(a.inside().ami.remove(id, changed));
  if (changed) tell_patterns(a);
  return 0;
}

// expect(ticket, pattern, filter | nil, pbx | nil) -> handle: the next such event answers the
// ticket.
int expect(lua_State* lua) {
  auto& a = app::of(lua);
  auto const t = static_cast<ticket>(luaL_checknumber(lua, 1));
  std::string pattern = luaL_checkstring(lua, 2);
  auto filter = filter_argument(lua, 3);
  auto const pbx = pbx_number(lua, a.inside(), 4);
  bool changed = false;
  auto const id = a.inside().ami.add(
      {std::move(pattern), std::move(filter), LUA_NOREF, t, pbx, false}, changed);
  if (changed) tell_patterns(a);
  lua_pushnumber(lua, static_cast<double>(id));
  return 1;
}

void add_variables(lua_State* lua, int at, ami::action& action) {
  for (lua_pushnil(lua); lua_next(lua, at) != 0; lua_pop(lua, 1)) {
    if (lua_type(lua, -2) != LUA_TSTRING || lua_isstring(lua, -1) == 0)
      luaL_error(lua, "Variable is {NAME = \"value\", ...}");
    lua_pushvalue(lua, -1);
    action.variable(lua_tostring(lua, -3), {lua_tostring(lua, -1), lua_objlen(lua, -1)});
    lua_pop(lua, 1);
  }
}

ami::action action_argument(lua_State* lua, int at) {
  lua_getfield(lua, at, "Action");
  if (lua_type(lua, -1) != LUA_TSTRING) luaL_error(lua, "an action needs Action = \"<name>\"");
  ami::action action(lua_tostring(lua, -1));
  lua_pop(lua, 1);
  for (lua_pushnil(lua); lua_next(lua, at) != 0; lua_pop(lua, 1)) {
    if (lua_type(lua, -2) != LUA_TSTRING)
      luaL_error(lua, "an action's headers have names: {Action = \"Ping\", ...}");
    std::string_view const key(lua_tostring(lua, -2), lua_objlen(lua, -2));
    if (key == "Action") continue;
    if (key == "Variable" && lua_istable(lua, -1)) {
      add_variables(lua, lua_gettop(lua), action);
    } else if (lua_isboolean(lua, -1)) {
      action.set(key, lua_toboolean(lua, -1) != 0 ? "true" : "false");
    } else if (lua_isstring(lua, -1) != 0) {
      lua_pushvalue(lua, -1);
      action.set(key, {lua_tostring(lua, -1), lua_objlen(lua, -1)});
      lua_pop(lua, 1);
    } else {
      luaL_error(lua, "header %s is a %s; a text, number or boolean is needed",
                 lua_tostring(lua, -2), luaL_typename(lua, -1));
    }
  }
  return action;
}

// Applications that the library starts for any app. An app can reach the library's own modules, so
// it is here that they are all there are.
constexpr std::string_view own_applications[] = {"wait", "chanspy", "pickupchan", "parkedcall"};

// Without the blanks in front, as Asterisk reads a header's value.
std::string_view trimmed(std::string_view value) noexcept {
  while (!value.empty() && static_cast<unsigned char>(value.front()) <= ' ') value.remove_prefix(1);
  return value;
}

bool is_own(std::string_view application) noexcept {
  return std::any_of(std::begin(own_applications), std::end(own_applications),
                     [&](auto name) { return same_word(trimmed(application), name); });
}

// Whether the headers at `at` start an application on the PBX, System() among them. own: those of
// the library do not count.
bool runs_application(lua_State* lua, int at, bool own) {
  bool originate = false, application = false;
  for (lua_pushnil(lua); lua_next(lua, at) != 0; lua_pop(lua, 1)) {
    std::string_view const key = lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : "";
    std::string_view const value = lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1) : "";
    originate = originate || (key == "Action" && same_word(trimmed(value), "originate"));
    application = application || (same_word(key, "application") && !(own && is_own(value)));
  }
  return originate && application;
}

int push_response(lua_State* lua, ami::response const& r) {
  push_ami_event(lua, *r.head, nullptr);
  return 1;
}

int push_list(lua_State* lua, ami::response const& r) {
  lua_createtable(lua, static_cast<int>(r.items.size()), 0);
  int i = 0;
  for (auto const& item : r.items) {
    push_ami_event(lua, *item, nullptr);
    lua_rawseti(lua, -2, ++i);
  }
  push_ami_event(lua, *r.head, nullptr);
  return 2;
}

// has(pbx | nil): whether that PBX (the first, if nil) is there for this app and has AMI.
int has(lua_State* lua) {
  auto const* link = app::of(lua).inside().find_pbx(luaL_optstring(lua, 1, ""));
  lua_pushboolean(lua, link != nullptr && link->has_ami() ? 1 : 0);
  return 1;
}

// send(headers, is_list, seconds | nil, pbx | nil, own | nil) -> response | items, response | nil,
// err. own: the library asks, for one of its own applications, whose arguments it has checked.
int send(lua_State* lua) {
  auto& inside = app::of(lua).inside();
  luaL_checktype(lua, 1, LUA_TTABLE);
  bool const list = lua_toboolean(lua, 2) != 0;
  auto const timeout = request_timeout(lua, 3, 10);
  auto* link = inside.find_pbx(luaL_optstring(lua, 4, ""));
  if (link == nullptr || !link->has_ami())
    return luaL_error(lua, "no PBX of this app has AMI%s%s", lua_isnoneornil(lua, 4) ? "" : ": ",
                      luaL_optstring(lua, 4, ""));
  wait w(lua, "ami.action");
  auto action = action_argument(lua, 1);
  if (runs_application(lua, 1, lua_toboolean(lua, 5) != 0) &&
      inside.options.grants.count("originate_application") == 0)
    return push_failure(
        lua, {error_kind::refused,
              "Originate with an Application needs the grant 'originate_application' in the app's "
              "configuration: it can run anything on the PBX",
              false,
              {}});
  if (list) action.list();
  auto encoded = ami::encode(action, link->next_action_id(), link->action_id_prefix());
  if (!encoded) return push_failure(lua, encoded.error());
  link->send(std::move(*encoded), timeout,
             w.local_completion<ami::response>(list ? push_list : push_response));
  return w.suspend(std::nullopt);  // the client keeps the deadline
}

// pbxs() -> the names of those that have AMI, in the order of the configuration
int pbxs(lua_State* lua) {
  auto const& links = app::of(lua).inside().options.pbxs;
  lua_createtable(lua, static_cast<int>(links.size()), 0);
  int at = 0;
  for (auto const& link : links) {
    if (!link->has_ami()) continue;
    lua_pushlstring(lua, link->name().data(), link->name().size());
    lua_rawseti(lua, -2, ++at);
  }
  return 1;
}

}  // namespace

void open_ami(lua_State* lua) {
  static luaL_Reg const functions[] = {{"on", on},        {"off", off},   {"expect", expect},
                                       {"has", has},      {"send", send}, {"pbxs", pbxs},
                                       {nullptr, nullptr}};
  lua_newtable(lua);
  set_functions(lua, functions);
}

}  // namespace calluna::bindings
