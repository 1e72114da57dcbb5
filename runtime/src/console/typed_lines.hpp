#pragma once
#include "../signal_flag.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace calluna::runtime::console {

/// The lines of a descriptor, one after the other. While one lives, SIGINT is news, and no end. One
/// at a time in a process.
class typed_lines {
 public:
  explicit typed_lines(int descriptor);

  enum class news { line, end, interrupted, idle };
  /// Until there is a line to take, nothing more to come, a SIGINT, or for `patience`.
  news wait(std::chrono::milliseconds patience);
  /// The line, without its end.
  std::string take();
  /// There was a SIGINT since the last call of this, or of `wait`.
  bool interrupted() noexcept;

 private:
  int descriptor_;
  std::string read_;
  bool at_end_ = false;
  signal_flag signal_;
};

}  // namespace calluna::runtime::console
