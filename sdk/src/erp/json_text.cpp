#include "json_text.hpp"

#include <calluna/erp/erp_error.hpp>

#include <fmt/format.h>

#include <cctype>
#include <stdexcept>

namespace calluna::erp {

using nlohmann::json;

std::optional<json> parse_json(std::string_view text) {
  int depth = 0;
  auto const bounded = [&depth](int, json::parse_event_t event, json&) {
    if (event == json::parse_event_t::object_start || event == json::parse_event_t::array_start)
      ++depth;
    if (event == json::parse_event_t::object_end || event == json::parse_event_t::array_end)
      --depth;
    if (depth > 512) throw std::length_error("nested too deep");
    return true;
  };
  try {
    return json::parse(text, bounded);
  } catch (std::exception const&) {
    return std::nullopt;
  }
}

std::string json_text(json const& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

result<call_arguments> arguments_of(call const& c) {
  auto named = parse_json(c.named);
  auto positional = parse_json(c.positional);
  if (!named || !named->is_object() || !positional || !positional->is_array())
    return fail(error_kind::invalid,
                fmt::format("{}: its arguments are no JSON object and array", to_string(c)), false,
                erp_errc::arguments);
  return call_arguments{std::move(*named), std::move(*positional)};
}

server_version version_of(json const& info, json const& text) {
  server_version v;
  if (text.is_string()) v.text = text.get<std::string>();
  // A part may be a text: "saas~18" in Odoo's own hosting.
  auto const number_in = [](json const& part) {
    if (part.is_number_integer()) return part.get<int>();
    if (!part.is_string()) return 0;
    int n = 0;
    for (unsigned char const c : part.get_ref<std::string const&>())
      if (std::isdigit(c) != 0 && n < 1000) n = n * 10 + (c - '0');
    return n;
  };
  if (info.is_array() && info.size() >= 2) {
    v.major = number_in(info[0]);
    v.minor = number_in(info[1]);
  }
  return v;
}

}  // namespace calluna::erp
