#include "channel_name.hpp"

#include <algorithm>
#include <array>

namespace calluna::calls {

channel_sort sort_of(std::string_view name) noexcept {
  auto const tech = name.substr(0, name.find('/'));
  if (tech == "Local") return channel_sort::local;
  constexpr std::array helpers{"Snoop", "UnicastRTP", "MulticastRTP", "AudioSocket", "WebSocket"};
  constexpr std::array machinery{"Announcer", "Recorder", "CBAnn",     "CBRec",
                                 "Message",   "Bridge",   "Surrogate", "ConfBridgeRecorder"};
  if (std::find(helpers.begin(), helpers.end(), tech) != helpers.end()) return channel_sort::helper;
  if (std::find(machinery.begin(), machinery.end(), tech) != machinery.end())
    return channel_sort::machinery;
  return channel_sort::party;
}

std::string_view endpoint_of(std::string_view name) noexcept {
  return name.substr(0, name.rfind('-'));
}

std::string_view local_stem(std::string_view name) noexcept {
  if (!name.starts_with("Local/")) return {};
  auto const semicolon = name.rfind(';');
  return semicolon == std::string_view::npos ? std::string_view{} : name.substr(0, semicolon);
}

std::string_view local_exten(std::string_view name) noexcept {
  if (!name.starts_with("Local/")) return {};
  name.remove_prefix(6);
  return name.substr(0, name.find('@'));
}

namespace {

// What carriers put in the place of a number.
bool is_withheld(std::string_view number) noexcept {
  constexpr std::array words{"anonymous", "restricted",  "private",
                             "withheld",  "unavailable", "unknown"};
  auto const same = [](char a, char b) { return (a | 0x20) == b; };
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return std::equal(number.begin(), number.end(), word.begin(), word.end(), same);
  });
}

}  // namespace

bool looks_outside(std::string_view number) noexcept {
  if (number.starts_with('+') || is_withheld(number)) return true;
  auto const digits =
      std::count_if(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits >= 7;
}

}  // namespace calluna::calls
