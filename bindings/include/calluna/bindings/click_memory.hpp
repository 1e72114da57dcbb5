#pragma once
#include <calluna/clock.hpp>

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace calluna::bindings {

/// What became of clicks that were given an id, so that a newer generation of the app does not dial
/// again for one it is asked for once more. JSON texts, for ten minutes, the last 10,000. Any
/// thread.
class click_memory {
 public:
  static constexpr std::chrono::minutes kept_for{10};
  static constexpr std::size_t most = 10'000;
  /// An app's name and the click's id.
  using key = std::pair<std::string, std::string>;

  void keep(key const& which, std::string outcome, clock::time_point now) {
    std::lock_guard const lock(mutex_);
    while (!by_end_.empty() && (by_end_.begin()->first <= now || by_end_.size() >= most)) {
      kept_.erase(by_end_.begin()->second);
      by_end_.erase(by_end_.begin());
    }
    if (kept_.insert_or_assign(which, std::move(outcome)).second)
      by_end_.emplace(now + kept_for, which);
  }
  std::optional<std::string> find(key const& which, clock::time_point now) {
    std::lock_guard const lock(mutex_);
    while (!by_end_.empty() && by_end_.begin()->first <= now) {
      kept_.erase(by_end_.begin()->second);
      by_end_.erase(by_end_.begin());
    }
    auto const at = kept_.find(which);
    if (at == kept_.end()) return std::nullopt;
    return at->second;
  }

 private:
  std::mutex mutex_;
  std::map<key, std::string> kept_;
  std::multimap<clock::time_point, key> by_end_;
};

}  // namespace calluna::bindings
