#pragma once
#include "numbering_plan.hpp"

#include <optional>
#include <string_view>

namespace calluna::numbers {

/// A number without an extension, and how it was written.
struct plain_number {
  numbering_plan const* plan;  // of its country code
  std::uint64_t national;
  std::uint8_t leading_zeros;
  std::uint8_t length;  // of the national significant number, with its leading zeros
  bool is_international;
};

std::optional<e164> to_e164(plain_number const& n) noexcept;

/// libphonenumber's answer without its regular expressions (which are nearly all of its 10 us), for
/// texts in which none of them has anything to decide: digits and the usual ASCII separators, with
/// "+" and a country code, or with prefixes that are the same digits for every number of the
/// region. Nothing if the text may be anything else; libphonenumber is then to be asked.
std::optional<plain_number> quick_parse(std::string_view text, std::string_view region);

}  // namespace calluna::numbers
