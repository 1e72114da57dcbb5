#pragma once
#include <calluna/io/executor.hpp>
#include <calluna/unique_function.hpp>

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <memory>

namespace calluna::io {

/// One timer for many deadlines: it fires at the earliest one wanted, then `sweep` ends what is due
/// and says which deadline comes next (or time_point::max()). So a request that is answered in time
/// never touches a timer. Sweeps are at least 10 ms apart.
class expiry {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using clock = std::chrono::steady_clock;

  /// `sweep` is not called any more once this object is gone.
  expiry(executor const& on, unique_function<time_point(time_point now)> sweep)
      : state_(std::make_shared<state>(on, std::move(sweep))) {}
  ~expiry() { stop(); }
  expiry(expiry const&) = delete;
  expiry& operator=(expiry const&) = delete;

  void want(time_point deadline) {
    if (deadline < state_->armed && !state_->stopped) arm(state_, deadline);
  }
  void stop() {
    state_->stopped = true;
    state_->timer.cancel();
  }

 private:
  struct state {
    state(executor const& on, unique_function<time_point(time_point)> s)
        : timer(on), sweep(std::move(s)) {}
    boost::asio::steady_timer timer;
    unique_function<time_point(time_point)> sweep;
    time_point armed = time_point::max();
    bool stopped = false;
  };

  static void arm(std::shared_ptr<state> const& s, time_point deadline) {
    s->armed = deadline;
    s->timer.expires_at(deadline);
    s->timer.async_wait([s](boost::system::error_code const& code) {
      if (code || s->stopped) return;
      auto const now = clock::now();
      if (now < s->armed) return;  // armed anew while this was queued
      s->armed = time_point::max();
      auto const next = s->sweep(now);
      if (s->stopped || next == time_point::max()) return;
      auto const soonest = std::max(next, now + std::chrono::milliseconds(10));
      if (soonest < s->armed) arm(s, soonest);
    });
  }

  std::shared_ptr<state> state_;
};

}  // namespace calluna::io
