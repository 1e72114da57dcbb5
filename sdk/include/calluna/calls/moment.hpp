#pragma once
#include <chrono>

namespace calluna::calls {

/// A point in time, UTC, in microseconds. The epoch itself means "never" or "not told".
using moment = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
using span_of_time = std::chrono::microseconds;

constexpr bool told(moment m) noexcept {
  return m != moment{};
}

}  // namespace calluna::calls
