#pragma once
#include <calluna/io/executor.hpp>
#include <calluna/result.hpp>
#include <calluna/unique_function.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace calluna::http {

using headers = std::vector<std::pair<std::string, std::string>>;

struct request {
  /// GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS.
  std::string method = "GET";
  /// See `parse_url`.
  std::string url;
  /// Not those that say how a message is sent: Host, Content-Length, Connection, ...
  headers fields;
  std::string body;
  /// From now to the end of the answer, redirects included.
  std::chrono::milliseconds timeout{10'000};
  /// A larger answer fails (`protocol`). Bytes.
  std::size_t max_body = std::size_t{10} << 20;
  /// So many redirects are followed; with 0 a redirect is an answer like others. To another origin
  /// only headers go along that say what is wanted and sent (Accept, Content-Type), so that no key
  /// reaches who was not meant; from https to http none is followed.
  unsigned follow = 0;
  /// Of https: whether the certificate's chain and name are checked, and against whom (PEM file);
  /// empty: the system's authorities.
  bool verify = true;
  std::string ca_file;
};

/// Whatever status it has.
struct response {
  int status = 0;
  /// Names in lower case, each once: values of one name are joined by ", " (Set-Cookie's by LF).
  headers fields;
  std::string body;
  /// Where it came from in the end.
  std::string url;
};

/// Who asks other servers.
class sender {
 public:
  using completion = unique_function<void(result<response>)>;
  virtual ~sender() = default;
  /// `done` exactly once, on the executor, never from inside. Errors: `invalid` (the request;
  /// nothing was sent), `offline` (no connection, or lost before the answer), `timeout`, `refused`
  /// (TLS, or a redirect away from it), `protocol`, `rejected` (too many wait), `cancelled`.
  virtual void submit(request r, completion done) = 0;
};

struct client_options {
  /// For each origin (scheme, host, port); each carries one request at a time and is kept open.
  int max_connections = 8;
  /// Requests to one origin that wait or run; more are declined (`rejected`).
  std::size_t max_pending = 200;
  /// Origins with connections at the same time.
  std::size_t max_origins = 64;
  /// An origin that nobody has asked for so long is disconnected.
  std::chrono::milliseconds idle{60'000};
};

/// An HTTP/1.1 client for any server. Nothing is sent twice: a request whose answer is lost fails,
/// and `retryable` says whether the server can have seen nothing, or the method changes nothing.
///
/// Any thread may call.
class client final : public sender {
 public:
  struct counters {
    std::uint64_t requests = 0, failed = 0, rejected = 0;
    std::size_t pending = 0, origins = 0;
  };

  client(io::executor on, client_options options = {});
  /// Like `stop`.
  ~client() override;
  client(client const&) = delete;
  client& operator=(client const&) = delete;

  void submit(request r, completion done) override;
  counters count() const;
  /// Closes everything; what is pending fails with `cancelled`. Final.
  void stop();

 private:
  class impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace calluna::http
