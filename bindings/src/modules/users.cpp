#include "../app_impl.hpp"
#include "../options.hpp"
#include "modules.hpp"

#include <calluna/bindings/error.hpp>
#include <calluna/directory/user.hpp>

#include <string>

namespace calluna::bindings {
namespace {

std::shared_ptr<directory::user_list const> users_of(lua_State* lua) {
  auto const& registry = app::of(lua).inside().options.services.users;
  static auto const nobody = std::make_shared<directory::user_list const>();
  return registry ? registry->current() : nobody;
}

void set_text(lua_State* lua, char const* name, std::string const& text) {
  if (text.empty()) return;
  lua_pushlstring(lua, text.data(), text.size());
  lua_setfield(lua, -2, name);
}

void push_device(lua_State* lua, directory::device const& d) {
  lua_createtable(lua, 0, 4);
  set_text(lua, "channel", d.channel);
  set_text(lua, "context", d.context);
  set_text(lua, "auto_answer", d.auto_answer);
  lua_pushboolean(lua, d.originate);
  lua_setfield(lua, -2, "originate");
}

int push_user(lua_State* lua, directory::user const* u) {
  if (u == nullptr) return lua_pushnil(lua), 1;
  lua_createtable(lua, 0, 8);
  set_text(lua, "id", u->id);
  set_text(lua, "name", u->name.empty() ? u->id : u->name);
  set_text(lua, "extension", u->extension);
  set_text(lua, "pbx", u->pbx);
  set_text(lua, "email", u->email);
  set_text(lua, "external_id", u->external_id);
  set_text(lua, "lang", u->lang);
  lua_createtable(lua, static_cast<int>(u->devices.size()), 0);
  int at = 0;
  for (auto const& d : u->devices) {
    push_device(lua, d);
    lua_rawseti(lua, -2, ++at);
  }
  lua_setfield(lua, -2, "devices");
  return 1;
}

int get(lua_State* lua) {
  return push_user(lua, users_of(lua)->get(luaL_checkstring(lua, 1)));
}

// by_channel(name, pbx | nil)
int by_channel(lua_State* lua) {
  return push_user(lua,
                   users_of(lua)->by_channel(luaL_optstring(lua, 2, ""), luaL_checkstring(lua, 1)));
}

// by_exten(extension, pbx | nil)
int by_exten(lua_State* lua) {
  return push_user(
      lua, users_of(lua)->by_extension(luaL_optstring(lua, 2, ""), luaL_checkstring(lua, 1)));
}

int all(lua_State* lua) {
  auto const users = users_of(lua);
  lua_createtable(lua, static_cast<int>(users->all().size()), 0);
  int at = 0;
  for (auto const& u : users->all()) {
    push_user(lua, &u);
    lua_rawseti(lua, -2, ++at);
  }
  return 1;
}

std::string text_field(lua_State* lua, int table, char const* name) {
  lua_getfield(lua, table, name);
  std::string const text = lua_isstring(lua, -1) ? lua_tostring(lua, -1) : "";
  lua_pop(lua, 1);
  return text;
}

directory::user user_argument(lua_State* lua, int at) {
  luaL_checktype(lua, at, LUA_TTABLE);
  directory::user u;
  u.id = text_field(lua, at, "id");
  u.name = text_field(lua, at, "name");
  u.extension = text_field(lua, at, "extension");
  u.pbx = text_field(lua, at, "pbx");
  u.email = text_field(lua, at, "email");
  u.external_id = text_field(lua, at, "external_id");
  u.lang = text_field(lua, at, "lang");
  lua_getfield(lua, at, "devices");
  if (lua_istable(lua, -1)) {
    int const list = lua_gettop(lua);
    for (int i = 1, count = static_cast<int>(lua_objlen(lua, list)); i <= count; ++i) {
      lua_rawgeti(lua, list, i);
      int const one = lua_gettop(lua);
      luaL_checktype(lua, one, LUA_TTABLE);
      directory::device d{text_field(lua, one, "channel"), text_field(lua, one, "context"), true,
                          text_field(lua, one, "auto_answer")};
      lua_getfield(lua, one, "originate");
      if (lua_isboolean(lua, -1)) d.originate = lua_toboolean(lua, -1) != 0;
      lua_pop(lua, 2);
      u.devices.push_back(std::move(d));
    }
  }
  lua_pop(lua, 1);
  return u;
}

// put(list): those of the business system. -> the conflicts, a line each
int put(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  auto const& registry = app::of(lua).inside().options.services.users;
  std::vector<directory::user> told;
  for (int i = 1, count = static_cast<int>(lua_objlen(lua, 1)); i <= count; ++i) {
    lua_rawgeti(lua, 1, i);
    told.push_back(user_argument(lua, lua_gettop(lua)));
    lua_pop(lua, 1);
  }
  auto const conflicts = registry ? registry->put(std::move(told)) : std::vector<std::string>{};
  lua_createtable(lua, static_cast<int>(conflicts.size()), 0);
  int at = 0;
  for (auto const& line : conflicts) {
    lua_pushlstring(lua, line.data(), line.size());
    lua_rawseti(lua, -2, ++at);
  }
  return 1;
}

}  // namespace

void open_users(lua_State* lua, app_options const& options) {
  lua_newtable(lua);
  static luaL_Reg const functions[] = {{"get", get},
                                       {"by_channel", by_channel},
                                       {"by_exten", by_exten},
                                       {"all", all},
                                       {nullptr, nullptr}};
  set_functions(lua, functions);
  if (options.grants.count("directory") == 0) return;
  lua_pushcfunction(lua, put);
  lua_setfield(lua, -2, "put");
}

}  // namespace calluna::bindings
