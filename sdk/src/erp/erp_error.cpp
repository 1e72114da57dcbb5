#include <calluna/erp/erp_error.hpp>

#include <array>
#include <string>
#include <utility>

namespace calluna::erp {
namespace {

struct wording {
  erp_errc code;
  std::string_view word;
  std::string_view text;
};

constexpr std::array wordings{
    wording{erp_errc::access_denied, "access_denied", "the login is not accepted"},
    wording{erp_errc::session_expired, "session_expired", "the login is over"},
    wording{erp_errc::access, "access", "the user lacks a right"},
    wording{erp_errc::missing, "missing", "the record does not exist"},
    wording{erp_errc::validation, "validation", "the values are not allowed"},
    wording{erp_errc::user, "user", "declined by the business rules"},
    wording{erp_errc::conflict, "conflict", "another transaction was faster"},
    wording{erp_errc::not_unique, "not_unique", "several records have this key"},
    wording{erp_errc::unknown_model, "unknown_model", "no such model"},
    wording{erp_errc::unknown_field, "unknown_field", "no such field"},
    wording{erp_errc::unknown_method, "unknown_method", "no such method"},
    wording{erp_errc::unknown_database, "unknown_database", "no such database"},
    wording{erp_errc::arguments, "arguments", "wrong arguments"},
    wording{erp_errc::unreachable, "unreachable", "no connection"},
    wording{erp_errc::timeout, "timeout", "no answer in time"},
    wording{erp_errc::busy, "busy", "too many calls wait already"},
    wording{erp_errc::server, "server", "the server failed"},
    wording{erp_errc::malformed, "malformed", "the answer breaks its protocol"},
    wording{erp_errc::not_odoo, "not_odoo", "something else answers there"},
    wording{erp_errc::file, "file", "the file cannot be read"},
    wording{erp_errc::unsupported, "unsupported", "not supported"},
};

wording const* find(int code) noexcept {
  for (auto const& one : wordings)
    if (static_cast<int>(one.code) == code) return &one;
  return nullptr;
}

class category final : public std::error_category {
  char const* name() const noexcept override { return "erp"; }
  std::string message(int code) const override {
    auto const* one = find(code);
    return std::string(one == nullptr ? "unknown" : one->text);
  }
};

}  // namespace

std::error_category const& erp_category() noexcept {
  static category const the_only;
  return the_only;
}

std::error_code make_error_code(erp_errc code) noexcept {
  return {static_cast<int>(code), erp_category()};
}

std::string_view to_string(erp_errc code) noexcept {
  auto const* one = find(static_cast<int>(code));
  return one == nullptr ? "unknown" : one->word;
}

std::string_view erp_code_word(std::error_code code) noexcept {
  return code.category() == erp_category() ? to_string(static_cast<erp_errc>(code.value()))
                                           : std::string_view();
}

}  // namespace calluna::erp
