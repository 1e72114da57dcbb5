#include "library.hpp"

#include <calluna/numbers/phone_number.hpp>

namespace calluna::numbers {
namespace {

using util = lpn::PhoneNumberUtil;

util::PhoneNumberFormat to_library(number_format style) {
  switch (style) {
    case number_format::e164:
      return util::E164;
    case number_format::international:
      return util::INTERNATIONAL;
    case number_format::national:
      return util::NATIONAL;
    case number_format::rfc3966:
      return util::RFC3966;
  }
  return util::E164;
}

number_kind from_library(util::PhoneNumberType type) {
  switch (type) {
    case util::FIXED_LINE:
      return number_kind::fixed_line;
    case util::MOBILE:
      return number_kind::mobile;
    case util::FIXED_LINE_OR_MOBILE:
      return number_kind::fixed_line_or_mobile;
    case util::TOLL_FREE:
      return number_kind::toll_free;
    case util::PREMIUM_RATE:
      return number_kind::premium_rate;
    case util::SHARED_COST:
      return number_kind::shared_cost;
    case util::VOIP:
      return number_kind::voip;
    case util::PERSONAL_NUMBER:
      return number_kind::personal_number;
    case util::PAGER:
      return number_kind::pager;
    case util::UAN:
      return number_kind::uan;
    case util::VOICEMAIL:
      return number_kind::voicemail;
    case util::UNKNOWN:
      break;
  }
  return number_kind::unknown;
}

possibility from_library(util::ValidationResult result) {
  switch (result) {
    case util::IS_POSSIBLE:
      return possibility::possible;
    case util::IS_POSSIBLE_LOCAL_ONLY:
      return possibility::local_only;
    case util::INVALID_COUNTRY_CODE:
      return possibility::invalid_country_code;
    case util::TOO_SHORT:
      return possibility::too_short;
    case util::INVALID_LENGTH:
      return possibility::invalid_length;
    case util::TOO_LONG:
      break;
  }
  return possibility::too_long;
}

number_match from_library(util::MatchType type) {
  switch (type) {
    case util::EXACT_MATCH:
      return number_match::exact;
    case util::NSN_MATCH:
      return number_match::nsn;
    case util::SHORT_NSN_MATCH:
      return number_match::short_nsn;
    case util::NO_MATCH:
    case util::INVALID_NUMBER:
      break;
  }
  return number_match::none;
}

}  // namespace

result<phone_number> parse(std::string_view text, std::string_view region) {
  if (text.size() > longest_text) return fail(describe(number_errc::too_long, text));
  lpn::PhoneNumber number;
  auto const outcome = library().Parse(std::string(text), std::string(region), &number);
  if (outcome != util::NO_PARSING_ERROR)
    return fail(describe(error_of(outcome, text, region), text));
  return from_library(number);
}

bool is_region(std::string_view text) {
  return !text.empty() && library().GetCountryCodeForRegion(std::string(text)) != 0;
}

std::string format(phone_number const& number, number_format style) {
  std::string out;
  library().Format(to_library(number), to_library(style), &out);
  return out;
}

std::string format_from(phone_number const& number, std::string_view region) {
  std::string out;
  library().FormatOutOfCountryCallingNumber(to_library(number), std::string(region), &out);
  return out;
}

std::optional<e164> to_e164(phone_number const& number) noexcept {
  return join(number.country_code, national_length(number), number.national);
}

std::string region_of(phone_number const& number) {
  std::string out;
  library().GetRegionCodeForNumber(to_library(number), &out);
  return out == "ZZ" ? std::string() : out;
}

number_kind kind_of(phone_number const& number) {
  return from_library(library().GetNumberType(to_library(number)));
}

possibility possibility_of(phone_number const& number) {
  return from_library(library().IsPossibleNumberWithReason(to_library(number)));
}

bool is_possible(phone_number const& number) {
  auto const p = possibility_of(number);
  return p == possibility::possible || p == possibility::local_only;
}

bool is_valid(phone_number const& number) {
  return library().IsValidNumber(to_library(number));
}

number_match match(phone_number const& a, phone_number const& b) {
  return from_library(library().IsNumberMatch(to_library(a), to_library(b)));
}

result<number_match> match(phone_number const& a, std::string_view b) {
  if (b.size() > longest_text) return fail(describe(number_errc::too_long, b));
  auto const m = library().IsNumberMatchWithOneString(to_library(a), std::string(b));
  if (m == util::INVALID_NUMBER) return fail(describe(number_errc::not_a_number, b));
  return from_library(m);
}

result<number_match> match(std::string_view a, std::string_view b) {
  for (auto const text : {a, b})
    if (text.size() > longest_text) return fail(describe(number_errc::too_long, text));
  auto const m = library().IsNumberMatchWithTwoStrings(std::string(a), std::string(b));
  if (m != util::INVALID_NUMBER) return from_library(m);
  // It does not say which of the two is bad.
  auto const bad = library().IsNumberMatchWithTwoStrings(std::string(a), "+1 415 555 2671") ==
                           util::INVALID_NUMBER
                       ? a
                       : b;
  return fail(describe(number_errc::not_a_number, bad));
}

result<std::string> normalize(std::string_view text, std::string_view region) {
  auto const number = parse(text, region);
  if (!number) return fail(number.error());
  return format(*number, number_format::e164);
}

std::string_view to_string(number_kind kind) noexcept {
  static constexpr std::string_view words[] = {
      "fixed_line",  "mobile", "fixed_line_or_mobile", "toll_free", "premium_rate",
      "shared_cost", "voip",   "personal_number",      "pager",     "uan",
      "voicemail",   "unknown"};
  return words[static_cast<std::size_t>(kind)];
}

std::string_view to_string(possibility p) noexcept {
  static constexpr std::string_view words[] = {
      "possible", "local_only", "invalid_country_code", "too_short", "invalid_length", "too_long"};
  return words[static_cast<std::size_t>(p)];
}

std::string_view to_string(number_match m) noexcept {
  static constexpr std::string_view words[] = {"none", "short_nsn", "nsn", "exact"};
  return words[static_cast<std::size_t>(m)];
}

}  // namespace calluna::numbers
