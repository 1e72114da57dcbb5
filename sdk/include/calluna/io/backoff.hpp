#pragma once
#include <chrono>
#include <cstdint>

namespace calluna::io {

/// How long to wait before the next attempt: doubles from `first` up to `ceiling`, each with
/// jitter, so that many clients do not return in step. A pure policy: it owns no timer.
struct backoff_policy {
  std::chrono::milliseconds first{100};
  /// Small on purpose: a PBX that is back must be noticed within a second or two.
  std::chrono::milliseconds ceiling{1500};
  /// The share of the wait that is left to chance, 0 to 1.
  double jitter = 0.25;
};

/// The state of one series of attempts under a policy.
class backoff {
 public:
  using duration = std::chrono::milliseconds;

  explicit backoff(backoff_policy p = {}, std::uint64_t seed = 1) : policy_(p), random_(seed | 1) {}

  /// The wait before the next attempt, in [wait * (1 - jitter), wait].
  duration next() noexcept;
  /// After a success: the next wait is the first one again.
  void reset() noexcept { attempts_ = 0; }
  int attempts() const noexcept { return attempts_; }

 private:
  backoff_policy policy_;
  std::uint64_t random_;
  int attempts_ = 0;
};

}  // namespace calluna::io
