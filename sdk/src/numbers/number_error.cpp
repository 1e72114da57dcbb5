#include <calluna/numbers/number_error.hpp>

#include <string>

namespace calluna::numbers {
namespace {

class category final : public std::error_category {
  char const* name() const noexcept override { return "number"; }
  std::string message(int code) const override {
    switch (static_cast<number_errc>(code)) {
      case number_errc::no_region:
        return "it has no country code: give a region";
      case number_errc::unknown_country_code:
        return "no country has this code";
      case number_errc::not_a_number:
        return "not a telephone number";
      case number_errc::too_short:
        return "too short";
      case number_errc::too_long:
        return "too long";
    }
    return "unknown";
  }
};

}  // namespace

std::error_category const& number_category() noexcept {
  static category const the_only;
  return the_only;
}

std::error_code make_error_code(number_errc code) noexcept {
  return {static_cast<int>(code), number_category()};
}

}  // namespace calluna::numbers
