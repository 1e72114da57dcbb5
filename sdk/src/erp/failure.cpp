#include <calluna/erp/erp_error.hpp>
#include <calluna/erp/failure.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <string>

namespace calluna::erp {
namespace {

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

struct exception_rule {
  /// The end of the exception's name, and what its message must hold.
  std::string_view name;
  std::string_view message;
  erp_errc code;
};

// The first that fits. Names as recorded from Odoo 14 and 19.
constexpr std::array rules{
    exception_rule{"exceptions.AccessDenied", "", erp_errc::access_denied},
    exception_rule{"exceptions.Unauthorized", "", erp_errc::access_denied},
    exception_rule{"http.SessionExpiredException", "", erp_errc::session_expired},
    exception_rule{"exceptions.AccessError", "", erp_errc::access},
    exception_rule{"exceptions.Forbidden", "", erp_errc::access},
    exception_rule{"exceptions.MissingError", "", erp_errc::missing},
    exception_rule{"exceptions.ValidationError", "", erp_errc::validation},
    exception_rule{"IntegrityError", "", erp_errc::validation},
    exception_rule{"errors.UniqueViolation", "", erp_errc::validation},
    exception_rule{"errors.NotNullViolation", "", erp_errc::validation},
    exception_rule{"errors.CheckViolation", "", erp_errc::validation},
    exception_rule{"errors.ForeignKeyViolation", "", erp_errc::validation},
    exception_rule{"errors.SerializationFailure", "", erp_errc::conflict},
    exception_rule{"errors.LockNotAvailable", "", erp_errc::conflict},
    exception_rule{"errors.DeadlockDetected", "", erp_errc::conflict},
    exception_rule{"exceptions.ConcurrencyError", "", erp_errc::conflict},
    exception_rule{"OperationalError", "does not exist", erp_errc::unknown_database},
    exception_rule{"exceptions.UserError", "doesn't exist", erp_errc::unknown_model},
    exception_rule{"exceptions.NotFound", "model", erp_errc::unknown_model},
    exception_rule{"exceptions.NotFound", "method", erp_errc::unknown_method},
    exception_rule{"exceptions.UserError", "", erp_errc::user},
    exception_rule{"exceptions.RedirectWarning", "", erp_errc::user},
    exception_rule{"ValueError", "Invalid field", erp_errc::unknown_field},
    exception_rule{"AttributeError", "", erp_errc::unknown_method},
    exception_rule{"TypeError", "argument", erp_errc::arguments},
    exception_rule{"exceptions.UnprocessableEntity", "", erp_errc::arguments},
    exception_rule{"exceptions.BadRequest", "", erp_errc::arguments},
};

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

erp_errc code_of(std::string_view name, std::string_view message) {
  for (auto const& rule : rules)
    if (ends_with(name, rule.name) && has(message, rule.message)) return rule.code;
  return erp_errc::server;
}

std::string text_at(nlohmann::json const& object, char const* key) {
  auto const found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

error make(erp_errc code, std::string message) {
  bool const may_help = code == erp_errc::session_expired || code == erp_errc::conflict;
  return {kind_of(code), std::move(message), may_help, code};
}

}  // namespace

error_kind kind_of(std::error_code code) noexcept {
  if (code.category() != erp_category()) return error_kind::protocol;
  switch (static_cast<erp_errc>(code.value())) {
    case erp_errc::access_denied:
    case erp_errc::session_expired:
    case erp_errc::access:
      return error_kind::refused;
    case erp_errc::missing:
      return error_kind::gone;
    case erp_errc::user:
    case erp_errc::conflict:
    case erp_errc::server:
    case erp_errc::busy:
      return error_kind::rejected;
    case erp_errc::unreachable:
      return error_kind::offline;
    case erp_errc::timeout:
      return error_kind::timeout;
    case erp_errc::malformed:
    case erp_errc::not_odoo:
      return error_kind::protocol;
    case erp_errc::validation:
    case erp_errc::not_unique:
    case erp_errc::unknown_model:
    case erp_errc::unknown_field:
    case erp_errc::unknown_method:
    case erp_errc::unknown_database:
    case erp_errc::arguments:
    case erp_errc::file:
    case erp_errc::unsupported:
      return error_kind::invalid;
  }
  return error_kind::protocol;
}

error failure_of(nlohmann::json const& description) {
  if (!description.is_object()) return make(erp_errc::malformed, "an error without a description");
  auto const name = text_at(description, "name");
  auto const message = one_line(text_at(description, "message"));
  auto const code = code_of(name, message);
  if (message.empty()) return make(code, name.empty() ? "an error without a description" : name);
  return make(code, name.empty() ? message : fmt::format("{} ({})", message, name));
}

error failure_of_status(int status, std::string_view body) {
  if (status == 429)
    return {error_kind::rejected, "HTTP 429: too many requests", true, erp_errc::busy};
  if (status == 502 || status == 503 || status == 504)
    return make(erp_errc::unreachable,
                fmt::format("HTTP {}: the server behind does not answer", status));
  if (status == 401) return make(erp_errc::access_denied, "HTTP 401");
  if (status == 403) return make(erp_errc::access, "HTTP 403");
  if (status >= 300 && status < 400)
    return make(
        erp_errc::not_odoo,
        fmt::format("HTTP {}: it sends us to another address; give that one as url", status));
  if (status >= 500) return make(erp_errc::server, fmt::format("HTTP {}", status));
  return make(erp_errc::not_odoo,
              fmt::format("HTTP {}, and no Odoo: {}", status, one_line(body.substr(0, 100))));
}

std::string one_line(std::string_view text) {
  constexpr std::size_t limit = 300;
  std::string line;
  bool blank = false;
  for (char const c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f') {
      blank = !line.empty();
      continue;
    }
    if (blank) line += ' ';
    blank = false;
    line += c;
  }
  if (line.size() <= limit) return line;
  std::size_t cut = limit - 3;
  while (cut > 0 && (static_cast<unsigned char>(line[cut]) & 0xc0) == 0x80) --cut;
  return line.substr(0, cut) + "...";
}

}  // namespace calluna::erp
