#pragma once
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace calluna::bench {

/// The whole runtime in this process, on its own threads, with one app, as `calluna run` has it.
class runtime_under_test {
 public:
  /// Ports of the peers; 0: that protocol is not configured.
  runtime_under_test(std::string const& app_source, std::uint16_t ami_port, std::uint16_t ari_port);
  ~runtime_under_test();

  /// Waits for the log line `text` (exactly what the app logged). False after `seconds`.
  bool wait_for_log(std::string const& text, double seconds = 60);
  /// Waits until the app serves.
  bool wait_ready() { return wait_for_log("ready"); }
  /// Loads the app anew with this text and returns once it serves.
  void reload(std::string const& app_source);
  std::string status() const;

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

/// CPU seconds of the whole process, of this thread.
double process_cpu_seconds();
double thread_cpu_seconds();
double now_seconds();
/// The p-th percentile (0..1) of unsorted values.
double percentile(std::vector<double> values, double p);

}  // namespace calluna::bench
