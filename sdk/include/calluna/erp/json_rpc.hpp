#pragma once
#include <calluna/erp/call.hpp>
#include <calluna/erp/client_status.hpp>
#include <calluna/erp/http_exchange.hpp>
#include <calluna/result.hpp>

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>

/// Odoo's JSON-RPC (`POST /jsonrpc`), Odoo 14 to 19: requests as text, answers from text. No state.
/// Source: Odoo's documentation, "External RPC API", and answers recorded from real servers.
namespace calluna::erp::json_rpc {

struct credentials {
  std::string database;
  std::string user;
  /// API key or password.
  std::string key;
};

/// `common.version`: who is there; needs no login.
http_request version_request();
/// `common.authenticate`: the user's id.
http_request login_request(credentials const& who);
/// `object.execute_kw`. `c`'s JSON texts must be valid. Errors: `invalid`.
result<http_request> call_request(credentials const& who, record_id uid, call const& c);

/// The `result` of an answer. Errors: Odoo's (see failure_of), `protocol` for what is no JSON-RPC,
/// failure_of_status for a status other than 200.
result<nlohmann::json> decode(http_answer const& answer);
/// The answer to `login_request`: the user's id; nothing if the login is not accepted.
result<std::optional<record_id>> decode_login(http_answer const& answer);
/// The answer to `version_request`.
result<server_version> decode_version(http_answer const& answer);

}  // namespace calluna::erp::json_rpc
