#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace calluna {

enum class log_level { debug, info, warning, error };

/// Where log lines go. `write` may be called from any thread at any time and must not block for
/// long.
class log_sink {
 public:
  virtual ~log_sink() = default;
  /// `room` names the part that speaks ("ami", "app:vip_queue"); `text` is one line without its
  /// end.
  virtual void write(log_level level, std::string_view room, std::string_view text) = 0;
};

/// A sink with a room's name: cheap to copy, usable from any thread. Without a sink it is silent.
class logger {
 public:
  logger() = default;
  logger(std::shared_ptr<log_sink> sink, std::string room)
      : sink_(std::move(sink)), room_(std::move(room)) {}

  /// The same sink under another name.
  logger named(std::string room) const { return {sink_, std::move(room)}; }

  void debug(std::string_view text) const { write(log_level::debug, text); }
  void info(std::string_view text) const { write(log_level::info, text); }
  void warning(std::string_view text) const { write(log_level::warning, text); }
  void error(std::string_view text) const { write(log_level::error, text); }
  void write(log_level level, std::string_view text) const {
    if (sink_) sink_->write(level, room_, text);
  }

 private:
  std::shared_ptr<log_sink> sink_;
  std::string room_;
};

}  // namespace calluna
