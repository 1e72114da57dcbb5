#pragma once
#include <system_error>
#include <type_traits>

namespace calluna::numbers {

/// Why a text is no number: `error::code` of what fails in this room.
enum class number_errc {
  no_region = 1,  ///< neither a country code nor a region to read it by
  unknown_country_code,
  not_a_number,
  too_short,
  too_long,
};

std::error_category const& number_category() noexcept;
std::error_code make_error_code(number_errc code) noexcept;

}  // namespace calluna::numbers

template <>
struct std::is_error_code_enum<calluna::numbers::number_errc> : std::true_type {};
