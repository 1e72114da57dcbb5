#pragma once
#include <calluna/erp/call.hpp>
#include <calluna/erp/client_status.hpp>
#include <calluna/erp/http_exchange.hpp>
#include <calluna/result.hpp>

#include <nlohmann/json_fwd.hpp>

#include <string>

/// Odoo's JSON-2 (`POST /json/2/<model>/<method>`), Odoo 19 and later: requests as text, answers
/// from text. No state. Source: Odoo's documentation, "External JSON-2 API", and answers recorded
/// from a real server.
namespace calluna::erp::json2 {

struct credentials {
  /// Sent as X-Odoo-Database; may be empty if the server has only one.
  std::string database;
  std::string key;
};

/// `GET /web/version`; needs no login.
http_request version_request();
/// Whose key it is: `res.users.context_get`.
http_request login_request(credentials const& who);
/// `c`'s arguments by place get their names. Errors: `invalid` for arguments by place of a method
/// whose names are not known, and for a model or method that is no name.
result<http_request> call_request(credentials const& who, call const& c);

/// The value of an answer. Errors: Odoo's (see failure_of), else failure_of_status.
result<nlohmann::json> decode(http_answer const& answer);
/// The answer to `login_request`: the user's id.
result<record_id> decode_login(http_answer const& answer);
/// The answer to `version_request`.
result<server_version> decode_version(http_answer const& answer);

}  // namespace calluna::erp::json2
