#pragma once
#include <calluna/clock.hpp>

#include <chrono>
#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace calluna::runtime::web {

/// So many in so long, for each of many: a bucket of `count` that fills again evenly over `period`.
/// The table is bounded; who has not come for longest is forgotten first, and so has a full bucket
/// again. One thread at a time.
class rate_limit {
 public:
  explicit rate_limit(std::size_t most_buckets = 10'000) : most_buckets_(most_buckets) {}

  /// Nothing left to wait: it may, and has been counted. Otherwise how long until it may.
  std::chrono::nanoseconds take(std::string_view who, unsigned count,
                                std::chrono::nanoseconds period, clock::time_point now);
  std::size_t size() const noexcept { return buckets_.size(); }

 private:
  struct bucket {
    std::string who;
    double tokens;
    clock::time_point filled;
  };
  std::size_t most_buckets_;
  std::list<bucket> buckets_;  // the last used in front
  std::unordered_map<std::string_view, std::list<bucket>::iterator> index_;
};

}  // namespace calluna::runtime::web
