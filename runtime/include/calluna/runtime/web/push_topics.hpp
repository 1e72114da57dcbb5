#pragma once
#include <calluna/clock.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace calluna::runtime::web {

struct push_limits {
  std::size_t topics = 10'000;
  std::size_t keys_per_topic = 256;
  /// Of topics, keys and values together.
  std::size_t bytes = std::size_t{16} << 20;
  /// Of one value.
  std::size_t value = std::size_t{64} << 10;
};

/// The values of the push hub: topics, keys in them, and a value under each, perhaps for a time.
/// Pure: no clock, no thread, no listeners.
class push_topics {
 public:
  explicit push_topics(push_limits limits = {}) : limits_(limits) {}

  /// False: there is no room, and nothing has changed.
  bool set(std::string_view topic, std::string_view key, std::string value,
           std::optional<clock::time_point> until);
  /// False: it had no value.
  bool clear(std::string_view topic, std::string_view key);
  /// The topics that begin with `prefix` and have `key`.
  std::vector<std::string> with_key(std::string_view prefix, std::string_view key) const;
  std::optional<clock::time_point> next_expiry() const;
  /// Takes the values out whose time is over, and says which: topic and key.
  std::vector<std::pair<std::string, std::string>> expire(clock::time_point now);

  struct value {
    std::string text;
    std::optional<clock::time_point> until;
  };
  using keys = std::map<std::string, value, std::less<>>;
  /// Null: it has no values.
  keys const* find(std::string_view topic) const;

  std::size_t topics() const noexcept { return topics_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }
  push_limits const& limits() const noexcept { return limits_; }

 private:
  void forget_expiry(std::string_view topic, std::string_view key, value const& of);
  push_limits limits_;
  std::map<std::string, keys, std::less<>> topics_;
  std::multimap<clock::time_point, std::pair<std::string, std::string>> expiries_;
  std::size_t bytes_ = 0;
};

}  // namespace calluna::runtime::web
