#include "../app_impl.hpp"
#include "../default_region.hpp"
#include "../options.hpp"
#include "../partner_view.hpp"
#include "modules.hpp"

#include <calluna/bindings/await.hpp>
#include <calluna/bindings/error.hpp>
#include <calluna/directory/directory.hpp>

#include <fmt/format.h>

#include <new>
#include <string>

namespace calluna::bindings {
namespace {

constexpr std::size_t remembered = 1 << 16;
// Answers kept as they are, some 250 bytes of Lua each: 4 MB if they are all of different numbers.
constexpr std::size_t most_answers = 1 << 14;
constexpr double write_timeout = 600;
constexpr std::chrono::seconds longest_behind{60};

/// What a state needs for asking who is calling.
struct asker {
  explicit asker(std::shared_ptr<directory::directory> d) : all(std::move(d)) {}
  directory::directory_reader all;
  /// The app's own file, if it has loaded one: then nobody else is asked.
  std::shared_ptr<directory::snapshot const> own;
  numbers::reader numbers{remembered};
  bool keeps_up = false;

  // For which snapshot and region the answers are good that `lookup` keeps, and how many they are.
  std::uint64_t answers_version = 0;
  std::string answers_region;
  std::size_t answers = most_answers;

  directory::snapshot const& partners() { return own ? *own : all.now(); }
};

asker& asker_of(lua_State* lua) {
  return *static_cast<asker*>(lua_touserdata(lua, lua_upvalueindex(1)));
}

int free_asker(lua_State* lua) {
  static_cast<asker*>(lua_touserdata(lua, 1))->~asker();
  return 0;
}

// An app that asks nothing for hours would keep a snapshot in memory that was replaced long ago.
void keep_up(app::impl& inside, asker& asks) {
  asks.keeps_up = true;
  inside.tasks.add_timer(inside.options.time->now() + longest_behind, [&inside, &asks] {
    static_cast<void>(asks.all.now());
    keep_up(inside, asks);
  });
}

std::string_view view_at(lua_State* lua, int at) {
  std::size_t size = 0;
  char const* const text = luaL_checklstring(lua, at, &size);
  return {text, size};
}

int push_nobody(lua_State* lua) {
  lua_pushnil(lua);
  return 1;
}

int push_candidates(lua_State* lua, std::vector<directory::record> const& candidates) {
  lua_pushnil(lua);
  lua_createtable(lua, static_cast<int>(candidates.size()), 0);
  int at = 0;
  for (auto const& one : candidates) {
    push_partner(lua, one);
    lua_rawseti(lua, -2, ++at);
  }
  return 2;
}

// Answers are kept in a table: number as text -> partner, or false for nobody.
constexpr int answers_at = lua_upvalueindex(2);

// Whether there is an answer that is still good, pushed.
bool push_kept_answer(lua_State* lua, asker& asks, std::string_view region) {
  static_cast<void>(asks.partners());
  if (asks.answers == most_answers || asks.answers_version != asks.all.version() ||
      asks.answers_region != region) {
    lua_newtable(lua);
    lua_replace(lua, answers_at);
    asks.answers = 0;
    asks.answers_version = asks.all.version();
    asks.answers_region = region;
    return false;
  }
  lua_pushvalue(lua, 1);
  lua_rawget(lua, answers_at);
  if (lua_isuserdata(lua, -1)) return true;
  bool const nobody = lua_isboolean(lua, -1);
  if (nobody) lua_pushnil(lua);
  return nobody;
}

void keep_answer(lua_State* lua, asker& asks) {
  lua_pushvalue(lua, 1);
  if (lua_isnil(lua, -2))
    lua_pushboolean(lua, 0);
  else
    lua_pushvalue(lua, -2);
  lua_rawset(lua, answers_at);
  ++asks.answers;
}

// find(number, policy, region) -> partner; nil; nil, candidates
int find(lua_State* lua, asker& asks, directory::consolidation policy, std::string_view region) {
  auto const number = asks.numbers.read(view_at(lua, 1), region);
  if (!number) return push_nobody(lua);
  if (!asks.keeps_up) keep_up(app::of(lua).inside(), asks);
  auto const found = directory::lookup(asks.partners(), *number, policy);
  if (found.ambiguous()) return push_candidates(lua, found.candidates);
  if (found.partner.bytes().empty()) return push_nobody(lua);
  push_partner(lua, found.partner);
  return 1;
}

// lookup(number) -> partner; nil; nil, candidates. By the call's region.
int lookup(lua_State* lua) {
  auto& asks = asker_of(lua);
  auto const region = default_region(lua);
  if (lua_type(lua, 1) != LUA_TSTRING)
    return find(lua, asks, directory::consolidation::parent, region);
  if (push_kept_answer(lua, asks, region)) return 1;
  int const values = find(lua, asks, directory::consolidation::parent, region);
  if (values == 1) keep_answer(lua, asks);
  return values;
}

// lookup_by(number, policy, region | nil) -> partner; nil; nil, candidates
int lookup_by(lua_State* lua) {
  auto const policy = directory::consolidation_of(luaL_checkstring(lua, 2));
  luaL_argcheck(lua, policy.has_value(), 2, "parent, first or none");
  auto const region = lua_isnoneornil(lua, 3) ? default_region(lua) : view_at(lua, 3);
  return find(lua, asker_of(lua), *policy, region);
}

int get(lua_State* lua) {
  auto& asks = asker_of(lua);
  if (!asks.keeps_up) keep_up(app::of(lua).inside(), asks);
  auto const found = asks.partners().get(view_at(lua, 1));
  if (found.bytes().empty()) return push_nobody(lua);
  push_partner(lua, found);
  return 1;
}

// -- partners as Lua tables

std::string text_field(lua_State* lua, int table, char const* name) {
  lua_getfield(lua, table, name);
  std::string text;
  if (lua_type(lua, -1) == LUA_TNUMBER) {
    text = fmt::format("{:.0f}", lua_tonumber(lua, -1));
  } else if (lua_isstring(lua, -1)) {
    text = view_at(lua, lua_gettop(lua));
  } else if (!lua_isnil(lua, -1)) {
    luaL_error(lua, "a partner's %s is a %s; it takes a string", name, luaL_typename(lua, -1));
  }
  lua_pop(lua, 1);
  return text;
}

std::vector<std::string> list_field(lua_State* lua, int table, char const* name) {
  std::vector<std::string> texts;
  lua_getfield(lua, table, name);
  if (!lua_isnil(lua, -1) && !lua_istable(lua, -1))
    luaL_error(lua, "a partner's %s is a %s; it takes a list", name, luaL_typename(lua, -1));
  if (lua_istable(lua, -1))
    for (int at = 1;; ++at) {
      lua_rawgeti(lua, -1, at);
      bool const more = lua_isstring(lua, -1) != 0;
      if (more) texts.emplace_back(view_at(lua, lua_gettop(lua)));
      lua_pop(lua, 1);
      if (!more) break;
    }
  lua_pop(lua, 1);
  return texts;
}

directory::partner partner_argument(lua_State* lua, int at) {
  luaL_checktype(lua, at, LUA_TTABLE);
  directory::partner p;
  p.id = text_field(lua, at, "id");
  p.name = text_field(lua, at, "name");
  p.company_id = text_field(lua, at, "company_id");
  p.company = text_field(lua, at, "company");
  lua_getfield(lua, at, "is_company");
  p.is_company = lua_toboolean(lua, -1) != 0;
  lua_pop(lua, 1);
  p.tags = list_field(lua, at, "tags");
  p.numbers = list_field(lua, at, "numbers");
  p.region = text_field(lua, at, "region");
  p.salesperson = text_field(lua, at, "salesperson");
  p.salesperson_endpoints = list_field(lua, at, "salesperson_endpoints");
  p.url = text_field(lua, at, "url");
  p.lang = text_field(lua, at, "lang");
  return p;
}

// load(list, region | nil): the app's own partners take the place of the directory. -> how many; or
// nil, which of them, and the number that is none.
int load(lua_State* lua) {
  auto& asks = asker_of(lua);
  luaL_checktype(lua, 1, LUA_TTABLE);
  auto const region = std::string(lua_isnoneornil(lua, 2) ? default_region(lua) : view_at(lua, 2));
  directory::snapshot_builder builder;
  auto const count = static_cast<int>(lua_objlen(lua, 1));
  for (int at = 1; at <= count; ++at) {
    lua_rawgeti(lua, 1, at);
    auto p = partner_argument(lua, lua_gettop(lua));
    lua_pop(lua, 1);
    std::vector<numbers::e164> keys;
    for (auto const& number : p.numbers) {
      auto const key = asks.numbers.read(number, p.region.empty() ? region : p.region);
      if (!key) {
        lua_pushnil(lua);
        lua_pushinteger(lua, at);
        lua_pushlstring(lua, number.data(), number.size());
        return 3;
      }
      keys.push_back(*key);
    }
    if (p.id.empty()) p.id = fmt::format("#{}", at);
    builder.put(directory::encode(p), keys);
  }
  asks.own = builder.finish();
  asks.answers = most_answers;  // those are of somebody else
  lua_pushinteger(lua, count);
  return 1;
}

double seconds_since(std::chrono::system_clock::time_point at) {
  return std::chrono::duration<double>(std::chrono::system_clock::now() - at).count();
}

int status(lua_State* lua) {
  auto const& d = app::of(lua).inside().options.services.partners;
  if (!d) return push_nobody(lua);
  auto const s = d->status();
  lua_createtable(lua, 0, 6);
  lua_pushnumber(lua, static_cast<double>(s.partners)), lua_setfield(lua, -2, "partners");
  lua_pushnumber(lua, static_cast<double>(s.numbers)), lua_setfield(lua, -2, "numbers");
  lua_pushlstring(lua, s.source.data(), s.source.size()), lua_setfield(lua, -2, "source");
  lua_pushboolean(lua, s.stale), lua_setfield(lua, -2, "stale");
  if (s.refreshed_at)
    lua_pushnumber(lua, seconds_since(*s.refreshed_at)), lua_setfield(lua, -2, "age");
  if (!s.last_error.empty())
    lua_pushstring(lua, s.last_error.c_str()), lua_setfield(lua, -2, "last_error");
  return 1;
}

// -- for the app that fills the directory

directory::directory& directory_of(lua_State* lua) {
  auto const& d = app::of(lua).inside().options.services.partners;
  if (!d) luaL_error(lua, "there is no directory: the configuration has no [directory]");
  return *d;
}

int push_nothing(lua_State* lua) {
  lua_pushboolean(lua, 1);
  return 1;
}

unique_function<void(result<void>)> done_of(wait& w) {
  return [done = w.completion<int>([](lua_State* l, int const&) { return push_nothing(l); })](
             result<void> outcome) mutable {
    if (outcome)
      done(0);
    else
      done(tl::unexpected(outcome.error()));
  };
}

int begin_full(lua_State* lua) {
  auto& d = directory_of(lua);
  std::string source(view_at(lua, 1));
  wait w(lua, "directory.begin_full");
  d.begin_full(std::move(source), done_of(w));
  return w.suspend(write_timeout);
}

int push_applied(lua_State* lua, directory::applied const& a) {
  lua_createtable(lua, 0, 3);
  lua_pushnumber(lua, static_cast<double>(a.put)), lua_setfield(lua, -2, "put");
  lua_pushnumber(lua, static_cast<double>(a.deleted)), lua_setfield(lua, -2, "deleted");
  lua_pushnumber(lua, static_cast<double>(a.unreadable)), lua_setfield(lua, -2, "unreadable");
  return 1;
}

// apply{ upserts = {partner...}, deletes = {id...}, cursor = text, done = bool }
int apply(lua_State* lua) {
  auto& d = directory_of(lua);
  luaL_checktype(lua, 1, LUA_TTABLE);
  directory::changes step;
  lua_getfield(lua, 1, "upserts");
  if (lua_istable(lua, -1)) {
    int const list = lua_gettop(lua);
    auto const count = static_cast<int>(lua_objlen(lua, list));
    step.upserts.reserve(static_cast<std::size_t>(count));
    for (int at = 1; at <= count; ++at) {
      lua_rawgeti(lua, list, at);
      step.upserts.push_back(partner_argument(lua, lua_gettop(lua)));
      lua_pop(lua, 1);
    }
  }
  lua_pop(lua, 1);
  step.deletes = list_field(lua, 1, "deletes");
  step.cursor = text_field(lua, 1, "cursor");
  lua_getfield(lua, 1, "done");
  step.done = lua_toboolean(lua, -1) != 0;
  lua_pop(lua, 1);
  wait w(lua, "directory.apply");
  d.apply(std::move(step), w.completion<directory::applied>(push_applied));
  return w.suspend(write_timeout);
}

int push_string(lua_State* lua, std::string const& text) {
  lua_pushlstring(lua, text.data(), text.size());
  return 1;
}

int cursor(lua_State* lua) {
  auto& d = directory_of(lua);
  std::string source(view_at(lua, 1));
  wait w(lua, "directory.cursor");
  d.cursor(std::move(source), w.completion<std::string>(push_string));
  return w.suspend(write_timeout);
}

// keep_users(source, text)
int keep_users(lua_State* lua) {
  auto& d = directory_of(lua);
  std::string source(view_at(lua, 1)), text(view_at(lua, 2));
  wait w(lua, "directory.keep_users");
  d.keep_users(std::move(source), std::move(text), done_of(w));
  return w.suspend(write_timeout);
}

// kept_users(source) -> text
int kept_users(lua_State* lua) {
  auto& d = directory_of(lua);
  std::string source(view_at(lua, 1));
  wait w(lua, "directory.kept_users");
  d.kept_users(std::move(source), w.completion<std::string>(push_string));
  return w.suspend(write_timeout);
}

int note_error(lua_State* lua) {
  directory_of(lua).note_error(std::string(view_at(lua, 1)));
  return 0;
}

void set_asking(lua_State* lua, luaL_Reg const* functions) {
  for (; functions->name != nullptr; ++functions) {
    lua_pushvalue(lua, -2);  // the asker
    lua_pushcclosure(lua, functions->func, 1);
    lua_setfield(lua, -2, functions->name);
  }
}

}  // namespace

void open_partners(lua_State* lua, app_options const& options) {
  open_partner_views(lua);
  new (lua_newuserdata(lua, sizeof(asker))) asker(options.services.partners);
  lua_newtable(lua);
  lua_pushcfunction(lua, free_asker);
  lua_setfield(lua, -2, "__gc");
  lua_setmetatable(lua, -2);
  lua_newtable(lua);
  static luaL_Reg const asking[] = {
      {"lookup_by", lookup_by}, {"get", get}, {"load", load}, {nullptr, nullptr}};
  set_asking(lua, asking);
  lua_pushvalue(lua, -2);
  lua_newtable(lua);
  lua_pushcclosure(lua, lookup, 2);
  lua_setfield(lua, -2, "lookup");
  static luaL_Reg const others[] = {{"status", status}, {nullptr, nullptr}};
  set_functions(lua, others);
  if (options.grants.count("directory") != 0) {
    static luaL_Reg const writing[] = {{"begin_full", begin_full}, {"apply", apply},
                                       {"cursor", cursor},         {"keep_users", keep_users},
                                       {"kept_users", kept_users}, {"note_error", note_error},
                                       {nullptr, nullptr}};
    set_functions(lua, writing);
  }
  lua_remove(lua, -2);
}

}  // namespace calluna::bindings
