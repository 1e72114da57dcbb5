#pragma once
#include "regex_head.hpp"

#include <calluna/numbers/phone_number.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::numbers {

/// What the simple cases of parsing need to know of a region, taken from libphonenumber's metadata.
struct numbering_plan {
  std::uint16_t country_code = 0;
  std::string code_digits;
  /// The digits a number can begin with if libphonenumber might take a prefix from it.
  digit_set prefix_head = digit_set::all();
  /// The prefix if it is always the same digits ("0" in DE); else empty.
  std::string prefix;
  /// ... and taking it off is never undone because the number would be good with it, too.
  bool prefix_is_certain = false;
  /// The same of the international prefix ("00").
  digit_set idd_head = digit_set::all();
  std::string idd;
  /// Digits of the shortest text that is a number and not an extension, without the prefix.
  std::uint8_t shortest_dialled = 7;
  /// By the length of the national significant number.
  std::array<possibility, 18> lengths{};
};

/// All plans. Made once, by the first use (some milliseconds); then any thread.
class numbering_plans {
 public:
  static numbering_plans const& get();

  /// Null if there is no such region.
  numbering_plan const* of_region(std::string_view region) const noexcept;
  /// The plan of the main region; null if no country has this code.
  numbering_plan const* of_country_code(unsigned code) const noexcept {
    return code < by_code_.size() ? at(by_code_[code]) : nullptr;
  }

 private:
  static constexpr std::size_t region_places = 26 * 26, code_places = 1000;

  numbering_plans();
  std::uint16_t add(int country_code, std::string const& region);
  numbering_plan const* at(std::uint16_t place) const noexcept {
    return place == 0 ? nullptr : &plans_[place - 1u];
  }

  std::vector<numbering_plan> plans_;
  // Places in plans_, counted from 1; 0: none.
  std::array<std::uint16_t, region_places> by_region_{};
  std::array<std::uint16_t, code_places> by_code_{};
};

}  // namespace calluna::numbers
