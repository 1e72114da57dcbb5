#pragma once
#include <calluna/numbers/number_error.hpp>
#include <calluna/numbers/phone_number.hpp>

#include <cstdint>
#include <optional>
#include <phonenumbers/phonenumberutil.h>
#include <string>
#include <string_view>

namespace calluna::numbers {

namespace lpn = i18n::phonenumbers;

/// libphonenumber. Its const functions may be called from any thread.
inline lpn::PhoneNumberUtil const& library() {
  return *lpn::PhoneNumberUtil::GetInstance();
}

/// Longer texts are no numbers: libphonenumber's time grows with them, and callers choose them. It
/// has the same bound itself in its other languages.
inline constexpr std::size_t longest_text = 250;

lpn::PhoneNumber to_library(phone_number const& number);
phone_number from_library(lpn::PhoneNumber const& number);

/// Digits of the national significant number.
std::size_t national_length(phone_number const& number) noexcept;
/// A country code and a national significant number of `length` digits; nothing beyond 18 digits.
std::optional<e164> join(unsigned country_code, std::size_t length,
                         std::uint64_t national) noexcept;

/// What libphonenumber's error says of `text`.
number_errc error_of(lpn::PhoneNumberUtil::ErrorType type, std::string_view text,
                     std::string_view region);
/// The error value, with the text in it.
error describe(number_errc code, std::string_view text);

}  // namespace calluna::numbers
