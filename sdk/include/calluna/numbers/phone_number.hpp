#pragma once
#include <calluna/numbers/e164.hpp>
#include <calluna/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace calluna::numbers {

/// A telephone number that has been understood: libphonenumber's answer as a plain value. Every
/// function here gives libphonenumber's own answer; what they accept is more than what exists (see
/// `is_possible`, `is_valid`). Any thread; the first call of a process loads the metadata (some
/// milliseconds).
struct phone_number {
  std::uint16_t country_code = 0;
  /// The national significant number is `leading_zeros` times "0", then `national`.
  std::uint8_t leading_zeros = 0;
  std::uint64_t national = 0;
  /// Digits behind "x", ";ext=" and the like; empty for none.
  std::string extension;

  friend bool operator==(phone_number const&, phone_number const&) = default;
};

/// Understands `text`: international ("+49 30 555", "tel:+49-30-555;ext=7"), or as dialled in
/// `region` ("030 555", "0049 30 555", "1-800-FLOWERS"), in any digits Unicode has. `region` is two
/// capital letters (ISO 3166); with "" or an unknown one only international numbers are understood.
/// Fails with `invalid` and a message that says what is wrong with the number.
result<phone_number> parse(std::string_view text, std::string_view region);

/// "DE" is a region, "de" and "XX" are not.
bool is_region(std::string_view text);

/// How a number is written: E.164 "+49305550000"; E.123 international "+49 30 5550000" and national
/// "030 5550000"; RFC 3966 "tel:+49-30-5550000;ext=7". Only E.164 leaves the extension out.
enum class number_format { e164, international, national, rfc3966 };
std::string format(phone_number const& number, number_format style);

/// As it is dialled in `region`: "011 49 30 5550000" in "US", "030 5550000" in "DE". With an
/// unknown region as `international`.
std::string format_from(phone_number const& number, std::string_view region);

/// The number as one integer; nothing for one of more than 18 digits, which no network can dial.
/// The extension is left out.
std::optional<e164> to_e164(phone_number const& number) noexcept;

/// Where the number belongs: "DE"; "001" for those of no country (+800 ...); "" if that is unknown.
std::string region_of(phone_number const& number);

/// What its prefix says it is.
enum class number_kind {
  fixed_line,
  mobile,
  fixed_line_or_mobile,
  toll_free,
  premium_rate,
  shared_cost,
  voip,
  personal_number,
  pager,
  uan,
  voicemail,
  unknown,
};
number_kind kind_of(phone_number const& number);
/// "fixed_line", ... Static storage.
std::string_view to_string(number_kind kind) noexcept;

/// Whether a number of its length can exist in its country.
enum class possibility {
  possible,
  local_only,  ///< only inside its area: the area code is missing
  invalid_country_code,
  too_short,
  invalid_length,  ///< between two lengths that exist
  too_long,
};
possibility possibility_of(phone_number const& number);
/// "possible", "local_only", ... Static storage.
std::string_view to_string(possibility p) noexcept;
/// Its length is right, with or without an area code. Cheap, and true of ranges given out tomorrow.
bool is_possible(phone_number const& number);
/// It lies in a range which its country has given out, as of libphonenumber's metadata.
bool is_valid(phone_number const& number);

/// How much two numbers are the same, least to most.
enum class number_match {
  none,
  short_nsn,  ///< one may be a shorter form of the other, or only one has an extension
  nsn,        ///< the same but for a country code that one of them lacks
  exact,
};
/// "none", ... Static storage.
std::string_view to_string(number_match m) noexcept;
number_match match(phone_number const& a, phone_number const& b);
/// The same of texts, which need no country code; fails with `invalid` if one is no number.
result<number_match> match(std::string_view a, std::string_view b);
result<number_match> match(phone_number const& a, std::string_view b);

/// `parse`, then E.164 text. Fails as `parse` does.
result<std::string> normalize(std::string_view text, std::string_view region);

}  // namespace calluna::numbers
