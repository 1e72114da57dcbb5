#include <calluna/runtime/web/rate_limit.hpp>

#include <algorithm>
#include <cmath>

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
  // A little less than one is one: who waited as long as he was told must not fail by rounding.
  if (b.tokens < 1 - 1e-6)
    return std::chrono::nanoseconds(std::llround(std::ceil((1 - b.tokens) * per_token)));
  b.tokens = std::max(0.0, b.tokens - 1);
  return {};
}

}  // namespace calluna::runtime::web
