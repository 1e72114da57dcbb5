#include "events.hpp"

#include "json_value.hpp"

#include <calluna/ari/json_view.hpp>

#include <cstdlib>
#include <cstring>

namespace calluna::bindings {
namespace {

constexpr char ami_class[] = "calluna.ami_event";
constexpr char json_class[] = "calluna.json_object";

// The classes' metatables, found by address: faster than by name, once per event.
char ami_class_key;
char json_class_key;

/// What the userdata begins with; the text follows. `pbx` belongs to the app, which outlives its
/// state's values.
struct held_text {
  std::string const* pbx;
  std::uint32_t size;
  // The channel object's place in an ARI event's text: what most handlers read first.
  std::uint32_t channel_at;
  std::uint32_t channel_size;

  char const* data() const noexcept { return reinterpret_cast<char const*>(this + 1); }
  std::string_view text() const noexcept { return {data(), size}; }
};

held_text* push_held(lua_State* lua, std::string_view text, std::string const* pbx,
                     char* class_key) {
  auto* held = static_cast<held_text*>(lua_newuserdata(lua, sizeof(held_text) + text.size()));
  *held = {pbx, static_cast<std::uint32_t>(text.size()), 0, 0};
  std::memcpy(held + 1, text.data(), text.size());
  lua_pushlightuserdata(lua, class_key);
  lua_rawget(lua, LUA_REGISTRYINDEX);
  lua_setmetatable(lua, -2);
  return held;
}

held_text const& self_of(lua_State* lua, char const* class_name) {
  return *static_cast<held_text const*>(luaL_checkudata(lua, 1, class_name));
}

void push_text(lua_State* lua, std::string_view text) {
  lua_pushlstring(lua, text.data(), text.size());
}

void push_header(lua_State* lua, ami::message_view const& message, std::string_view key,
                 std::string_view value) {
  if (value.find('\\') != std::string_view::npos && ami::is_escaped(message.event(), key))
    push_text(lua, ami::unescape(value));
  else
    push_text(lua, value);
}

int ami_index(lua_State* lua) {
  auto const& self = *static_cast<held_text const*>(lua_touserdata(lua, 1));
  std::size_t size = 0;
  char const* const key = lua_tolstring(lua, 2, &size);
  if (key == nullptr) return 0;
  ami::message_view const message(self.text());
  std::string_view const name(key, size);
  if (auto const value = message.find(name)) {
    push_header(lua, message, name, *value);
    return 1;
  }
  if (name == "pbx" && self.pbx != nullptr) return push_text(lua, *self.pbx), 1;
  lua_pushvalue(lua, 2);
  lua_rawget(lua, lua_upvalueindex(1));
  return 1;
}

// Repeated headers (Output, Variable, ChanVariable...) become a list.
int ami_to_table(lua_State* lua) {
  auto const& self = self_of(lua, ami_class);
  ami::message_view const message(self.text());
  lua_newtable(lua);
  message.for_each([&](std::string_view key, std::string_view value) {
    push_text(lua, key);
    lua_pushvalue(lua, -1);
    lua_rawget(lua, -3);
    if (lua_isnil(lua, -1)) {
      lua_pop(lua, 1);
      push_header(lua, message, key, value);
      return lua_rawset(lua, -3);
    }
    if (!lua_istable(lua, -1)) {
      lua_createtable(lua, 2, 0);
      lua_insert(lua, -2);
      lua_rawseti(lua, -2, 1);
    }
    push_header(lua, message, key, value);
    lua_rawseti(lua, -2, static_cast<int>(lua_objlen(lua, -2)) + 1);
    lua_rawset(lua, -3);
  });
  return 1;
}

int ami_to_string(lua_State* lua) {
  push_text(lua, self_of(lua, ami_class).text());
  return 1;
}

void push_value(lua_State* lua, ari::json_view::value const& value) {
  using kind = ari::json_view::kind;
  switch (value.kind) {
    case kind::text:
      if (value.raw.find('\\') == std::string_view::npos) return push_text(lua, value.raw);
      if (!push_json_text(lua, "\"" + std::string(value.raw) + "\"")) lua_pushnil(lua);
      return;
    case kind::object:
      push_json_object(lua, value.raw);
      return;
    case kind::array:
    case kind::scalar:
      if (!push_json_text(lua, value.raw)) lua_pushnil(lua);
      return;
    case kind::none:
      lua_pushnil(lua);
  }
}

int json_index(lua_State* lua) {
  auto const& self = *static_cast<held_text const*>(lua_touserdata(lua, 1));
  std::size_t size = 0;
  char const* const key = lua_tolstring(lua, 2, &size);
  if (key == nullptr) return 0;
  std::string_view const name(key, size);
  if (self.channel_size != 0 && name == "channel")
    return push_json_object(lua, self.text().substr(self.channel_at, self.channel_size)), 1;
  auto const value = ari::json_view(self.text()).find(name);
  if (value.kind != ari::json_view::kind::none) return push_value(lua, value), 1;
  if (self.pbx != nullptr && name == "pbx") return push_text(lua, *self.pbx), 1;
  lua_pushvalue(lua, 2);
  lua_rawget(lua, lua_upvalueindex(1));
  return 1;
}

int json_to_table(lua_State* lua) {
  if (!push_json_text(lua, self_of(lua, json_class).text())) lua_pushnil(lua);
  return 1;
}

int json_to_string(lua_State* lua) {
  push_text(lua, self_of(lua, json_class).text());
  return 1;
}

int read_only(lua_State* lua) {
  return luaL_error(lua, "events are read-only (use ev:to_table() for a copy)");
}

void open_class(lua_State* lua, char const* name, char* key, lua_CFunction index,
                lua_CFunction to_table, lua_CFunction to_string) {
  luaL_newmetatable(lua, name);
  lua_newtable(lua);  // the methods
  lua_pushcfunction(lua, to_table);
  lua_setfield(lua, -2, "to_table");
  lua_pushcclosure(lua, index, 1);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, read_only);
  lua_setfield(lua, -2, "__newindex");
  lua_pushcfunction(lua, to_string);
  lua_setfield(lua, -2, "__tostring");
  lua_pushcfunction(lua, to_table);  // what the sandbox's pairs() walks over
  lua_setfield(lua, -2, "__pairs_table");
  lua_pushlightuserdata(lua, key);
  lua_insert(lua, -2);
  lua_rawset(lua, LUA_REGISTRYINDEX);
}

}  // namespace

