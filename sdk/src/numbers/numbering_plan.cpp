#include "numbering_plan.hpp"

#include "library.hpp"

#include <calluna/numbers/phone_number.hpp>

#include <algorithm>
#include <phonenumbers/phonemetadata.pb.h>
#include <set>

namespace i18n::phonenumbers {

/// The metadata is private; libphonenumber's header names this class a friend, for its own tests.
class PhoneNumberUtilTest {
 public:
  static PhoneMetadata const* metadata(int country_code, std::string const& region) {
    return PhoneNumberUtil::GetInstance()->GetMetadataForRegionOrCallingCode(country_code, region);
  }
};

}  // namespace i18n::phonenumbers

namespace calluna::numbers {
namespace {

bool is_digits(std::string const& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

digit_set head_of(std::string const& pattern) {
  if (pattern.empty()) return {};  // there is no such prefix
  return regex_head(pattern).value_or(digit_set::all());
}

/// What libphonenumber says of each length. `of` are the possible lengths in ascending order, -1
/// alone if there is none.
std::array<possibility, 18> lengths_of(lpn::PhoneNumberDesc const& of) {
  std::array<possibility, 18> lengths{};
  lengths.fill(possibility::invalid_length);
  if (of.possible_length_size() == 0 || of.possible_length(0) < 0) return lengths;
  int const shortest = of.possible_length(0);
  int const longest = of.possible_length(of.possible_length_size() - 1);
  for (int length = 0; length < static_cast<int>(lengths.size()); ++length) {
    auto& at = lengths[static_cast<std::size_t>(length)];
    if (length < shortest) at = possibility::too_short;
    if (length > longest) at = possibility::too_long;
  }
  auto const mark = [&lengths](int length, possibility p) {
    if (length >= 0) lengths.at(static_cast<std::size_t>(length)) = p;
  };
  for (int const length : of.possible_length()) mark(length, possibility::possible);
  for (int const length : of.possible_length_local_only()) mark(length, possibility::local_only);
  return lengths;
}

std::uint8_t shortest_dialled_in(std::string const& region) {
  constexpr std::size_t longest_extension = 6;
  lpn::PhoneNumber example;
  if (!library().GetExampleNumber(region, &example)) return longest_extension + 1;
  std::string digits;
  library().GetNationalSignificantNumber(example, &digits);
  return static_cast<std::uint8_t>(std::min(digits.size(), longest_extension + 1));
}

numbering_plan make_plan(int country_code, std::string const& region) {
  numbering_plan plan;
  plan.country_code = static_cast<std::uint16_t>(country_code);
  plan.code_digits = std::to_string(country_code);
  plan.shortest_dialled = shortest_dialled_in(region);
  auto const* data = lpn::PhoneNumberUtilTest::metadata(country_code, region);
  if (data == nullptr) return plan;
  plan.lengths = lengths_of(data->general_desc());
  auto const& prefix = data->national_prefix_for_parsing();
  plan.prefix_head = head_of(prefix);
  if (is_digits(prefix)) {
    plan.prefix = prefix;
    auto const numbers = regex_head(data->general_desc().national_number_pattern());
    plan.prefix_is_certain = numbers && !numbers->has(static_cast<unsigned>(prefix[0] - '0'));
  }
  auto const& idd = data->international_prefix();
  if (!idd.empty()) plan.idd_head = head_of(idd);
  if (is_digits(idd)) plan.idd = idd;
  return plan;
}

std::size_t index_of(std::string_view region) {
  return static_cast<std::size_t>(region[0] - 'A') * 26 + static_cast<std::size_t>(region[1] - 'A');
}

bool is_two_letters(std::string_view region) noexcept {
  auto const is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  return region.size() == 2 && is_capital(region[0]) && is_capital(region[1]);
}

}  // namespace

numbering_plans::numbering_plans() {
  std::set<int> codes;
  library().GetSupportedCallingCodes(&codes);
  for (int const code : codes) {
    std::string region;
    library().GetRegionCodeForCountryCode(code, &region);
    by_code_.at(static_cast<std::size_t>(code)) = add(code, region);
  }
  std::set<std::string> regions;
  library().GetSupportedRegions(&regions);
  for (auto const& region : regions) {
    if (!is_two_letters(region)) continue;
    by_region_[index_of(region)] = add(library().GetCountryCodeForRegion(region), region);
  }
}

numbering_plans const& numbering_plans::get() {
  static numbering_plans const the_only;
  return the_only;
}

std::uint16_t numbering_plans::add(int country_code, std::string const& region) {
  plans_.push_back(make_plan(country_code, region));
  return static_cast<std::uint16_t>(plans_.size());
}

numbering_plan const* numbering_plans::of_region(std::string_view region) const noexcept {
  return is_two_letters(region) ? at(by_region_[index_of(region)]) : nullptr;
}

}  // namespace calluna::numbers
