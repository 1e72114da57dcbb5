#pragma once
#include <compare>
#include <cstdint>
#include <string>

namespace calluna::numbers {

/// A telephone number as ITU-T E.164 writes it, as one integer: "+49 30 5550000" is 49305550000.
/// Country codes never begin with 0, so no two numbers share an integer. Up to 18 digits; E.164
/// itself allows 15.
struct e164 {
  std::uint64_t digits = 0;
  friend constexpr auto operator<=>(e164, e164) = default;
};

/// "+49305550000"
inline std::string to_string(e164 number) {
  return '+' + std::to_string(number.digits);
}

}  // namespace calluna::numbers