void open_events(lua_State* lua) {
  open_class(lua, ami_class, &ami_class_key, ami_index, ami_to_table, ami_to_string);
  open_class(lua, json_class, &json_class_key, json_index, json_to_table, json_to_string);
}

void push_ami_event(lua_State* lua, ami::message_view const& event, std::string const* pbx) {
  push_held(lua, event.text(), pbx, &ami_class_key);
}

void push_ari_event(lua_State* lua, ari::event_view const& event, std::string const* pbx) {
  auto* held = push_held(lua, event.json, pbx, &json_class_key);
  if (event.channel.empty()) return;
  held->channel_at = static_cast<std::uint32_t>(event.channel.data() - event.json.data());
  held->channel_size = static_cast<std::uint32_t>(event.channel.size());
}

void push_json_object(lua_State* lua, std::string_view text) {
  push_held(lua, text, nullptr, &json_class_key);
}

std::string_view json_text_of(lua_State* lua, int at) noexcept {
  auto* held = static_cast<held_text const*>(lua_touserdata(lua, at));
  if (held == nullptr || lua_getmetatable(lua, at) == 0) return {};
  lua_pushlightuserdata(lua, &json_class_key);
  lua_rawget(lua, LUA_REGISTRYINDEX);
  bool const ours = lua_rawequal(lua, -1, -2) != 0;
  lua_pop(lua, 2);
  return ours ? held->text() : std::string_view{};
}

}  // namespace calluna::bindings
