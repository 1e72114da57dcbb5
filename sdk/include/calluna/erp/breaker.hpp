#pragma once
#include <calluna/clock.hpp>

#include <chrono>
#include <string_view>

namespace calluna::erp {

enum class breaker_state {
  closed,     ///< calls pass
  open,       ///< calls are refused until the pause is over
  half_open,  ///< one call is out to see whether the server is back
};
/// "closed", "open", "half-open". Static storage.
std::string_view to_string(breaker_state s) noexcept;

struct breaker_policy {
  /// Failures in a row that open it.
  int failures = 3;
  /// The pause before the first trial; doubles with each trial that fails, up to `ceiling`.
  std::chrono::milliseconds first_pause{1000};
  std::chrono::milliseconds ceiling{30'000};
};

/// A circuit breaker: whether it is worth asking a server that may be down. Pure: owns no timer,
/// and time is given to it. One thread at a time.
class breaker {
 public:
  using time_point = clock::time_point;

  explicit breaker(breaker_policy p = {}) : policy_(p), pause_(p.first_pause) {}

  /// Whether a call may go out now. While it is not closed, true means: this one is the trial, and
  /// its outcome must be told.
  bool allow(time_point now) noexcept;
  /// Whether `allow` would say so; changes nothing.
  bool would_allow(time_point now) const noexcept;
  /// The server answered, whatever it said.
  void succeeded() noexcept;
  /// A call got no answer.
  void failed(time_point now) noexcept;
  /// What was allowed ended without having asked the server.
  void gave_up() noexcept;

  breaker_state state() const noexcept { return state_; }
  /// When the next trial may go out; meaningful while open.
  time_point opens_at() const noexcept { return until_; }

 private:
  breaker_policy policy_;
  breaker_state state_ = breaker_state::closed;
  int failures_ = 0;
  std::chrono::milliseconds pause_;
  time_point until_{};
};

}  // namespace calluna::erp
