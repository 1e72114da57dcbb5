#include "../app_impl.hpp"
#include "../options.hpp"
#include "modules.hpp"

#include <calluna/bindings/await.hpp>
#include <calluna/bindings/error.hpp>
#include <calluna/http/client.hpp>

#include <string>

namespace calluna::bindings {
namespace {

std::string text_field(lua_State* lua, int table, char const* name) {
  lua_getfield(lua, table, name);
  std::size_t size = 0;
  char const* const text = lua_tolstring(lua, -1, &size);
  std::string value(text == nullptr ? "" : text, size);
  lua_pop(lua, 1);
  return value;
}

double number_field(lua_State* lua, int table, char const* name) {
  lua_getfield(lua, table, name);
  double const value = lua_tonumber(lua, -1);
  lua_pop(lua, 1);
  return value;
}

http::headers headers_field(lua_State* lua, int table) {
  http::headers fields;
  lua_getfield(lua, table, "headers");
  int const at = lua_gettop(lua);
  for (lua_pushnil(lua); lua_istable(lua, at) && lua_next(lua, at) != 0; lua_pop(lua, 1)) {
    std::size_t name_size = 0, size = 0;
    lua_pushvalue(lua, -2);  // a key must not be converted in place
    char const* const name = lua_tolstring(lua, -1, &name_size);
    char const* const value = lua_tolstring(lua, -2, &size);
    if (name == nullptr || value == nullptr)
      luaL_error(lua, "headers are texts and numbers by their names");
    fields.emplace_back(std::string(name, name_size), std::string(value, size));
    lua_pop(lua, 1);
  }
  lua_settop(lua, at - 1);
  return fields;
}

int push_response(lua_State* lua, http::response const& r) {
  lua_createtable(lua, 0, 5);
  lua_pushinteger(lua, r.status), lua_setfield(lua, -2, "status");
  lua_pushlstring(lua, r.body.data(), r.body.size()), lua_setfield(lua, -2, "body");
  lua_pushlstring(lua, r.url.data(), r.url.size()), lua_setfield(lua, -2, "url");
  lua_createtable(lua, 0, static_cast<int>(r.fields.size()));
  for (auto const& [name, value] : r.fields) {
    lua_pushlstring(lua, name.data(), name.size());
    lua_pushlstring(lua, value.data(), value.size());
    lua_rawset(lua, -3);
  }
  lua_setfield(lua, -2, "headers");
  return 1;
}

// request({ method, url, headers, body, timeout, max_body, follow, verify, ca_file }), all given ->
// { status, headers, body, url } | nil, err
int request(lua_State* lua) {
  auto const& client = app::of(lua).inside().options.services.http;
  luaL_checktype(lua, 1, LUA_TTABLE);
  if (!client) return luaL_error(lua, "this program has no HTTP client");
  http::request r;
  r.method = text_field(lua, 1, "method");
  r.url = text_field(lua, 1, "url");
  r.body = text_field(lua, 1, "body");
  r.ca_file = text_field(lua, 1, "ca_file");
  r.fields = headers_field(lua, 1);
  lua_getfield(lua, 1, "timeout");
  r.timeout = request_timeout(lua, lua_gettop(lua), 10);
  r.max_body = static_cast<std::size_t>(number_field(lua, 1, "max_body"));
  r.follow = static_cast<unsigned>(number_field(lua, 1, "follow"));
  lua_getfield(lua, 1, "verify"), r.verify = lua_toboolean(lua, -1) != 0;
  wait w(lua, "http.request");
  client->submit(std::move(r), w.completion<http::response>(push_response));
  return w.suspend(std::nullopt);  // the client keeps the deadline
}

}  // namespace

void open_http_client(lua_State* lua) {
  static luaL_Reg const functions[] = {{"request", request}, {nullptr, nullptr}};
  lua_newtable(lua);
  set_functions(lua, functions);
}

}  // namespace calluna::bindings
