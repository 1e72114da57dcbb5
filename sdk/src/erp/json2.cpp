#include "json_text.hpp"

#include <calluna/erp/erp_error.hpp>
#include <calluna/erp/failure.hpp>
#include <calluna/erp/json2.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace calluna::erp::json2 {
namespace {

using nlohmann::json;

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
  });
}

http_request request_for(credentials const& who, std::string path, std::string body) {
  http_request request;
  request.path = std::move(path);
  request.headers.emplace_back("Authorization", "bearer " + who.key);
  if (!who.database.empty()) request.headers.emplace_back("X-Odoo-Database", who.database);
  request.body = std::move(body);
  return request;
}

// Adds the arguments by place under their names.
result<void> name_arguments(call const& c, json& positional, json& named) {
  auto const names = argument_names(c.method);
  if (positional.size() > names.size())
    return fail(error_kind::invalid,
                fmt::format("{}: JSON-2 takes arguments by name only: give argument {} by its name",
                            to_string(c), names.size() + 1 + (c.ids ? 1 : 0)),
                false, erp_errc::arguments);
  for (std::size_t i = 0; i < positional.size(); ++i)
    named[std::string(names[i])] = std::move(positional[i]);
  return {};
}

}  // namespace

http_request version_request() {
  http_request request;
  request.method = "GET";
  request.path = "/web/version";
  return request;
}

http_request login_request(credentials const& who) {
  return request_for(who, "/json/2/res.users/context_get", "{}");
}

result<http_request> call_request(credentials const& who, call const& c) {
  if (!is_name(c.model) || !is_name(c.method))
    return fail(error_kind::invalid,
                fmt::format("'{}' is no model and method", one_line(to_string(c))), false,
                erp_errc::arguments);
  auto arguments = arguments_of(c);
  if (!arguments) return fail(std::move(arguments).error());
  if (auto named = name_arguments(c, arguments->positional, arguments->named); !named)
    return fail(std::move(named).error());
  if (c.ids) arguments->named["ids"] = *c.ids;
  return request_for(who, fmt::format("/json/2/{}/{}", c.model, c.method),
                     json_text(arguments->named));
}

result<json> decode(http_answer const& answer) {
  auto body = parse_json(answer.body);
  if (answer.status == 200 || answer.status == 201) {
    if (!body)
      return fail(error_kind::protocol, "the answer is no JSON", false, erp_errc::malformed);
    return std::move(*body);
  }
  if (answer.status == 204) return json(nullptr);
  if (!body || !body->is_object() || !body->contains("name"))
    return fail(failure_of_status(answer.status, answer.body));
  auto failure = failure_of(*body);
  // The status says it where the exception's name does not.
  if (failure.code == erp_errc::server && answer.status == 401)
    failure = {error_kind::refused, failure.message, false, erp_errc::access_denied};
  return fail(std::move(failure));
}

result<record_id> decode_login(http_answer const& answer) {
  // A page instead of JSON: Odoo has no database of this name, or several and none was named.
  if (answer.status == 404 && answer.body.find("\"name\"") == std::string::npos)
    return fail(error_kind::invalid, "no such database, or no JSON-2", false,
                erp_errc::unknown_database);
  auto const value = decode(answer);
  if (!value) return fail(value.error());
  if (!value->is_object() || !value->value("uid", json()).is_number_integer())
    return fail(error_kind::protocol, "what answers is no Odoo", false, erp_errc::not_odoo);
  return value->at("uid").get<record_id>();
}

result<server_version> decode_version(http_answer const& answer) {
  auto const value = decode(answer);
  if (!value) return fail(value.error());
  if (!value->is_object() || !value->contains("version_info"))
    return fail(error_kind::protocol, "what answers is no Odoo", false, erp_errc::not_odoo);
  return version_of((*value)["version_info"], value->value("version", json()));
}

}  // namespace calluna::erp::json2
