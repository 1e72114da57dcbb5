#pragma once
#include "log_file.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace calluna::integration {

/// A child process with its output (both streams) in a file. It ends with this object, and with us.
class process {
 public:
  /// Throws std::runtime_error if there is no such program.
  process(std::vector<std::string> const& command, std::filesystem::path const& output);
  /// SIGKILL, if it is still there.
  ~process();
  process(process const&) = delete;
  process& operator=(process const&) = delete;

  pid_t pid() const noexcept { return pid_; }
  bool running();
  void signal(int number);
  /// The exit code, 128 + n for a death by signal n; nothing if it still runs after `bound`.
  std::optional<int> wait_end(std::chrono::milliseconds bound);
  log_file const& output() const noexcept { return output_; }

 private:
  pid_t pid_ = -1;
  std::optional<int> code_;
  log_file output_;
};

/// Runs a command to its end.
struct outcome {
  int code;
  std::string text;
};
/// Throws if it takes longer than `bound`. The output goes through a file in `folder`.
outcome run_to_end(std::vector<std::string> const& command, std::filesystem::path const& folder,
                   std::chrono::milliseconds bound);

}  // namespace calluna::integration
