#include "printable.hpp"

#include <calluna/agi/reply.hpp>

#include <algorithm>
#include <charconv>

namespace calluna::agi {
namespace {

constexpr std::string_view result_mark = "result=";
constexpr std::string_view usage_begin = "520-";
constexpr std::string_view usage_end = "520 ";
constexpr std::string_view endpos_mark = " endpos=";

struct parts {
  std::string_view result;
  std::optional<std::string_view> value;
  std::string_view rest;
};

/// Of "result=1 (value) endpos=1". The value ends at the last ")" that nothing but further fields
/// follow. Nothing: it does not end here.
std::optional<parts> split(std::string_view text) {
  text.remove_prefix(result_mark.size());
  auto const space = std::min(text.find(' '), text.size());
  parts found{text.substr(0, space), {}, text.substr(space)};
  if (found.rest.substr(0, 2) != " (") return found;
  auto const line = found.rest.rfind('\n') + 1;  // of several, only the last may end it
  auto const close = found.rest.substr(line).rfind(')') + line;
  if (close + 1 == line) return std::nullopt;
  auto const behind = found.rest.substr(close + 1);
  bool const fields = behind.empty() || (behind[0] == ' ' && behind.find('=') != behind.npos);
  if (!fields) return std::nullopt;
  found.value = found.rest.substr(2, close - 2);
  found.rest = behind;
  return found;
}

bool is_result(std::string_view text) noexcept {
  return text.substr(0, 4) == "200 " && text.substr(4, result_mark.size()) == result_mark;
}

}  // namespace

bool is_whole(std::string_view text) noexcept {
  if (text.substr(0, usage_begin.size()) == usage_begin) {
    auto const last = text.rfind('\n');
    return last != std::string_view::npos && text.substr(last + 1, usage_end.size()) == usage_end;
  }
  return !is_result(text) || split(text.substr(4)).has_value();
}

calluna::result<reply> parse_reply(std::string_view text) {
  reply r;
  auto const [end, code] = std::from_chars(text.data(), text.data() + text.size(), r.code);
  bool const three = code == std::errc() && end == text.data() + 3 && r.code >= 100;
  if (!three || text.size() < 4 || (text[3] != ' ' && text[3] != '-'))
    return fail(error_kind::protocol, "not an answer of AGI: \"" + printable(text) + "\"");
  if (!is_result(text)) {
    r.text = text.substr(4);
    std::replace(r.text.begin(), r.text.end(), '\n', ' ');
    return r;
  }
  auto const found = split(text.substr(4));
  if (!found)
    return fail(error_kind::protocol,
                "an answer of AGI without its end: \"" + printable(text) + "\"");
  r.result = found->result;
  if (found->value) r.value = std::string(*found->value);
  if (auto const at = found->rest.find(endpos_mark); at != std::string_view::npos) {
    std::int64_t number = 0;
    auto const digits = found->rest.substr(at + endpos_mark.size());
    if (std::from_chars(digits.data(), digits.data() + digits.size(), number).ec == std::errc())
      r.endpos = number;
  }
  return r;
}

std::optional<error> failure_of(reply const& r) {
  if (r.code == 200) return std::nullopt;
  auto const words = std::to_string(r.code) + ": " + r.text;
  if (r.code == 511) return error{error_kind::gone, "the channel has hung up", false, {}};
  if (r.code == 510 || r.code == 520) return error{error_kind::invalid, words, false, {}};
  return error{error_kind::protocol, words, false, {}};
}

}  // namespace calluna::agi
