#pragma once
#include <calluna/erp/call.hpp>
#include <calluna/erp/client_status.hpp>
#include <calluna/result.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace calluna::erp {

/// The JSON value in `text`; nothing if there is none. Nesting over 512 is none.
std::optional<nlohmann::json> parse_json(std::string_view text);
/// As it is sent; bytes that are no UTF-8 become U+FFFD.
std::string json_text(nlohmann::json const& value);

/// `c`'s arguments, checked: an object and an array. Errors: `invalid`.
struct call_arguments {
  nlohmann::json named;
  nlohmann::json positional;
};
result<call_arguments> arguments_of(call const& c);

/// "19.0" or "saas~18.2" and [19, 0, ...]: what both transports tell of a server.
server_version version_of(nlohmann::json const& info, nlohmann::json const& text);

}  // namespace calluna::erp
