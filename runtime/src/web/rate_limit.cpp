#include <calluna/runtime/web/rate_limit.hpp>

#include <algorithm>

namespace calluna::runtime::web {

std::chrono::nanoseconds rate_limit::take(std::string_view who, unsigned count,
                                          std::chrono::nanoseconds period, clock::time_point now) {
  if (count == 0 || period.count() <= 0) return {};
  auto const found = index_.find(who);
  if (found == index_.end()) {
    if (buckets_.size() >= most_buckets_) {
      index_.erase(buckets_.back().who);
      buckets_.pop_back();
    }
    buckets_.push_front({std::string{who}, static_cast<double>(count), now});
    index_.emplace(buckets_.front().who, buckets_.begin());
  } else {
    buckets_.splice(buckets_.begin(), buckets_, found->second);
  }
  auto& b = buckets_.front();
  auto const per_token = static_cast<double>(period.count()) / count;
  auto const passed = static_cast<double>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(now - b.filled).count());
  b.tokens = std::min(static_cast<double>(count), b.tokens + passed / per_token);
  b.filled = now;
  if (b.tokens < 1)
    return std::chrono::nanoseconds(static_cast<std::int64_t>((1 - b.tokens) * per_token) + 1);
  b.tokens -= 1;
  return {};
}

}  // namespace calluna::runtime::web
