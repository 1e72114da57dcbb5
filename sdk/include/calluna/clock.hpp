#pragma once
#include <calluna/unique_function.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace calluna {

class manual_clock;

/// Time as an interface, so that hours pass in milliseconds under a test's hand.
/// `now` never goes backwards; any thread.
class clock {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using wall_time = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
  virtual ~clock() = default;
  virtual time_point now() const noexcept = 0;
  /// What a clock on the wall shows, UTC.
  virtual wall_time wall() const noexcept = 0;
  /// The clock itself if it is moved by hand: alarms are then set at it, not at the machine's.
  virtual manual_clock const* by_hand() const noexcept { return nullptr; }
};

/// The machine's own clocks.
class real_clock final : public clock {
 public:
  time_point now() const noexcept override { return std::chrono::steady_clock::now(); }
  wall_time wall() const noexcept override {
    return std::chrono::time_point_cast<wall_time::duration>(std::chrono::system_clock::now());
  }
};

/// A clock that moves only when told, and keeps what is due when. One thread at a time.
class manual_clock final : public clock {
 public:
  /// `shows`: what is on the wall at the beginning.
  explicit manual_clock(wall_time shows = {}) : shows_(shows) {}

  time_point now() const noexcept override { return now_; }
  wall_time wall() const noexcept override {
    return shows_ + std::chrono::duration_cast<wall_time::duration>(now_.time_since_epoch());
  }
  manual_clock const* by_hand() const noexcept override { return this; }

  /// Moves on, then rings the alarms which that has made due, in their order.
  void advance(std::chrono::nanoseconds by) {
    now_ += std::chrono::duration_cast<time_point::duration>(by);
    while (!alarms_.empty() && alarms_.begin()->first.first <= now_) {
      auto ring = std::move(alarms_.begin()->second);
      alarms_.erase(alarms_.begin());
      ring();
    }
  }

  /// Names an alarm for `cancel`; never used twice.
  using alarm_id = std::pair<time_point, std::uint64_t>;
  /// `ring` is called by the `advance` that reaches `when`. (Setting an alarm does not move the
  /// clock: who may only read the time may do it.)
  alarm_id set_alarm(time_point when, unique_function<void()> ring) const {
    alarm_id const id{when, ++serial_};
    alarms_.emplace(id, std::move(ring));
    return id;
  }
  void cancel(alarm_id id) const { alarms_.erase(id); }
  /// When the next one is due.
  std::optional<time_point> next_alarm() const {
    if (alarms_.empty()) return std::nullopt;
    return alarms_.begin()->first.first;
  }

 private:
  time_point now_{};
  wall_time shows_;
  mutable std::uint64_t serial_ = 0;
  mutable std::map<alarm_id, unique_function<void()>> alarms_;
};

}  // namespace calluna
