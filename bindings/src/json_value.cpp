#include "json_value.hpp"

#include "events.hpp"

#include <nlohmann/json.hpp>

#include <cmath>

namespace calluna::bindings {
namespace {

using nlohmann::json;

constexpr int max_depth = 64;

json table_to_json(lua_State* lua, int at, int depth);

json value_to_json(lua_State* lua, int at, int depth) {
  switch (lua_type(lua, at)) {
    case LUA_TNIL:
      return nullptr;
    case LUA_TBOOLEAN:
      return lua_toboolean(lua, at) != 0;
    case LUA_TNUMBER: {
      double const number = lua_tonumber(lua, at);
      if (!std::isfinite(number)) luaL_error(lua, "json: %f has no JSON form", number);
      if (number == std::floor(number) && std::abs(number) < 9e15)
        return static_cast<std::int64_t>(number);
      return number;
    }
    case LUA_TSTRING: {
      std::size_t size = 0;
      char const* const text = lua_tolstring(lua, at, &size);
      return std::string(text, size);
    }
    case LUA_TTABLE:
      return table_to_json(lua, at, depth);
    case LUA_TUSERDATA:
      if (auto const text = json_text_of(lua, at); !text.empty())
        return json::parse(text, nullptr, false);
      if (luaL_getmetafield(lua, at, "__pairs_table") != 0) {
        lua_pushvalue(lua, at);
        lua_call(lua, 1, 1);
        auto value = table_to_json(lua, lua_gettop(lua), depth + 1);
        lua_pop(lua, 1);
        return value;
      }
      [[fallthrough]];
    default:
      luaL_error(lua, "json: a %s has no JSON form", luaL_typename(lua, at));
      return nullptr;
  }
}

bool is_sequence(lua_State* lua, int at, std::size_t& length) {
  length = lua_objlen(lua, at);
  if (length == 0) return false;
  std::size_t keys = 0;
  for (lua_pushnil(lua); lua_next(lua, at) != 0; lua_pop(lua, 1)) ++keys;
  return keys == length;
}

json table_to_json(lua_State* lua, int at, int depth) {
  if (depth >= max_depth)
    luaL_error(lua, "json: nested more than %d deep (a table inside itself?)", max_depth);
  luaL_checkstack(lua, 4, "json");
  if (at < 0) at = lua_gettop(lua) + at + 1;
  std::size_t length = 0;
  if (is_sequence(lua, at, length)) {
    json array = json::array();
    for (std::size_t i = 1; i <= length; ++i) {
      lua_rawgeti(lua, at, static_cast<int>(i));
      array.push_back(value_to_json(lua, lua_gettop(lua), depth + 1));
      lua_pop(lua, 1);
    }
    return array;
  }
  json object = json::object();
  for (lua_pushnil(lua); lua_next(lua, at) != 0; lua_pop(lua, 1)) {
    int const key_type = lua_type(lua, -2);
    if (key_type != LUA_TSTRING && key_type != LUA_TNUMBER)
      luaL_error(lua, "json: a %s cannot be a key", luaL_typename(lua, -2));
    lua_pushvalue(lua, -2);  // converting the key in place would confuse lua_next
    std::size_t size = 0;
    char const* const key = lua_tolstring(lua, -1, &size);
    object[std::string(key, size)] = value_to_json(lua, lua_gettop(lua) - 1, depth + 1);
    lua_pop(lua, 1);
  }
  return object;
}

}  // namespace

nlohmann::json to_json(lua_State* lua, int at) {
  return value_to_json(lua, at, 0);
}

void push_json(lua_State* lua, json const& value) {
  luaL_checkstack(lua, 3, "json");
  switch (value.type()) {
    case json::value_t::boolean:
      lua_pushboolean(lua, value.get<bool>());
      break;
    case json::value_t::number_integer:
    case json::value_t::number_unsigned:
    case json::value_t::number_float:
      lua_pushnumber(lua, value.get<double>());
      break;
    case json::value_t::string: {
      auto const& text = value.get_ref<std::string const&>();
      lua_pushlstring(lua, text.data(), text.size());
      break;
    }
    case json::value_t::array: {
      lua_createtable(lua, static_cast<int>(value.size()), 0);
      int i = 0;
      for (auto const& item : value) {
        push_json(lua, item);
        lua_rawseti(lua, -2, ++i);
      }
      break;
    }
    case json::value_t::object: {
      lua_createtable(lua, 0, static_cast<int>(value.size()));
      for (auto const& [key, item] : value.items()) {
        lua_pushlstring(lua, key.data(), key.size());
        push_json(lua, item);
        lua_rawset(lua, -3);
      }
      break;
    }
    default:
      lua_pushnil(lua);
  }
}

result<void> push_json_text(lua_State* lua, std::string_view text) {
  // Depth is bounded before the recursive walk: the text may come from anybody.
  int depth = 0;
  auto const too_deep = [&depth](int, json::parse_event_t event, json&) {
    if (event == json::parse_event_t::object_start || event == json::parse_event_t::array_start)
      ++depth;
    if (event == json::parse_event_t::object_end || event == json::parse_event_t::array_end)
      --depth;
    if (depth > 512) throw std::length_error("nested more than 512 deep");
    return true;
  };
  try {
    push_json(lua, json::parse(text, too_deep));
    return {};
  } catch (json::parse_error const& problem) {
    return fail(error_kind::invalid, "not JSON at byte " + std::to_string(problem.byte));
  } catch (std::length_error const& problem) {
    return fail(error_kind::invalid, std::string("JSON ") + problem.what());
  }
}

}  // namespace calluna::bindings
