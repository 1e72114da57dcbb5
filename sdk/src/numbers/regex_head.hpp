#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace calluna::numbers {

/// A set of the digits 0 to 9.
class digit_set {
 public:
  constexpr digit_set() = default;
  static constexpr digit_set all() { return digit_set(0x3ff); }
  constexpr void add(unsigned digit) { bits_ = static_cast<std::uint16_t>(bits_ | 1u << digit); }
  constexpr bool has(unsigned digit) const { return (bits_ >> digit & 1u) != 0; }
  constexpr digit_set operator|(digit_set other) const {
    return digit_set(static_cast<std::uint16_t>(bits_ | other.bits_));
  }
  friend constexpr bool operator==(digit_set, digit_set) = default;

 private:
  constexpr explicit digit_set(std::uint16_t bits) : bits_(bits) {}
  std::uint16_t bits_ = 0;
};

/// The digits with which something that `pattern` matches can begin; maybe more than those, never
/// fewer. Nothing if it can match the empty text, or has what is not understood here. Patterns are
/// those of libphonenumber's metadata: digits, \d, classes, groups, alternatives, repetitions, $.
std::optional<digit_set> regex_head(std::string_view pattern);

}  // namespace calluna::numbers
