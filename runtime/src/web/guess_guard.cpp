#include <calluna/runtime/web/guess_guard.hpp>

#include <algorithm>

namespace calluna::runtime::web {

std::chrono::seconds guess_guard::wrong(std::string_view who, clock::time_point now) {
  auto const found = index_.find(who);
  if (found == index_.end()) {
    if (entries_.size() >= most_addresses) {
      index_.erase(entries_.back().who);
      entries_.pop_back();
    }
    entries_.push_front({std::string{who}, 0, {}, {}, now});
    index_.emplace(entries_.front().who, entries_.begin());
  } else {
    entries_.splice(entries_.begin(), entries_, found->second);
  }
  auto& e = entries_.front();
  if (now - e.last > forgotten_after) {
    e.wrong = 0;
    e.pause = std::chrono::seconds(0);
    e.until = {};
  }
  e.last = now;
  if (now < e.until) return std::chrono::ceil<std::chrono::seconds>(e.until - now);
  if (++e.wrong <= tolerated) return {};
  e.pause = e.pause.count() == 0 ? first_pause
                                 : std::min<std::chrono::seconds>(e.pause * 2, longest_pause);
  e.until = now + e.pause;
  return e.pause;
}

}  // namespace calluna::runtime::web
