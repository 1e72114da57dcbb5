#include "../app_impl.hpp"
#include "../default_region.hpp"
#include "../options.hpp"
#include "modules.hpp"

#include <calluna/bindings/error.hpp>
#include <calluna/numbers/normalizer.hpp>
#include <calluna/numbers/number_error.hpp>
#include <calluna/numbers/phone_number.hpp>
#include <calluna/numbers/region_rules.hpp>

#include <new>
#include <string>

namespace calluna::bindings {
namespace {

using numbers::phone_number;

// What the state remembers beside the numbers that need no remembering: 1 MB at most.
constexpr std::size_t remembered = 1 << 14;

std::string_view text_argument(lua_State* lua, int at) {
  std::size_t size = 0;
  char const* const text = luaL_checklstring(lua, at, &size);
  return {text, size};
}

int push_text(lua_State* lua, std::string_view text) {
  lua_pushlstring(lua, text.data(), text.size());
  return 1;
}

/// The region argument; absent: the running task's.
std::string_view region_argument(lua_State* lua, int at) {
  return lua_isnoneornil(lua, at) ? default_region(lua) : text_argument(lua, at);
}

/// nil and the error; one that a setting would mend says which.
int push_refusal(lua_State* lua, error e) {
  if (e.code == numbers::number_errc::no_region)
    e.message += ", or set `region` in [pbx.NAME] of the configuration";
  return push_failure(lua, e);
}

// A number goes to and fro as three values: country code, national digits, extension | nil.

int push_number(lua_State* lua, phone_number const& n) {
  std::string national(n.leading_zeros, '0');
  national += std::to_string(n.national);
  lua_pushinteger(lua, n.country_code);
  push_text(lua, national);
  n.extension.empty() ? lua_pushnil(lua) : lua_pushstring(lua, n.extension.c_str());
  return 3;
}

phone_number number_argument(lua_State* lua, int at) {
  phone_number n;
  n.country_code = static_cast<std::uint16_t>(luaL_checkinteger(lua, at));
  auto const digits = text_argument(lua, at + 1);
  luaL_argcheck(lua, !digits.empty() && digits.size() <= 17, at + 1, "1 to 17 digits");
  for (char const c : digits) {
    luaL_argcheck(lua, c >= '0' && c <= '9', at + 1, "digits");
    n.national = n.national * 10 + static_cast<unsigned>(c - '0');
  }
  while (n.leading_zeros + 1u < digits.size() && digits[n.leading_zeros] == '0') ++n.leading_zeros;
  if (!lua_isnoneornil(lua, at + 2)) n.extension = text_argument(lua, at + 2);
  return n;
}

// parse(text, region | nil) -> country code, national digits, extension | nil; or nil, err
int parse(lua_State* lua) {
  auto const n = numbers::parse(text_argument(lua, 1), region_argument(lua, 2));
  return n ? push_number(lua, *n) : push_refusal(lua, n.error());
}

// normalize(text, region | nil) -> E.164 text; or nil, err
int normalize(lua_State* lua) {
  auto& memory = *static_cast<numbers::normalizer*>(lua_touserdata(lua, lua_upvalueindex(1)));
  auto const text = memory.normalize(text_argument(lua, 1), region_argument(lua, 2));
  return text ? push_text(lua, *text) : push_refusal(lua, text.error());
}

// format(number..., style)
int format(lua_State* lua) {
  static char const* const styles[] = {"e164", "international", "national", "rfc3966", nullptr};
  int const style = luaL_checkoption(lua, 4, nullptr, styles);
  return push_text(
      lua, numbers::format(number_argument(lua, 1), static_cast<numbers::number_format>(style)));
}

// format_from(number..., region)
int format_from(lua_State* lua) {
  return push_text(lua, numbers::format_from(number_argument(lua, 1), text_argument(lua, 4)));
}

int region(lua_State* lua) {
  auto const found = numbers::region_of(number_argument(lua, 1));
  if (found.empty()) return lua_pushnil(lua), 1;
  return push_text(lua, found);
}

int kind(lua_State* lua) {
  return push_text(lua, to_string(numbers::kind_of(number_argument(lua, 1))));
}

// is_possible(number...) -> boolean, why
int is_possible(lua_State* lua) {
  auto const n = number_argument(lua, 1);
  lua_pushboolean(lua, numbers::is_possible(n));
  push_text(lua, to_string(numbers::possibility_of(n)));
  return 2;
}

int is_valid(lua_State* lua) {
  lua_pushboolean(lua, numbers::is_valid(number_argument(lua, 1)));
  return 1;
}

int push_match(lua_State* lua, result<numbers::number_match> const& m) {
  return m ? push_text(lua, to_string(*m)) : push_failure(lua, m.error());
}

// match(number..., number...), match(number..., text), match(text, text) -> word; or nil, err
int match(lua_State* lua) {
  if (lua_type(lua, 1) == LUA_TSTRING)
    return push_match(lua, numbers::match(text_argument(lua, 1), text_argument(lua, 2)));
  auto const n = number_argument(lua, 1);
  if (lua_type(lua, 4) == LUA_TSTRING)
    return push_match(lua, numbers::match(n, text_argument(lua, 4)));
  return push_text(lua, to_string(numbers::match(n, number_argument(lua, 4))));
}

int is_region(lua_State* lua) {
  lua_pushboolean(lua, numbers::is_region(text_argument(lua, 1)));
  return 1;
}

// region_of(pbx | nil, channel name | nil) -> region, or nil
int region_of(lua_State* lua) {
  auto const& inside = app::of(lua).inside();
  auto const& rules = inside.options.services.regions;
  auto const* link = inside.find_pbx(luaL_optstring(lua, 1, ""));
  if (!rules || link == nullptr) return lua_pushnil(lua), 1;
  auto const found = rules->region_of(link->name(), luaL_optstring(lua, 2, ""));
  if (found.empty()) return lua_pushnil(lua), 1;
  return push_text(lua, found);
}

int forget(lua_State* lua) {
  static_cast<numbers::normalizer*>(lua_touserdata(lua, 1))->~normalizer();
  return 0;
}

void push_normalizer(lua_State* lua) {
  new (lua_newuserdata(lua, sizeof(numbers::normalizer))) numbers::normalizer(remembered);
  lua_createtable(lua, 0, 1);
  lua_pushcfunction(lua, forget);
  lua_setfield(lua, -2, "__gc");
  lua_setmetatable(lua, -2);
}

}  // namespace

void open_phone(lua_State* lua) {
  static luaL_Reg const functions[] = {
      {"parse", parse},         {"format", format}, {"format_from", format_from},
      {"region", region},       {"kind", kind},     {"is_possible", is_possible},
      {"is_valid", is_valid},   {"match", match},   {"is_region", is_region},
      {"region_of", region_of}, {nullptr, nullptr}};
  lua_newtable(lua);
  set_functions(lua, functions);
  push_normalizer(lua);
  lua_pushcclosure(lua, normalize, 1);
  lua_setfield(lua, -2, "normalize");
}

}  // namespace calluna::bindings
