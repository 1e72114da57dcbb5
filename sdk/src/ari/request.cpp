#include <calluna/ari/request.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

namespace calluna::ari {
namespace {

using nlohmann::json;

/// The table's generator refuses operations with more parameters.
constexpr std::size_t max_parameters = 32;
using values = std::array<json const*, max_parameters>;

tl::unexpected<error> invalid(operation const& what, std::string_view text) {
  return fail(error_kind::invalid, fmt::format("{}: {}", what.name, text));
}

// --- names ---------------------------------------------------------------------------------------

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Levenshtein's distance, upper and lower case being the same.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t const changed = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

tl::unexpected<error> unknown_parameter(operation const& what, std::string_view key) {
  // A huge key is no typing error, and its distance would be costly.
  std::size_t best = key.size() > 64 ? 0 : key.size() / 3 + 1;
  std::string_view nearest;
  bool const snake = key.find('_') != key.npos;
  for (parameter const& p : what.parameters) {
    std::string_view const name = snake ? p.option : p.name;
    std::size_t const d = best == 0 ? 0 : distance(key, name);
    if (d < best || (d == best && nearest.empty() && best != 0)) {
      best = d;
      nearest = name;
    }
  }
  if (nearest.empty()) {
    return invalid(what, fmt::format("unknown parameter '{}'", key.substr(0, 64)));
  }
  return invalid(what, fmt::format("unknown parameter '{}' (did you mean '{}'?)", key, nearest));
}

parameter const* find_parameter(operation const& what, std::string_view key) noexcept {
  for (parameter const& p : what.parameters) {
    if (p.name == key || p.option == key) return &p;
  }
  return nullptr;
}

/// Lua cannot tell an empty list from an empty table.
bool is_empty_container(json const& value) noexcept {
  return value.is_structured() && value.empty();
}

result<values> match_names(operation const& what, json const& arguments) {
  values found{};
  if (arguments.is_null() || (arguments.is_array() && arguments.empty())) return found;
  if (!arguments.is_object()) return invalid(what, "the arguments must be a table with names");
  for (auto const& [key, value] : arguments.get_ref<json::object_t const&>()) {
    parameter const* p = find_parameter(what, key);
    if (!p) return unknown_parameter(what, key);
    if (value.is_null()) continue;
    if (p->list && p->place == place::query && is_empty_container(value)) continue;
    auto& slot = found[static_cast<std::size_t>(p - what.parameters.data())];
    if (slot) {
      return invalid(what, fmt::format("'{}' is given twice, also as '{}'", p->name, p->option));
    }
    slot = &value;
  }
  return found;
}

// --- text ----------------------------------------------------------------------------------------

/// The length of the UTF-8 sequence at the start of `text`, 0 if there is none.
std::size_t utf8_length(std::string_view text) noexcept {
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char const first = byte(0);
  std::size_t const length = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  if (length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if (first == 0xE0 && byte(1) < 0xA0) return 0;  // overlong
  if (first == 0xED && byte(1) > 0x9F) return 0;  // surrogates
  if (first == 0xF0 && byte(1) < 0x90) return 0;  // overlong
  if (first == 0xF4 && byte(1) > 0x8F) return 0;  // above U+10FFFF
  return length;
}

/// What makes `text` unfit for path and query, or null.
char const* text_flaw(std::string_view text) noexcept {
  while (!text.empty()) {
    char const c = text.front();
    if (c == '\r' || c == '\n' || c == '\0') return "must not hold CR, LF or NUL";
    std::size_t const length = utf8_length(text);
    // The WebSocket carries the query as JSON, which has no other text than UTF-8.
    if (length == 0) return "must be valid UTF-8";
    text.remove_prefix(length);
  }
  return nullptr;
}

template <class Number>
void append_number(std::string& to, Number value) {
  std::array<char, 32> digits;
  auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  to.append(digits.data(), end);
}

/// Lua has only doubles: 101.0 is 101.
std::optional<std::int64_t> whole(double value) noexcept {
  constexpr double exact = 9007199254740992.0;  // 2^53
  if (!(std::abs(value) <= exact) || value != std::trunc(value)) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

/// False if `value` is neither text nor a finite number.
bool append_text(std::string& to, json const& value) {
  if (auto const* text = value.get_ptr<json::string_t const*>()) {
    to += *text;
  } else if (auto const* unsigned_number = value.get_ptr<json::number_unsigned_t const*>()) {
    append_number(to, *unsigned_number);
  } else if (auto const* number = value.get_ptr<json::number_integer_t const*>()) {
    append_number(to, *number);
  } else if (auto const* real = value.get_ptr<json::number_float_t const*>()) {
    if (!std::isfinite(*real)) return false;
    if (auto const integer = whole(*real)) {
      append_number(to, *integer);
    } else {
      append_number(to, *real);
    }
  } else {
    return false;
  }
  return true;
}

std::optional<std::int64_t> to_integer(json const& value) {
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    return std::nullopt;
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number_float()) return whole(value.get<double>());
  auto const* text = value.get_ptr<json::string_t const*>();
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  auto const [end, failure] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (failure != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return number;
}

std::optional<bool> to_boolean(json const& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value == "true") return true;
  if (value == "false") return false;
  return std::nullopt;
}

/// What a wrong value is called in an error: itself if short, else its type.
std::string shown(json const& value) {
  if (value.is_structured()) return value.is_array() ? "a list" : "a table";
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  return text.size() <= 40 ? text : std::string("a ") + value.type_name();
}

/// Appends one value, or says what it ought to be; null if all is well.
char const* append_scalar(std::string& to, parameter const& p, json const& value) {
  switch (p.type) {
    case value_type::int32:
    case value_type::int64: {
      auto const number = to_integer(value);
      if (!number) return "must be a whole number";
      if (p.type == value_type::int32 && *number != static_cast<std::int32_t>(*number)) {
        return "must fit into 32 bits";
      }
      append_number(to, *number);
      return nullptr;
    }
    case value_type::boolean: {
      auto const flag = to_boolean(value);
      if (!flag) return "must be true or false";
      to += *flag ? "true" : "false";
      return nullptr;
    }
    default:
      return append_text(to, value) ? nullptr : "must be text";
  }
}

/// Asterisk splits lists at commas outside of quotes and brackets, and takes the character after a
/// backslash as it is.
void append_list_item(std::string& to, std::string_view item) {
  for (char const c : item) {
    if (std::string_view("\\\",()[]").find(c) != std::string_view::npos) to += '\\';
    to += c;
  }
}

result<std::string> to_text(operation const& what, parameter const& p, json const& value) {
  std::string text;
  json const* at = &value;
  char const* flaw = nullptr;
  if (p.list && value.is_array()) {
    std::string item;
    for (std::size_t i = 0; i < value.size() && !flaw; ++i) {
      at = &value[i];
      item.clear();
      flaw = append_scalar(item, p, *at);
      if (i != 0) text += ',';
      append_list_item(text, item);
    }
  } else {
    flaw = append_scalar(text, p, value);
  }
  if (flaw) return invalid(what, fmt::format("'{}' {}, not {}", p.name, flaw, shown(*at)));
  if ((flaw = text_flaw(text))) return invalid(what, fmt::format("'{}' {}", p.name, flaw));
  return text;
}

// --- path, query, body ---------------------------------------------------------------------------

result<void> append_path(operation const& what, values const& given, std::string& path) {
  std::string_view rest = what.path;
  path.reserve(rest.size() + 32);
  // Those of the path come first, in its order.
  for (std::size_t i = 0; i < what.parameters.size(); ++i) {
    parameter const& p = what.parameters[i];
    if (p.place != place::path) break;
    std::size_t const brace = rest.find('{');
    path += rest.substr(0, brace);
    rest.remove_prefix(rest.find('}') + 1);
    auto const text = to_text(what, p, *given[i]);
    if (!text) return fail(text.error());
    // Encoding cannot keep these from being read as "here" and "above".
    if (text->empty() || *text == "." || *text == "..") {
      return invalid(what, fmt::format("'{}' must not be '{}'", p.name, *text));
    }
    append_percent_encoded(path, *text);
  }
  path += rest;
  return {};
}

result<void> append_query(operation const& what, values const& given,
                          std::vector<query_field>& query) {
  query.reserve(static_cast<std::size_t>(std::ranges::count_if(given, [](auto* v) { return v; })));
  for (std::size_t i = 0; i < what.parameters.size(); ++i) {
    parameter const& p = what.parameters[i];
    if (p.place != place::query || !given[i]) continue;
    auto text = to_text(what, p, *given[i]);
    if (!text) return fail(std::move(text).error());
    query.push_back({std::string(p.name), std::move(*text)});
  }
  return {};
}

/// Asterisk takes only text here, and from 22.10 on also {"value": text, "report_events": boolean}.
result<json> to_variables(operation const& what, parameter const& p, json const& given) {
  json variables = json::object();
  for (auto const& [name, value] : given.items()) {
    std::string text;
    if (name.empty()) return invalid(what, fmt::format("'{}' has an empty name", p.name));
    if (value.is_object()) {
      variables[name] = value;
    } else if (append_text(text, value)) {
      variables[name] = std::move(text);
    } else {
      return invalid(what, fmt::format("'{}.{}' must be text, not {}", p.name, name, shown(value)));
    }
  }
  return variables;
}

result<std::string> body_text(operation const& what, parameter const& p, json const& given) {
  if (is_empty_container(given)) return std::string(p.list ? "[]" : "{}");
  if (p.list ? !given.is_array() : !given.is_object()) {
    return invalid(what, fmt::format("'{}' must be {}, not {}", p.name,
                                     p.list ? "a list" : "a table with names", shown(given)));
  }
  try {
    if (p.type != value_type::variables) return given.dump();
    auto const variables = to_variables(what, p, given);
    if (!variables) return fail(variables.error());
    return variables->dump();
  } catch (json::type_error const&) {
    return invalid(what, fmt::format("'{}' must be valid UTF-8", p.name));
  }
}

result<void> append_body(operation const& what, values const& given, std::string& body) {
  for (std::size_t i = 0; i < what.parameters.size(); ++i) {
    parameter const& p = what.parameters[i];
    if (p.place < place::body || !given[i]) continue;
    auto text = body_text(what, p, *given[i]);
    if (!text) return fail(std::move(text).error());
    if (p.place == place::whole_body) {
      body = std::move(*text);
      return {};
    }
    body += body.empty() ? "{\"" : ",\"";
    body.append(p.name).append("\":").append(*text);
  }
  if (!body.empty()) body += '}';
  return {};
}

constexpr bool is_unreserved(unsigned char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

result<request> make_request(operation const& what, nlohmann::json const& arguments) {
  if (what.upgrade) return invalid(what, "opens a WebSocket and is no request");
  auto const given = match_names(what, arguments);
  if (!given) return fail(given.error());
  for (std::size_t i = 0; i < what.parameters.size(); ++i) {
    parameter const& p = what.parameters[i];
    if (p.required && !(*given)[i]) {
      return invalid(what, fmt::format("missing parameter '{}'", p.name));
    }
  }
  request made;
  made.method = what.method;
  if (auto done = append_path(what, *given, made.path); !done) return fail(done.error());
  if (auto done = append_query(what, *given, made.query); !done) return fail(done.error());
  if (auto done = append_body(what, *given, made.body); !done) return fail(done.error());
  return made;
}

void append_percent_encoded(std::string& to, std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (char const c : text) {
    auto const byte = static_cast<unsigned char>(c);
    if (is_unreserved(byte)) {
      to += c;
    } else {
      to += '%';
      to += digits[byte >> 4];
      to += digits[byte & 15];
    }
  }
}

std::string target(request const& r) {
  std::string text;
  text.reserve(r.path.size() + 32 * r.query.size());
  text += r.path;
  char separator = '?';
  for (query_field const& field : r.query) {
    text += separator;
    append_percent_encoded(text, field.name);
    text += '=';
    append_percent_encoded(text, field.value);
    separator = '&';
  }
  return text;
}

}  // namespace calluna::ari
