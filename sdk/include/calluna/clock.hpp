#pragma once
#include <chrono>

namespace calluna {

/// Time as an interface, so that hours pass in milliseconds under a test's hand.
/// `now` never goes backwards; any thread.
class clock {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  virtual ~clock() = default;
  virtual time_point now() const noexcept = 0;
};

/// The machine's own steady clock.
class real_clock final : public clock {
 public:
  time_point now() const noexcept override { return std::chrono::steady_clock::now(); }
};

/// A clock that moves only when told. One thread at a time.
class manual_clock final : public clock {
 public:
  time_point now() const noexcept override { return now_; }
  void advance(std::chrono::nanoseconds by) noexcept {
    now_ += std::chrono::duration_cast<time_point::duration>(by);
  }

 private:
  time_point now_{};
};

}  // namespace calluna
