#include "../app_impl.hpp"
#include "../json_value.hpp"
#include "../options.hpp"
#include "modules.hpp"

#include <calluna/bindings/await.hpp>
#include <calluna/bindings/error.hpp>
#include <calluna/erp/client.hpp>
#include <calluna/erp/erp_error.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace calluna::bindings {
namespace {

using nlohmann::json;

std::string text_at(lua_State* lua, int at) {
  std::size_t size = 0;
  char const* const text = luaL_checklstring(lua, at, &size);
  return {text, size};
}

std::string text_field(lua_State* lua, int table, char const* name) {
  lua_getfield(lua, table, name);
  std::size_t size = 0;
  char const* const text = lua_tolstring(lua, -1, &size);
  std::string value(text == nullptr ? "" : text, size);
  lua_pop(lua, 1);
  return value;
}

erp::system& client_at(lua_State* lua, int at) {
  auto const& all = app::of(lua).inside().options.services.erps;
  auto const found = all.find(text_at(lua, at));
  if (found == all.end() || !found->second)
    luaL_error(lua, "no [odoo.%s] is configured", lua_tostring(lua, at));
  return *found->second;
}

// Seconds; absent: the connection's own.
erp::system::duration timeout_at(lua_State* lua, int at) {
  return lua_isnoneornil(lua, at) ? erp::system::default_timeout : request_timeout(lua, at, 0);
}

// -- Lua values as Odoo wants them

// An empty table is a list to Odoo, but for the values in a command that makes or changes a record:
// {0, 0, {}}.
void make_empty_tables_lists(json& value) {
  if (value.is_object() && value.empty()) value = json::array();
  bool const command = value.is_array() && value.size() == 3 && value[2].is_object() &&
                       (value[0] == 0 || value[0] == 1);
  if (command && value[2].empty()) return;
  if (value.is_structured())
    for (auto& inner : value) make_empty_tables_lists(inner);
}

json list_at(lua_State* lua, int at) {
  if (lua_isnoneornil(lua, at)) return json::array();
  auto value = to_json(lua, at);
  make_empty_tables_lists(value);
  return value;
}

// The same with a record's values, which stay an object.
void make_members_lists(json& values) {
  for (auto& member : values) make_empty_tables_lists(member);
}

json object_at(lua_State* lua, int at) {
  if (lua_isnoneornil(lua, at)) return json::object();
  auto value = to_json(lua, at);
  if (!value.is_object()) luaL_error(lua, "a table of names and values is needed");
  for (auto& [name, member] : value.items())
    if (name != "context") make_empty_tables_lists(member);
  return value;
}

std::string text_of(json const& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// A list of arguments: domains, lists of ids, values, lists of values.
std::string arguments_at(lua_State* lua, int at) {
  auto list = lua_isnoneornil(lua, at) ? json::array() : to_json(lua, at);
  if (list.is_object() && list.empty()) list = json::array();
  if (!list.is_array()) luaL_error(lua, "the arguments are a list");
  for (auto& one : list) {
    bool const several = one.is_array() && !one.empty() && one[0].is_object();
    if (several)
      for (auto& values : one) make_members_lists(values);
    else if (one.is_object() && !one.empty())
      make_members_lists(one);
    else
      make_empty_tables_lists(one);
  }
  return text_of(list);
}

std::vector<erp::record_id> ids_at(lua_State* lua, int at) {
  std::vector<erp::record_id> ids;
  auto const take = [&](int from) {
    double const id = lua_tonumber(lua, from);
    if (lua_type(lua, from) != LUA_TNUMBER ||
        id != static_cast<double>(static_cast<std::int64_t>(id)))
      luaL_error(lua, "a record's id is a whole number");
    ids.push_back(static_cast<erp::record_id>(id));
  };
  if (!lua_istable(lua, at)) {
    take(at);
    return ids;
  }
  for (int i = 1, count = static_cast<int>(lua_objlen(lua, at)); i <= count; ++i) {
    lua_rawgeti(lua, at, i);
    take(-1);
    lua_pop(lua, 1);
  }
  return ids;
}

// -- answers

int push_erp_failure(lua_State* lua, error const& e) {
  push_failure(lua, e);
  if (auto const word = erp::erp_code_word(e.code); !word.empty()) {
    lua_pushlstring(lua, word.data(), word.size());
    lua_setfield(lua, -2, "code");
  }
  return 2;
}

// The completion of this wait: takes the outcome to the app's thread, where `push` pushes it.
template <class T>
unique_function<void(result<T>)> answer_of(lua_State* lua, wait const& w,
                                           int (*push)(lua_State*, T const&)) {
  return [answer = answerer(lua), t = w.id(), push](result<T> outcome) {
    answer(t, [outcome = std::move(outcome), push](lua_State* l) {
      return outcome ? push(l, *outcome) : push_erp_failure(l, outcome.error());
    });
  };
}

int push_value(lua_State* lua, json const& value) {
  push_json(lua, value);
  return 1;
}

int push_id(lua_State* lua, erp::record_id const& id) {
  lua_pushnumber(lua, static_cast<double>(id));
  return 1;
}

int push_version(lua_State* lua, erp::server_version const& version) {
  lua_createtable(lua, 0, 3);
  lua_pushinteger(lua, version.major), lua_setfield(lua, -2, "major");
  lua_pushinteger(lua, version.minor), lua_setfield(lua, -2, "minor");
  lua_pushstring(lua, version.text.c_str()), lua_setfield(lua, -2, "text");
  return 1;
}

// -- functions; the first argument is the connection's name, the last one the timeout

// names() -> a sorted list
int names(lua_State* lua) {
  lua_newtable(lua);
  int at = 0;
  for (auto const& [name, client] : app::of(lua).inside().options.services.erps) {
    lua_pushlstring(lua, name.data(), name.size());
    lua_rawseti(lua, -2, ++at);
  }
  return 1;
}

// call(name, model, method, ids | nil, arguments | nil, named | nil, seconds | nil)
int call(lua_State* lua) {
  auto& client = client_at(lua, 1);
  auto const timeout = timeout_at(lua, 7);
  erp::call c{text_at(lua, 2), text_at(lua, 3), {}, "{}", "[]"};
  if (!lua_isnoneornil(lua, 4)) c.ids = ids_at(lua, 4);
  c.positional = arguments_at(lua, 5);
  c.named = text_of(object_at(lua, 6));
  wait w(lua, "odoo");
  client.submit(std::move(c), timeout, answer_of<json>(lua, w, push_value));
  return w.suspend(std::nullopt);  // the client keeps the deadline
}

// search_read(name, model, domain, { fields, offset, limit, order, context }, seconds | nil)
int search_read(lua_State* lua) {
  auto& client = client_at(lua, 1);
  auto const timeout = timeout_at(lua, 5);
  auto model = text_at(lua, 2);
  luaL_checktype(lua, 4, LUA_TTABLE);
  erp::query q;
  q.domain = text_of(list_at(lua, 3));
  lua_getfield(lua, 4, "fields");
  for (auto const& field : list_at(lua, lua_gettop(lua)))
    if (field.is_string()) q.fields.push_back(field.get<std::string>());
  lua_getfield(lua, 4, "offset"), q.offset = static_cast<std::int64_t>(lua_tonumber(lua, -1));
  lua_getfield(lua, 4, "limit"), q.limit = static_cast<std::int64_t>(lua_tonumber(lua, -1));
  q.order = text_field(lua, 4, "order");
  lua_getfield(lua, 4, "context");
  if (lua_istable(lua, -1)) q.context = text_of(object_at(lua, lua_gettop(lua)));
  wait w(lua, "odoo:search_read");
  client.search_read(std::move(model), std::move(q), timeout, answer_of<json>(lua, w, push_value));
  return w.suspend(std::nullopt);
}

// upsert(name, model, key, values, seconds | nil) -> id
int upsert(lua_State* lua) {
  auto& client = client_at(lua, 1);
  auto const timeout = timeout_at(lua, 5);
  auto model = text_at(lua, 2);
  auto key = text_of(object_at(lua, 3)), values = text_of(object_at(lua, 4));
  wait w(lua, "odoo:upsert");
  client.upsert(std::move(model), std::move(key), std::move(values), timeout,
                answer_of<erp::record_id>(lua, w, push_id));
  return w.suspend(std::nullopt);
}

// attach(name, model, id, { name, path, data, mimetype }, seconds | nil) -> id
int attach(lua_State* lua) {
  auto& client = client_at(lua, 1);
  auto const timeout = timeout_at(lua, 5);
  luaL_checktype(lua, 4, LUA_TTABLE);
  erp::attachment a{text_at(lua, 2),
                    ids_at(lua, 3).at(0),
                    text_field(lua, 4, "name"),
                    text_field(lua, 4, "path"),
                    text_field(lua, 4, "data"),
                    text_field(lua, 4, "mimetype")};
  wait w(lua, "odoo:attach");
  client.attach(std::move(a), timeout, answer_of<erp::record_id>(lua, w, push_id));
  return w.suspend(std::nullopt);
}

// note(name, model, id, text, html, seconds | nil) -> id
int note(lua_State* lua) {
  auto& client = client_at(lua, 1);
  auto const timeout = timeout_at(lua, 6);
  auto model = text_at(lua, 2), text = text_at(lua, 4);
  auto const id = ids_at(lua, 3).at(0);
  bool const html = lua_toboolean(lua, 5) != 0;
  wait w(lua, "odoo:note");
  client.note(std::move(model), id, std::move(text), html, timeout,
              answer_of<erp::record_id>(lua, w, push_id));
  return w.suspend(std::nullopt);
}

// fields(name, model, seconds | nil)
int fields(lua_State* lua) {
  auto& client = client_at(lua, 1);
  auto const timeout = timeout_at(lua, 3);
  auto model = text_at(lua, 2);
  wait w(lua, "odoo:fields");
  client.fields(std::move(model), timeout, answer_of<json>(lua, w, push_value));
  return w.suspend(std::nullopt);
}

// version(name, seconds | nil) -> { major, minor, text }
int version(lua_State* lua) {
  auto& client = client_at(lua, 1);
  auto const timeout = timeout_at(lua, 2);
  wait w(lua, "odoo:version");
  client.version(timeout, answer_of<erp::server_version>(lua, w, push_version));
  return w.suspend(std::nullopt);
}

// status(name) -> { state, transport, url, database, user, last_error }
int status(lua_State* lua) {
  auto const s = client_at(lua, 1).status();
  lua_createtable(lua, 0, 6);
  auto const put = [lua](char const* name, std::string_view value) {
    if (value.empty()) return;
    lua_pushlstring(lua, value.data(), value.size());
    lua_setfield(lua, -2, name);
  };
  put("state", to_string(s.state));
  put("transport", s.transport ? to_string(*s.transport) : std::string_view());
  put("url", s.url);
  put("database", s.database);
  put("user", s.user);
  put("last_error", s.last_error);
  return 1;
}

}  // namespace

void open_erp(lua_State* lua) {
  static luaL_Reg const functions[] = {
      {"names", names},   {"call", call},    {"upsert", upsert}, {"search_read", search_read},
      {"attach", attach}, {"note", note},    {"fields", fields}, {"version", version},
      {"status", status}, {nullptr, nullptr}};
  lua_newtable(lua);
  set_functions(lua, functions);
}

}  // namespace calluna::bindings
