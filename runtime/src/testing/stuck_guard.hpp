#pragma once
#include <calluna/bindings/app.hpp>

#include <chrono>
#include <mutex>
#include <optional>

namespace calluna::runtime::testing {

/// What one worker runs at the moment, for the watchdog: Lua code that does not come back within
/// its time is interrupted, the app's before the test's. `watch` on any thread, the rest on the
/// worker's.
class stuck_guard {
 public:
  using clock_type = std::chrono::steady_clock;

  explicit stuck_guard(std::chrono::milliseconds limit) : limit_(limit) {}

  void set_test(bindings::app* test) {
    std::lock_guard const lock(mutex_);
    test_ = test;
    if (test == nullptr) return;
    began_ = clock_type::now();
    app_interrupted_ = began_ - limit_;
    interrupted_ = false;
  }
  void set_app(bindings::app* app) {
    std::lock_guard const lock(mutex_);
    app_ = app;
  }
  /// True: it interrupts, and is to be called again in a moment.
  bool watch() {
    std::lock_guard const lock(mutex_);
    auto const now = clock_type::now();
    if (test_ == nullptr || now - began_ < limit_) return false;
    interrupted_ = true;
    if (app_ != nullptr && app_->running()) {
      app_->interrupt();
      app_interrupted_ = now;
    } else if (now - app_interrupted_ >= limit_) {
      // Not at once: it is to tell what became of the app.
      test_->interrupt();
    }
    return true;
  }
  bool interrupted() const {
    std::lock_guard const lock(mutex_);
    return interrupted_;
  }
  std::chrono::milliseconds limit() const noexcept { return limit_; }

 private:
  std::chrono::milliseconds const limit_;
  mutable std::mutex mutex_;
  bindings::app* test_ = nullptr;
  bindings::app* app_ = nullptr;
  clock_type::time_point began_, app_interrupted_;
  bool interrupted_ = false;
};

}  // namespace calluna::runtime::testing
