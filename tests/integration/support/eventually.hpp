#pragma once
#include <chrono>
#include <thread>

namespace calluna::integration {

using namespace std::chrono_literals;

/// Looks at `condition` until it is true; false if it never was within `bound`. For conditions of
/// other processes, which nobody tells us of.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds bound,
                std::chrono::milliseconds interval = 10ms) {
  auto const deadline = std::chrono::steady_clock::now() + bound;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(interval);
  }
  return true;
}

}  // namespace calluna::integration
