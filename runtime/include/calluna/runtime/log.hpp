#pragma once
#include <calluna/log.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace calluna::runtime {

/// What the prefix of a log line looks like.
enum class log_format {
  plain,    ///< "2026-03-01 12:00:00.123 warning ami: text"
  systemd,  ///< "<4>ami: text": the journal knows the time and takes the level from the number
};

struct log_options {
  log_level level = log_level::info;
  log_format format = log_format::plain;
  /// Takes each finished line, without its end, one at a time. Empty: standard error.
  std::function<void(std::string_view line)> output = {};
};

/// A sink for log lines, for any thread. One call is one line, whatever `text` holds (see
/// `escape_controls`); the same line again and again within seconds is written once and then
/// counted: "last message repeated n times".
std::shared_ptr<log_sink> make_log_sink(log_options options);

/// `systemd` if standard error is connected to the journal ($JOURNAL_STREAM names it), else
/// `plain`.
log_format detect_log_format();

/// `text` with everything that moves a cursor, ends a line or turns the direction of writing made
/// visible ("\n", "\x1b", "\u202e"), and with bytes that are no UTF-8 as "\xff". What a caller may
/// choose, such as a display name, cannot forge a line this way.
std::string escape_controls(std::string_view text);

}  // namespace calluna::runtime
