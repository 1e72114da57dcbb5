#pragma once
#include <calluna/unique_function.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace calluna::sim {

using span = std::chrono::microseconds;
/// The time of a simulated PBX: what its clock on the wall shows.
using moment = std::chrono::time_point<std::chrono::system_clock, span>;

/// What is to happen when. It has no clock: time moves when it is told. What is due at one moment
/// happens in the order in which it was noted, so the same story always runs the same way. Not
/// thread-safe.
class agenda {
 public:
  explicit agenda(moment began) : now_(began) {}

  moment now() const noexcept { return now_; }
  /// Notes `what` for `delay` from now; never runs it at once.
  void after(span delay, unique_function<void()> what);
  /// When the next thing is due; nothing if nothing is.
  std::optional<moment> next() const;
  /// Lets everything up to `until` happen, in order, also what is noted meanwhile. Time ends up at
  /// `until`; a moment that has passed already only runs what is due.
  void advance_to(moment until);

 private:
  moment now_;
  std::uint64_t serial_ = 0;
  std::map<std::pair<moment, std::uint64_t>, unique_function<void()>> notes_;
};

}  // namespace calluna::sim
