#include "http.hpp"

#include "../app_impl.hpp"
#include "../json_value.hpp"
#include "../options.hpp"
#include "modules.hpp"

#include <calluna/bindings/http_shape.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <new>
#include <string>

namespace calluna::bindings {

namespace ip = boost::asio::ip;

namespace {

constexpr char exchange_class[] = "calluna.http_exchange";
char exchange_key;  // its metatable, found by address

using held_exchange = std::shared_ptr<http_exchange>;

int free_exchange(lua_State* lua) {
  static_cast<held_exchange*>(lua_touserdata(lua, 1))->~held_exchange();
  return 0;
}

void push_text(lua_State* lua, std::string_view text) {
  lua_pushlstring(lua, text.data(), text.size());
}

std::string text_field(lua_State* lua, int at, char const* name) {
  lua_getfield(lua, at, name);
  std::size_t size = 0;
  char const* const text = lua_tolstring(lua, -1, &size);
  std::string copy = text == nullptr ? std::string{} : std::string(text, size);
  lua_pop(lua, 1);
  return copy;
}

double number_field(lua_State* lua, int at, char const* name, double fallback) {
  lua_getfield(lua, at, name);
  double const value = luaL_optnumber(lua, -1, fallback);
  lua_pop(lua, 1);
  return value;
}

http_route route_argument(lua_State* lua, int at) {
  luaL_checktype(lua, at, LUA_TTABLE);
  http_route route;
  auto const what = text_field(lua, at, "what");
  route.what = what == "events"      ? http_route::kind::events
               : what == "websocket" ? http_route::kind::websocket
               : what == "files"     ? http_route::kind::files
                                     : http_route::kind::request;
  route.method = text_field(lua, at, "method");
  route.path = text_field(lua, at, "path");
  route.folder = text_field(lua, at, "folder");
  if (!route.folder.empty())
    route.folder = std::filesystem::absolute(route.folder).lexically_normal().string();
  lua_getfield(lua, at, "open"), route.open = lua_toboolean(lua, -1) != 0, lua_pop(lua, 1);
  lua_getfield(lua, at, "networks");
  for (int i = 1; lua_istable(lua, -1); ++i) {
    lua_rawgeti(lua, -1, i);
    bool const is_there = lua_isstring(lua, -1) != 0;
    if (is_there) route.networks.emplace_back(lua_tostring(lua, -1));
    lua_pop(lua, 1);
    if (!is_there) break;
  }
  lua_pop(lua, 1);
  route.rate_count = static_cast<unsigned>(number_field(lua, at, "rate_count", 0));
  route.rate_period =
      std::chrono::seconds(static_cast<long>(number_field(lua, at, "rate_period", 1)));
  route.max_body = static_cast<std::size_t>(
      number_field(lua, at, "max_body", static_cast<double>(route.max_body)));
  route.timeout = std::chrono::milliseconds(
      static_cast<long>(number_field(lua, at, "timeout", 30) * 1000 + 0.5));
  return route;
}

// add(route, fn | nil) -> nil, or what is wrong with it. fn(exchange) is a task for each request.
int add(lua_State* lua) {
  auto& a = app::of(lua);
  auto& inside = a.inside();
  auto route = route_argument(lua, 1);
  if (inside.options.serves_nobody) {
    lua_pushliteral(lua, "a console answers no requests");
    return 1;
  }
  if (inside.is_up) {
    lua_pushliteral(lua, "routes are registered at a file's top level or in start()");
    return 1;
  }
  auto const shape = shape_of(route);
  for (auto const& other : inside.routes)
    if (shape_of(other) == shape) {
      push_text(lua, fmt::format("{} {} has a handler already{}", route.method, route.path,
                                 other.path == route.path ? "" : ": " + other.path));
      return 1;
    }
  if (route.what != http_route::kind::files) {
    luaL_checktype(lua, 2, LUA_TFUNCTION);
    lua_pushvalue(lua, 2);
    route.handler = inside.visits.add(luaL_ref(lua, LUA_REGISTRYINDEX));
  }
  inside.routes.push_back(std::move(route));
  inside.host.on_http_routes(a, inside.routes);
  return 0;
}

// is_network("10.0.0.0/8" | "::1") -> whether it is one. Bits behind the prefix ("10.1.2.3/8") are
// a mistake more often than they are meant.
int is_network(lua_State* lua) {
  std::string const text = luaL_checkstring(lua, 1);
  boost::system::error_code bad;
  if (text.find('/') == std::string::npos) {
    ip::make_address(text, bad);
  } else {
    auto const v4 = ip::make_network_v4(text, bad);
    bool fits = !bad && v4.canonical() == v4;
    if (bad) {
      auto const v6 = ip::make_network_v6(text, bad);
      fits = !bad && v6.canonical() == v6;
    }
    lua_pushboolean(lua, fits);
    return 1;
  }
  lua_pushboolean(lua, !bad);
  return 1;
}

int is_folder(lua_State* lua) {
  std::error_code ignored;
  lua_pushboolean(lua, std::filesystem::is_directory(luaL_checkstring(lua, 1), ignored));
  return 1;
}

// begin(exchange): the running task is at it.
int begin(lua_State* lua) {
  auto& a = app::of(lua);
  a.inside().visits.begin(a, a.inside().tasks.current());
  return 0;
}

// -- what a request says

template <std::string http_request::*Field>
int read_text(lua_State* lua) {
  push_text(lua, exchange_argument(lua, 1)->request().*Field);
  return 1;
}

// A table by name; the last of several wins.
template <http_headers http_request::*Field>
int read_pairs(lua_State* lua) {
  auto const& pairs = exchange_argument(lua, 1)->request().*Field;
  lua_createtable(lua, 0, static_cast<int>(pairs.size()));
  for (auto const& [name, value] : pairs) {
    push_text(lua, name);
    push_text(lua, value);
    lua_rawset(lua, -3);
  }
  return 1;
}

// query_all(exchange, name) -> a list of its values.
int query_all(lua_State* lua) {
  auto const exchange = exchange_argument(lua, 1);
  std::string_view const wanted = luaL_checkstring(lua, 2);
  lua_newtable(lua);
  int n = 0;
  for (auto const& [name, value] : exchange->request().query)
    if (name == wanted) {
      push_text(lua, value);
      lua_rawseti(lua, -2, ++n);
    }
  return 1;
}

// auth(exchange) -> { user, token } | nil
int read_auth(lua_State* lua) {
  auto const& request = exchange_argument(lua, 1)->request();
  if (request.user.empty() && request.token.empty()) return 0;
  lua_createtable(lua, 0, 2);
  if (!request.user.empty()) push_text(lua, request.user), lua_setfield(lua, -2, "user");
  push_text(lua, request.token), lua_setfield(lua, -2, "token");
  return 1;
}

int read_gone(lua_State* lua) {
  lua_pushboolean(lua, exchange_argument(lua, 1)->gone());
  return 1;
}

// -- what is answered

bool is_token(std::string_view name) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

bool is_line(std::string_view value) {
  return std::none_of(value.begin(), value.end(), [](char c) {
    auto const u = static_cast<unsigned char>(c);
    return (u < 0x20 && c != '\t') || u == 0x7f;
  });
}

std::string lower(std::string_view text) {
  std::string copy(text);
  for (auto& c : copy)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return copy;
}

// The headers of the table at `at`; raises for what is none.
http_headers headers_argument(lua_State* lua, int at) {
  http_headers headers;
  if (lua_isnoneornil(lua, at)) return headers;
  for (lua_pushnil(lua); lua_next(lua, at) != 0; lua_pop(lua, 1)) {
    bool const fits = lua_type(lua, -2) == LUA_TSTRING &&
                      (lua_type(lua, -1) == LUA_TSTRING || lua_type(lua, -1) == LUA_TNUMBER);
    if (!fits) luaL_error(lua, "headers are a table of texts by name");
    std::size_t name_size = 0, size = 0;
    char const* const name = lua_tolstring(lua, -2, &name_size);
    lua_pushvalue(lua, -1);  // a number is not converted in place
    char const* const value = lua_tolstring(lua, -1, &size);
    if (!is_token({name, name_size})) luaL_error(lua, "'%s' cannot be a header's name", name);
    if (!is_line({value, size}))
      luaL_error(lua, "the header '%s' has a line break or another control character in it", name);
    headers.emplace_back(lower({name, name_size}), std::string(value, size));
    lua_pop(lua, 1);
  }
  return headers;
}

// respond(exchange, status, body | nil, headers | nil): a table is sent as JSON.
int respond(lua_State* lua) {
  auto const exchange = exchange_argument(lua, 1);
  http_response response;
  response.status = static_cast<int>(luaL_checkinteger(lua, 2));
  response.headers = headers_argument(lua, 4);
  char const* type = nullptr;
  if (lua_istable(lua, 3)) {
    type = "application/json";
    response.body = to_json(lua, 3).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  } else if (!lua_isnoneornil(lua, 3)) {
    type = "text/plain; charset=utf-8";
    std::size_t size = 0;
    char const* const text = luaL_checklstring(lua, 3, &size);
    response.body.assign(text, size);
  }
  bool const has_type = std::any_of(response.headers.begin(), response.headers.end(),
                                    [](auto const& h) { return h.first == "content-type"; });
  if (type != nullptr && !has_type) response.headers.emplace_back("content-type", type);
  exchange->respond(std::move(response));
  return 0;
}

// stream(exchange, topics)
int stream(lua_State* lua) {
  auto const exchange = exchange_argument(lua, 1);
  std::vector<std::string> topics;
  for (int i = 1;; ++i) {
    lua_rawgeti(lua, 2, i);
    if (lua_isnil(lua, -1)) break;
    std::size_t size = 0;
    char const* const text = luaL_checklstring(lua, -1, &size);
    topics.emplace_back(text, size);
    lua_pop(lua, 1);
  }
  exchange->stream(std::move(topics));
  return 0;
}

}  // namespace

held_exchange const& exchange_argument(lua_State* lua, int at) {
  return *static_cast<held_exchange*>(luaL_checkudata(lua, at, exchange_class));
}

void push_visit(lua_State* lua, std::shared_ptr<http_exchange> const& exchange) {
  new (lua_newuserdata(lua, sizeof(held_exchange))) held_exchange(exchange);
  lua_pushlightuserdata(lua, &exchange_key);
  lua_rawget(lua, LUA_REGISTRYINDEX);
  lua_setmetatable(lua, -2);
}

void open_http(lua_State* lua) {
  luaL_newmetatable(lua, exchange_class);
  lua_pushcfunction(lua, free_exchange), lua_setfield(lua, -2, "__gc");
  lua_pushlightuserdata(lua, &exchange_key);
  lua_insert(lua, -2);
  lua_rawset(lua, LUA_REGISTRYINDEX);

  static luaL_Reg const functions[] = {{"add", add},
                                       {"is_network", is_network},
                                       {"is_folder", is_folder},
                                       {"begin", begin},
                                       {"method", read_text<&http_request::method>},
                                       {"path", read_text<&http_request::path>},
                                       {"remote", read_text<&http_request::remote>},
                                       {"body", read_text<&http_request::body>},
                                       {"params", read_pairs<&http_request::parameters>},
                                       {"query", read_pairs<&http_request::query>},
                                       {"headers", read_pairs<&http_request::headers>},
                                       {"query_all", query_all},
                                       {"auth", read_auth},
                                       {"gone", read_gone},
                                       {"respond", respond},
                                       {"stream", stream},
                                       {nullptr, nullptr}};
  lua_newtable(lua);
  set_functions(lua, functions);
  open_http_socket(lua);
}

}  // namespace calluna::bindings
