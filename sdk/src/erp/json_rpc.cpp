#include "json_text.hpp"

#include <calluna/erp/erp_error.hpp>
#include <calluna/erp/failure.hpp>
#include <calluna/erp/json_rpc.hpp>

#include <fmt/format.h>

namespace calluna::erp::json_rpc {
namespace {

using nlohmann::json;

http_request service_request(char const* service, char const* method, json arguments) {
  http_request request;
  request.path = "/jsonrpc";
  request.body = json_text(
      {{"jsonrpc", "2.0"},
       {"method", "call"},
       {"id", 1},  // one request at a time on a connection
       {"params", {{"service", service}, {"method", method}, {"args", std::move(arguments)}}}});
  return request;
}

// The web client's session, code 100, is over: the description may lack a name.
constexpr int session_expired_code = 100;

error failure_in(json const& e) {
  auto const data = e.find("data");
  auto failure = failure_of(data == e.end() ? e : *data);
  auto const code = e.find("code");
  if (code != e.end() && *code == session_expired_code)
    failure = {error_kind::refused, failure.message, true, erp_errc::session_expired};
  return failure;
}

// The domain of a search by its place: its name differs from version to version.
void place_domain(call const& c, call_arguments& arguments) {
  if (c.method != "search" && c.method != "search_count") return;
  auto const domain = arguments.named.find("domain");
  if (!arguments.positional.empty() || domain == arguments.named.end()) return;
  arguments.positional.push_back(std::move(*domain));
  arguments.named.erase(domain);
}

}  // namespace

http_request version_request() {
  return service_request("common", "version", json::array());
}

http_request login_request(credentials const& who) {
  return service_request("common", "authenticate",
                         {who.database, who.user, who.key, json::object()});
}

result<http_request> call_request(credentials const& who, record_id uid, call const& c) {
  auto arguments = arguments_of(c);
  if (!arguments) return fail(std::move(arguments).error());
  place_domain(c, *arguments);
  json by_place = json::array();
  if (c.ids) by_place.push_back(*c.ids);
  for (auto& one : arguments->positional) by_place.push_back(std::move(one));
  return service_request("object", "execute_kw",
                         {who.database, uid, who.key, c.model, c.method, std::move(by_place),
                          std::move(arguments->named)});
}

result<json> decode(http_answer const& answer) {
  if (answer.status != 200) return fail(failure_of_status(answer.status, answer.body));
  auto body = parse_json(answer.body);
  if (!body || !body->is_object())
    return fail(error_kind::protocol, "the answer is no JSON-RPC", false, erp_errc::malformed);
  if (auto const e = body->find("error"); e != body->end() && e->is_object())
    return fail(failure_in(*e));
  auto const value = body->find("result");
  // A method that returns None has no result in some versions.
  return value == body->end() ? json(nullptr) : json(std::move(*value));
}

result<std::optional<record_id>> decode_login(http_answer const& answer) {
  auto const value = decode(answer);
  if (!value && value.error().code == erp_errc::access_denied) return std::nullopt;
  if (!value) return fail(value.error());
  if (value->is_number_integer()) return value->get<record_id>();
  return std::nullopt;  // false
}

result<server_version> decode_version(http_answer const& answer) {
  auto const value = decode(answer);
  if (!value) return fail(value.error());
  if (!value->is_object() || !value->contains("server_version_info"))
    return fail(error_kind::protocol, "what answers is no Odoo", false, erp_errc::not_odoo);
  return version_of((*value)["server_version_info"], value->value("server_version", json()));
}

}  // namespace calluna::erp::json_rpc
