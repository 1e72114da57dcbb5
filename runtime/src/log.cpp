#include <calluna/runtime/log.hpp>

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <chrono>
#include <cstdlib>
#include <mutex>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace calluna::runtime {
namespace {

using std::chrono::steady_clock;

/// Within this time the same line is counted instead of written.
constexpr auto repeat_window = std::chrono::seconds(5);
constexpr std::size_t longest_text = 8192;

spdlog::level::level_enum to_spdlog(log_level level) {
  switch (level) {
    case log_level::debug:
      return spdlog::level::debug;
    case log_level::info:
      return spdlog::level::info;
    case log_level::warning:
      return spdlog::level::warn;
    case log_level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

/// syslog(3)'s number of a level.
int to_syslog(log_level level) {
  switch (level) {
    case log_level::debug:
      return 7;
    case log_level::info:
      return 6;
    case log_level::warning:
      return 4;
    case log_level::error:
      return 3;
  }
  return 3;
}

/// Hands finished lines to a function.
class function_sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit function_sink(std::function<void(std::string_view)> to) : to_(std::move(to)) {}

 private:
  void sink_it_(spdlog::details::log_msg const& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    to_({line.data(), line.size()});
  }
  void flush_() override {}

  std::function<void(std::string_view)> to_;
};

class spdlog_sink final : public log_sink {
 public:
  explicit spdlog_sink(log_options options)
      : options_(std::move(options)), logger_("calluna", make_output(options_)) {
    bool const journal = options_.format == log_format::systemd;
    // The end of a line belongs to standard error only, a function gets the line.
    std::string const end = options_.output ? "" : spdlog::details::os::default_eol;
    logger_.set_formatter(std::make_unique<spdlog::pattern_formatter>(
        journal ? "%v" : "%Y-%m-%d %H:%M:%S.%e %l %v", spdlog::pattern_time_type::local, end));
    logger_.set_level(to_spdlog(options_.level));
    logger_.flush_on(spdlog::level::debug);
  }
  ~spdlog_sink() override { tell_repeats(); }

  void write(log_level level, std::string_view room, std::string_view text) override {
    if (level < options_.level) return;
    auto line = fmt::format("{}: {}", escape_controls(room), escape_controls(shortened(text)));
    if (text.size() > longest_text)
      line += fmt::format("... ({} bytes more)", text.size() - longest_text);
    std::lock_guard const only_one{lock_};
    auto const now = steady_clock::now();
    if (line == last_ && level == last_level_ && now - last_written_ < repeat_window) {
      ++repeats_;
      return;
    }
    tell_repeats();
    put(level, line);
    last_ = std::move(line);
    last_level_ = level;
    last_written_ = now;
  }

 private:
  static spdlog::sink_ptr make_output(log_options const& options) {
    if (options.output) return std::make_shared<function_sink>(options.output);
    return std::make_shared<spdlog::sinks::stderr_sink_mt>();
  }
  static std::string_view shortened(std::string_view text) { return text.substr(0, longest_text); }

  void tell_repeats() {
    if (repeats_ == 0) return;
    put(last_level_,
        fmt::format("log: last message repeated {} time{}", repeats_, repeats_ == 1 ? "" : "s"));
    repeats_ = 0;
  }

  void put(log_level level, std::string const& line) {
    if (options_.format == log_format::systemd)
      logger_.log(to_spdlog(level), "<{}>{}", to_syslog(level), line);
    else
      logger_.log(to_spdlog(level), spdlog::string_view_t{line});
  }

  log_options options_;
  spdlog::logger logger_;
  std::mutex lock_;
  std::string last_;
  log_level last_level_ = log_level::info;
  steady_clock::time_point last_written_{};
  std::uint64_t repeats_ = 0;
};

}  // namespace

std::shared_ptr<log_sink> make_log_sink(log_options options) {
  return std::make_shared<spdlog_sink>(std::move(options));
}

log_format detect_log_format() {
  // systemd.exec(5): "device:inode" of the stream; compared, since a child may have another stderr.
  char const* const stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return log_format::plain;
  return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream ? log_format::systemd
                                                                      : log_format::plain;
}

}  // namespace calluna::runtime
