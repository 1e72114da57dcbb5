#pragma once
#include <calluna/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::ami {

/// Names one action on one connection. Unique within the process.
using action_id = std::uint64_t;

/// An action being put together: `action("Originate").set("Channel", "PJSIP/101").variable("A",
/// "1")`.
class action {
 public:
  explicit action(std::string_view name);
  /// Adds a header; a repeated key is sent repeatedly, in order.
  action& set(std::string_view key, std::string_view value);
  /// Adds a channel variable: one `Variable: name=value` header each, as Asterisk reads short
  /// lines.
  /// Any value arrives as it is: what Asterisk would take for a separator or a quote is escaped.
  action& variable(std::string_view name, std::string_view value);
  /// Says that the answer is a list which ends with a `Complete` event (most `...s` and
  /// `...Show...` actions). Known list actions are recognised by themselves; this is for those that
  /// are not.
  action& list(bool is_list = true);

  std::string_view name() const noexcept { return name_; }
  bool is_list() const noexcept { return list_; }

 private:
  friend result<struct encoded_action> encode(action const&, action_id, std::string_view);
  struct header {
    std::string key, value;
  };
  std::string name_;
  std::vector<header> headers_;
  bool list_ = false;
};

/// An action as the bytes that go to the wire.
struct encoded_action {
  action_id id = 0;
  std::string bytes;
  bool list = false;
  /// Whether doing it twice is harmless (Ping, Status, Show...): decides `retryable` when its
  /// answer is lost.
  bool safe = false;
  /// The action's name, for messages and logs.
  std::string name;
};

/// The longest request line that Asterisk reads whole (main/manager.c: a buffer of 1,025 bytes).
/// Bytes, the CRLF included.
inline constexpr std::size_t max_line = 1024;
/// The most lines that Asterisk takes in one action (AST_MAX_MANHEADERS), `Action` and `ActionID`
/// included.
inline constexpr std::size_t max_headers = 128;

/// Turns `a` into bytes; `ActionID` becomes `prefix` + the number. Refuses (kind `invalid`, naming
/// header and reason): CR, LF or NUL in a key or value, a key that is empty or holds ':' or a
/// space, a line over `max_line`, more than `max_headers` lines, an `ActionID` or `Action` among
/// the headers. Pure; any thread.
result<encoded_action> encode(action const& a, action_id id, std::string_view prefix);

}  // namespace calluna::ami
