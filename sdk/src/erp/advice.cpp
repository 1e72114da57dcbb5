#include <calluna/erp/advice.hpp>
#include <calluna/erp/erp_error.hpp>

#include <fmt/format.h>

namespace calluna::erp {
namespace {

std::string what_to_change(erp_errc code, call const& c, std::string_view user) {
  auto const who = user.empty() ? std::string("the key's user") : fmt::format("user '{}'", user);
  switch (code) {
    case erp_errc::access_denied:
      return fmt::format(
          "the key of {} is not accepted: it has expired, was deleted, or belongs to another "
          "database or user; make a new one in Odoo (My Profile, Account Security, New API Key) "
          "and "
          "rotate it",
          who);
    case erp_errc::access:
      return fmt::format("{} lacks the right for {}: give it a group that has it (Settings, Users)",
                         who, to_string(c));
    case erp_errc::unknown_model:
      return fmt::format(
          "there is no model '{}': correct its name, or install the Odoo app it is part of",
          c.model);
    case erp_errc::unknown_field:
      return fmt::format(
          "{} names a field that '{}' does not have: correct it, or install the Odoo app it is "
          "part of",
          to_string(c), c.model);
    case erp_errc::unknown_method:
      return fmt::format("'{}' has no public method '{}': correct its name", c.model, c.method);
    case erp_errc::unknown_database:
      return "there is no such database: correct `database`";
    case erp_errc::validation:
      return fmt::format("{} was refused its values: correct what the app sends", to_string(c));
    case erp_errc::arguments:
      return fmt::format("{} does not take these arguments: correct what the app sends",
                         to_string(c));
    case erp_errc::not_unique:
      return fmt::format("{}: several records have the key: delete or merge them in Odoo",
                         to_string(c));
    case erp_errc::not_odoo:
      return "no Odoo answers there: correct `url`";
    default:
      return {};
  }
}

}  // namespace

std::string advice_for(error const& e, call const& c, std::string_view user) {
  if (erp_code_word(e.code).empty()) return {};
  if (c.model.empty() && e.code == erp_errc::arguments) return {};  // the login's own words
  auto const advice = what_to_change(static_cast<erp_errc>(e.code.value()), c, user);
  return advice.empty() ? advice : fmt::format("{} [{}]", advice, e.message);
}

bool repetition::is_news(std::string const& line, clock::time_point now) {
  if (told_.size() >= max_lines) told_.clear();
  auto const [entry, fresh] = told_.emplace(line, now);
  if (!fresh && now - entry->second < span) return false;
  entry->second = now;
  return true;
}

}  // namespace calluna::erp
