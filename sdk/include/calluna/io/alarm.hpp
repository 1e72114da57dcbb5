#pragma once
#include <calluna/clock.hpp>
#include <calluna/io/executor.hpp>
#include <calluna/unique_function.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>

namespace calluna::io {

/// One moment of a clock that is waited for: by a timer of the loop where the clock is real, at the
/// clock itself where it is moved by hand. Lives on `on`'s single thread; `ring` is called there,
/// never from inside. One that is destroyed, cancelled or set again does not ring any more.
class alarm {
 public:
  alarm(executor on, std::shared_ptr<clock const> time)
      : on_(on), time_(std::move(time)), timer_(std::move(on)) {}
  ~alarm() { cancel(); }
  alarm(alarm const&) = delete;
  alarm& operator=(alarm const&) = delete;

  /// `ring` at `when`, at once if that has passed. What was set before is forgotten.
  void set(clock::time_point when, unique_function<void()> ring) {
    cancel();
    auto const turn = std::weak_ptr<int>(turn_ = std::make_shared<int>());
    auto const* const by_hand = time_->by_hand();
    if (by_hand == nullptr) {
      timer_.expires_after(std::max(clock::time_point::duration::zero(), when - time_->now()));
      timer_.async_wait(
          [turn, ring = std::move(ring)](boost::system::error_code const& code) mutable {
            if (!code && !turn.expired()) ring();
          });
      return;
    }
    at_ = by_hand->set_alarm(std::max(when, time_->now()),
                             [on = on_, turn, ring = std::move(ring)]() mutable {
                               boost::asio::post(on, [turn, ring = std::move(ring)]() mutable {
                                 if (!turn.expired()) ring();
                               });
                             });
  }
  void cancel() {
    turn_.reset();
    if (at_)
      time_->by_hand()->cancel(*std::exchange(at_, std::nullopt));
    else if (time_->by_hand() == nullptr)
      timer_.cancel();
  }

 private:
  executor on_;
  std::shared_ptr<clock const> time_;
  boost::asio::steady_timer timer_;
  std::optional<manual_clock::alarm_id> at_;
  std::shared_ptr<int> turn_;
};

}  // namespace calluna::io
