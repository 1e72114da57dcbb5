#pragma once
#include <calluna/io/stream.hpp>
#include <calluna/io/websocket_codec.hpp>
#include <calluna/result.hpp>
#include <calluna/unique_function.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace calluna::io {

struct http_client_options {
  endpoint server;
  /// Value of the Authorization header; empty: none is sent.
  std::string authorization;
  /// Connections at most; each carries one request at a time and is kept open.
  int max_connections = 8;
  /// Requests that wait or run; more are declined (`rejected`).
  std::size_t max_pending = 10'000;
  /// A larger answer ends its connection (`protocol`).
  std::size_t max_body = 64 * 1024 * 1024;
};

using http_headers = std::vector<std::pair<std::string, std::string>>;

struct http_request {
  /// In capitals; static storage.
  std::string_view method = "GET";
  /// Path and query, percent-encoded, with the leading slash.
  std::string target;
  /// Static storage; used if there is a body. "": `headers` say it, or nobody does.
  std::string_view content_type = "application/json";
  std::string body;
  /// More of them; written as they are.
  http_headers headers = {};
  /// Of the answer, bytes; 0: the client's.
  std::size_t max_body = 0;
};

/// Whatever status it has.
struct http_response {
  int status = 0;
  std::string reason;
  std::string content_type;
  std::string body;
  /// As they came, in their order.
  http_headers headers = {};
};

/// An HTTP/1.1 client for one server: a few connections that stay open, used last in, first out. A
/// request that was sent is never sent again.
///
/// Lives on the executor it was given: call it there.
class http_client {
 public:
  using completion = unique_function<void(result<http_response>)>;

  http_client(executor on, http_client_options options);
  /// Like `stop`.
  ~http_client();
  http_client(http_client const&) = delete;
  http_client& operator=(http_client const&) = delete;

  /// `done` exactly once, on the executor, never from inside. Errors: `offline` (no connection, or
  /// lost before the answer; retryable if nothing was sent, or if the method changes nothing),
  /// `timeout` (likewise), `refused` (TLS), `protocol`, `rejected` (too many waiting), `cancelled`,
  /// `invalid` (CR, LF, NUL or a space in the target).
  void submit(http_request r, std::chrono::milliseconds timeout, completion done);
  /// Closes everything; what is pending fails with `cancelled`. Final.
  void stop();

 private:
  class impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace calluna::io
