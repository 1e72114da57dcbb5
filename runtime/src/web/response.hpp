#pragma once
#include <calluna/bindings/http_door.hpp>
#include <calluna/result.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace calluna::runtime::web {

/// An answer as it goes out, but for its body.
struct response_head {
  int status = 200;
  bindings::http_headers headers;
  /// Nothing: none is told (events, WebSockets).
  bool has_length = true;
  std::size_t length = 0;
  bool keep_alive = true;
  /// The client speaks HTTP/1.0.
  bool old = false;
};

/// "HTTP/1.1 200 OK\r\n...\r\n\r\n".
std::string write_head(response_head const& head);

/// Why an app's answer cannot be sent: a status that is none or has no body, a name or value that
/// would break out of its header, or a header that is the server's own.
result<void> check_response(bindings::http_response const& response);

/// Adds what each answer with a type has, unless the app has said it itself.
void add_default_headers(bindings::http_headers& headers, bool has_body);

/// "Sun, 06 Nov 1994 08:49:37 GMT"; `at` in seconds since 1970.
std::string http_date(std::int64_t at);

}  // namespace calluna::runtime::web
