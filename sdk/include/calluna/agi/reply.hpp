#pragma once
#include <calluna/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace calluna::agi {

/// Asterisk's answer to a command: "200 result=1 (value) endpos=8000".
struct reply {
  /// 200: it was carried out, which does not say that it succeeded.
  int code = 0;
  /// What stands behind "result=": mostly a number; digits for GET DATA; may be empty.
  std::string result;
  /// What stands in parentheses.
  std::optional<std::string> value;
  /// Where playing or recording ended, in samples.
  std::optional<std::int64_t> endpos;
  /// What Asterisk says instead of a result; a usage text in one line.
  std::string text;
};

/// A whole answer without its last line's end. Errors: `protocol`.
calluna::result<reply> parse_reply(std::string_view text);

/// Whether an answer of several lines, joined by LF, has its last one: a usage text, or a value
/// that holds line ends itself.
bool is_whole(std::string_view text) noexcept;

/// The failure that `r` stands for; nothing for 200. `gone`: the channel has hung up.
std::optional<error> failure_of(reply const& r);

}  // namespace calluna::agi
