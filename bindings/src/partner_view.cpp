#include "partner_view.hpp"

#include "app_impl.hpp"

#include <calluna/directory/user.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::bindings {
namespace {

constexpr char class_name[] = "calluna.partner";
char class_key;

struct held_record {
  std::uint32_t size;
  char const* data() const noexcept { return reinterpret_cast<char const*>(this + 1); }
  directory::record view() const noexcept { return directory::record({data(), size}); }
};

void push_text(lua_State* lua, std::string_view text) {
  lua_pushlstring(lua, text.data(), text.size());
}

void push_text_or_nil(lua_State* lua, std::string_view text) {
  text.empty() ? lua_pushnil(lua) : push_text(lua, text);
}

// An id is a number where it is one as ERPs write them; "007" stays a text.
void push_id(lua_State* lua, std::string_view id) {
  std::int64_t number = 0;
  auto const [end, code] = std::from_chars(id.data(), id.data() + id.size(), number);
  bool const is_number = code == std::errc{} && end == id.data() + id.size() && number >= 0 &&
                         number < (std::int64_t{1} << 53) && (id.size() == 1 || id.front() != '0');
  if (is_number)
    lua_pushnumber(lua, static_cast<double>(number));
  else
    push_text_or_nil(lua, id);
}

template <class Texts>
void push_list(lua_State* lua, Texts const& texts) {
  lua_createtable(lua, static_cast<int>(texts.size()), 0);
  int at = 0;
  for (auto const& text : texts) {
    push_text(lua, text);
    lua_rawseti(lua, -2, ++at);
  }
}

void push_tags(lua_State* lua, directory::record const& r) {
  auto const tags = r.tags();
  lua_createtable(lua, 0, static_cast<int>(tags.size()));
  for (auto const& tag : tags) {
    push_text(lua, tag);
    lua_pushboolean(lua, 1);
    lua_rawset(lua, -3);
  }
}

// Whether no phone of theirs is in a call; nil where calls are not known.
void push_available(lua_State* lua, directory::user_list const* users, directory::user const* user,
                    std::vector<std::string_view> const& endpoints) {
  auto const& calls = app::of(lua).inside().calls;
  if (!calls.knows_all()) return lua_pushnil(lua);
  bool const busy = calls.any_live_leg([&](std::string const& pbx, calls::leg const& leg) {
    if (std::find(endpoints.begin(), endpoints.end(), leg.endpoint) != endpoints.end()) return true;
    auto const* const who = user != nullptr ? users->by_channel(pbx, leg.name) : nullptr;
    return who != nullptr && who->id == user->id;
  });
  lua_pushboolean(lua, !busy);
}

// { user, name, endpoints, available }: who looks after the partner; the source's own endpoints go
// before the user's devices.
void push_salesperson(lua_State* lua, directory::record const& r) {
  auto const key = r.salesperson();
  auto const given = r.salesperson_endpoints();
  if (key.empty() && given.empty()) return lua_pushnil(lua);
  auto const& registry = app::of(lua).inside().options.services.users;
  auto const users = registry ? registry->current() : nullptr;
  auto const* const user = users ? users->get(key) : nullptr;
  lua_createtable(lua, 0, 4);
  push_text_or_nil(lua, user != nullptr ? std::string_view(user->id) : key);
  lua_setfield(lua, -2, "user");
  push_text_or_nil(lua, user != nullptr && !user->name.empty() ? std::string_view(user->name)
                        : user != nullptr                      ? std::string_view(user->id)
                                                               : key);
  lua_setfield(lua, -2, "name");
  if (!given.empty() || user == nullptr)
    push_list(lua, given);
  else
    push_list(lua, directory::endpoints(*user));
  lua_setfield(lua, -2, "endpoints");
  push_available(lua, users.get(), user, given);
  lua_setfield(lua, -2, "available");
}

struct field {
  char const* name;
  void (*push)(lua_State* lua, directory::record const& r);
};

constexpr field fields[] = {
    {"id", [](lua_State* l, directory::record const& r) { push_id(l, r.id()); }},
    {"name", [](lua_State* l, directory::record const& r) { push_text(l, r.name()); }},
    {"display_name",
     [](lua_State* l, directory::record const& r) { push_text(l, directory::display_name(r)); }},
    {"company", [](lua_State* l, directory::record const& r) { push_text(l, r.company()); }},
    {"company_id", [](lua_State* l, directory::record const& r) { push_id(l, r.company_id()); }},
    {"is_company",
     [](lua_State* l, directory::record const& r) { lua_pushboolean(l, r.is_company()); }},
    {"tags", push_tags},
    {"numbers", [](lua_State* l, directory::record const& r) { push_list(l, r.numbers()); }},
    {"salesperson", push_salesperson},
    {"url", [](lua_State* l, directory::record const& r) { push_text_or_nil(l, r.url()); }},
    {"lang", [](lua_State* l, directory::record const& r) { push_text_or_nil(l, r.lang()); }},
};

directory::record self_of(lua_State* lua) {
  return static_cast<held_record const*>(luaL_checkudata(lua, 1, class_name))->view();
}

int to_table(lua_State* lua) {
  auto const self = self_of(lua);
  lua_createtable(lua, 0, static_cast<int>(std::size(fields)));
  for (auto const& f : fields) {
    f.push(lua, self);
    lua_setfield(lua, -2, f.name);
  }
  return 1;
}

int index(lua_State* lua) {
  auto const self = static_cast<held_record const*>(lua_touserdata(lua, 1))->view();
  char const* const key = lua_tostring(lua, 2);
  if (key != nullptr) {
    for (auto const& f : fields)
      if (std::strcmp(f.name, key) == 0) return f.push(lua, self), 1;
    if (std::strcmp(key, "to_table") == 0) return lua_pushcfunction(lua, to_table), 1;
  }
  return 0;
}

int read_only(lua_State* lua) {
  return luaL_error(lua, "partners are read-only (use partner:to_table() for a copy)");
}

int to_string(lua_State* lua) {
  push_text(lua, directory::display_name(self_of(lua)));
  return 1;
}

int equal(lua_State* lua) {
  auto const* const a = static_cast<held_record const*>(lua_touserdata(lua, 1));
  auto const* const b = static_cast<held_record const*>(lua_touserdata(lua, 2));
  lua_pushboolean(lua, a->view().bytes() == b->view().bytes());
  return 1;
}

}  // namespace

void open_partner_views(lua_State* lua) {
  luaL_newmetatable(lua, class_name);
  static luaL_Reg const functions[] = {{"__index", index},          {"__newindex", read_only},
                                       {"__tostring", to_string},   {"__eq", equal},
                                       {"__pairs_table", to_table}, {nullptr, nullptr}};
  for (auto const* f = functions; f->name != nullptr; ++f)
    lua_pushcfunction(lua, f->func), lua_setfield(lua, -2, f->name);
  lua_pushlightuserdata(lua, &class_key);
  lua_insert(lua, -2);
  lua_rawset(lua, LUA_REGISTRYINDEX);
}

void push_partner(lua_State* lua, directory::record const& partner) {
  auto const bytes = partner.bytes();
  auto* const held =
      static_cast<held_record*>(lua_newuserdata(lua, sizeof(held_record) + bytes.size()));
  held->size = static_cast<std::uint32_t>(bytes.size());
  std::memcpy(held + 1, bytes.data(), bytes.size());
  lua_pushlightuserdata(lua, &class_key);
  lua_rawget(lua, LUA_REGISTRYINDEX);
  lua_setmetatable(lua, -2);
}

}  // namespace calluna::bindings
