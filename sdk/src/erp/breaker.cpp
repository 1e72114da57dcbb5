#include <calluna/erp/breaker.hpp>

#include <algorithm>

namespace calluna::erp {

std::string_view to_string(breaker_state s) noexcept {
  switch (s) {
    case breaker_state::closed:
      return "closed";
    case breaker_state::open:
      return "open";
    case breaker_state::half_open:
      return "half-open";
  }
  return "closed";
}

bool breaker::would_allow(time_point now) const noexcept {
  return state_ == breaker_state::closed || (state_ == breaker_state::open && now >= until_);
}

bool breaker::allow(time_point now) noexcept {
  if (!would_allow(now)) return false;
  if (state_ == breaker_state::open) state_ = breaker_state::half_open;
  return true;
}

void breaker::succeeded() noexcept {
  state_ = breaker_state::closed;
  failures_ = 0;
  pause_ = policy_.first_pause;
}

void breaker::failed(time_point now) noexcept {
  ++failures_;
  if (state_ == breaker_state::open) return;  // a call that had left before it opened
  if (state_ == breaker_state::closed && failures_ < policy_.failures) return;
  if (state_ == breaker_state::half_open) pause_ = std::min(pause_ * 2, policy_.ceiling);
  state_ = breaker_state::open;
  until_ = now + pause_;
}

void breaker::gave_up() noexcept {
  if (state_ == breaker_state::half_open) state_ = breaker_state::open;
}

}  // namespace calluna::erp
