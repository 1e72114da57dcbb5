#pragma once
#include <calluna/ari/operation.hpp>
#include <calluna/result.hpp>

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace calluna::ari {

struct query_field {
  std::string name;
  std::string value;
};

/// One request to ARI, ready for either transport: HTTP takes `target`, the WebSocket takes `path`
/// as the uri and `query` as the query_strings.
struct request {
  http_method method = http_method::get;
  /// Percent-encoded, without /ari and without a leading slash: "channels/1.2/answer".
  std::string path;
  /// Plain text, not yet encoded. Neither CR, LF nor NUL, and valid UTF-8.
  std::vector<query_field> query;
  /// JSON text, or empty.
  std::string body;
};

/// The request for `what` with `arguments`: an object from parameter name (Asterisk's spelling or
/// snake_case) to value; null values count as absent, and null or an empty array as no arguments.
///
/// Checked, with an error of kind `invalid` which names operation and parameter: unknown, doubled
/// and missing parameters, types, empty path parameters; CR, LF, NUL or broken UTF-8 in path and
/// query. Converted: whole numbers to text and text to numbers, lists to one comma-separated text
/// (commas, quotes and brackets inside an item escaped; a plain text is sent as it is, so Asterisk
/// splits it at its commas), numbers in `variables` to text. The documented values of a
/// parameter are not enforced: the server knows its own.
///
/// Pure; any thread.
result<request> make_request(operation const& what, nlohmann::json const& arguments);

/// Path and query as an HTTP request line has them, percent-encoded, without /ari and without a
/// leading slash: "channels/1.2/play?media=sound%3Ahello".
std::string target(request const& r);

/// Appends `text` with everything but RFC 3986's unreserved characters as %XX.
void append_percent_encoded(std::string& to, std::string_view text);

}  // namespace calluna::ari
