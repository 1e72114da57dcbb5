#include <calluna/sim/agenda.hpp>

#include <algorithm>

namespace calluna::sim {

void agenda::after(span delay, unique_function<void()> what) {
  notes_.emplace(std::pair(now_ + std::max(delay, span(0)), ++serial_), std::move(what));
}

std::optional<moment> agenda::next() const {
  if (notes_.empty()) return {};
  return notes_.begin()->first.first;
}

void agenda::advance_to(moment until) {
  while (!notes_.empty() && notes_.begin()->first.first <= std::max(until, now_)) {
    auto const first = notes_.begin();
    now_ = std::max(now_, first->first.first);
    auto what = std::move(first->second);
    notes_.erase(first);
    what();
  }
  now_ = std::max(now_, until);
}

}  // namespace calluna::sim
