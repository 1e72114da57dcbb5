#include "library.hpp"

#include <algorithm>
#include <array>

namespace calluna::numbers {
namespace {

/// `text` as an error shows it: short, one line, ASCII.
std::string shown(std::string_view text) {
  constexpr std::size_t longest_shown = 40;
  std::string out(text.substr(0, longest_shown));
  for (char& c : out)
    if (c < ' ' || c > '~') c = '?';
  if (text.size() > longest_shown) out += "...";
  return out;
}

}  // namespace

lpn::PhoneNumber to_library(phone_number const& number) {
  lpn::PhoneNumber out;
  out.set_country_code(number.country_code);
  out.set_national_number(number.national);
  if (number.leading_zeros > 0) out.set_italian_leading_zero(true);
  if (number.leading_zeros > 1) out.set_number_of_leading_zeros(number.leading_zeros);
  if (!number.extension.empty()) out.set_extension(number.extension);
  return out;
}

phone_number from_library(lpn::PhoneNumber const& number) {
  phone_number out;
  out.country_code = static_cast<std::uint16_t>(number.country_code());
  out.national = number.national_number();
  if (number.italian_leading_zero())
    out.leading_zeros =
        static_cast<std::uint8_t>(std::clamp<int>(number.number_of_leading_zeros(), 1, 17));
  out.extension = number.extension();
  return out;
}

std::size_t national_length(phone_number const& number) noexcept {
  std::size_t length = 1;
  for (auto rest = number.national; rest >= 10; rest /= 10) ++length;
  return length + number.leading_zeros;
}

std::optional<e164> join(unsigned country_code, std::size_t length,
                         std::uint64_t national) noexcept {
  static constexpr auto powers = [] {
    std::array<std::uint64_t, 19> of_ten{1};
    for (std::size_t i = 1; i < of_ten.size(); ++i) of_ten[i] = of_ten[i - 1] * 10;
    return of_ten;
  }();
  if (length > 17 || country_code >= powers[18 - length]) return std::nullopt;
  return e164{country_code * powers[length] + national};
}

number_errc error_of(lpn::PhoneNumberUtil::ErrorType type, std::string_view text,
                     std::string_view region) {
  switch (type) {
    case lpn::PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR:
      return text.find('+') == std::string_view::npos && !is_region(region)
                 ? number_errc::no_region
                 : number_errc::unknown_country_code;
    case lpn::PhoneNumberUtil::TOO_SHORT_AFTER_IDD:
    case lpn::PhoneNumberUtil::TOO_SHORT_NSN:
      return number_errc::too_short;
    case lpn::PhoneNumberUtil::TOO_LONG_NSN:
      return number_errc::too_long;
    case lpn::PhoneNumberUtil::NO_PARSING_ERROR:
    case lpn::PhoneNumberUtil::NOT_A_NUMBER:
      break;
  }
  return number_errc::not_a_number;
}

error describe(number_errc code, std::string_view text) {
  auto const ec = make_error_code(code);
  return {error_kind::invalid, '\'' + shown(text) + "': " + ec.message(), false, ec};
}

}  // namespace calluna::numbers
