#pragma once
#include <calluna/erp/client.hpp>
#include <calluna/erp/http_exchange.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace calluna::erp {

/// Where a client's server is: the parts of its url.
struct server_address {
  std::string origin;  ///< "https://erp.example:8069"
  std::string path;    ///< "" or "/below"; without a slash at its end
  bool encrypted = false;
  bool loopback = false;
};
/// Errors: `invalid`.
result<server_address> parse_url(std::string_view url);

/// What became of one request on the wire.
struct exchange_outcome {
  result<http_answer> answer;
  /// False only if it is certain that the server got nothing of it.
  bool sent = false;
};

/// One kept-alive HTTP connection that carries one request at a time, on a thread that may block.
/// The only file of this room that includes httplib.
class connection {
 public:
  connection(server_address const& address, tls_options const& tls, std::size_t max_answer);
  ~connection();
  connection(connection const&) = delete;
  connection& operator=(connection const&) = delete;

  /// Blocks until there is an answer, `budget` is over or `abort` was called. Errors: `offline`,
  /// `refused` (certificate), `timeout`, `protocol` (answer too large), `invalid` (data
  /// unreadable).
  exchange_outcome exchange(http_request const& request, std::chrono::milliseconds budget);
  /// Any thread: ends the exchange under way, if there is one, soon.
  void abort() noexcept;
  /// Forgets an `abort`; between two exchanges.
  void rearm() noexcept;

 private:
  struct inside;
  std::unique_ptr<inside> inside_;
};

}  // namespace calluna::erp
