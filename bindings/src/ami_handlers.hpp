#pragma once
#include <calluna/ami/message.hpp>
#include <calluna/bindings/scheduler.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace calluna::bindings {

/// Hashes strings and views alike, so that a look-up needs no copy.
struct string_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>{}(text);
  }
};
template <class T>
using string_map = std::unordered_map<std::string, T, string_hash, std::equal_to<>>;

/// An app's handlers of AMI events, by event name or pattern ("Queue*", "*").
class ami_handlers {
 public:
  using header_filter = std::vector<std::pair<std::string, std::string>>;
  struct handler {
    std::string pattern;
    header_filter filter;
    int function;      // a registry reference; LUA_NOREF: a wait
    ticket waiting;    // else the wait that this answers, once
    std::int64_t pbx;  // -1: any
    bool stays;        // also when a newer generation serves: it belongs to a call
  };

  /// Returns a handle for `remove`. `patterns_changed` tells whether `patterns` is another set now.
  std::uint64_t add(handler h, bool& patterns_changed);
  /// The removed handler's function reference (LUA_NOREF for none).
  int remove(std::uint64_t id, bool& patterns_changed);
  /// Drops every handler that is neither a wait nor stays. True if `patterns` is another set now.
  bool keep_what_stays();
  /// Each distinct pattern, once.
  std::vector<std::string> patterns() const;

  /// Whom this event concerns: handles in the order of registration. Valid until the next change.
  std::vector<std::uint64_t> const& matching(std::string_view event_name);
  handler const* find(std::uint64_t id) const noexcept;
  static bool passes(handler const& h, ami::message_view const& event, std::uint32_t pbx) noexcept;

 private:
  std::map<std::uint64_t, handler> handlers_;
  std::map<std::string, int> pattern_uses_;
  string_map<std::vector<std::uint64_t>> by_event_;  // filled as events come
  std::uint64_t last_id_ = 0;
};

/// Whether `name` matches `pattern`, where a `*` at the end stands for anything.
bool matches_pattern(std::string_view pattern, std::string_view name) noexcept;

}  // namespace calluna::bindings
