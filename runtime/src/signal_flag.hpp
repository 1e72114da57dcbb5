#pragma once
#include <csignal>
#include <initializer_list>
#include <utility>
#include <vector>

namespace calluna::runtime {

/// While one lives, these signals only raise it, and end a blocking system call. One at a time in a
/// process.
class signal_flag {
 public:
  explicit signal_flag(std::initializer_list<int> signals);
  ~signal_flag();
  signal_flag(signal_flag const&) = delete;
  signal_flag& operator=(signal_flag const&) = delete;

  bool raised() const noexcept;
  void lower() noexcept;

 private:
  std::vector<std::pair<int, struct sigaction>> before_;
};

}  // namespace calluna::runtime
