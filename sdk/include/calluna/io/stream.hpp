#pragma once
#include <calluna/io/executor.hpp>
#include <calluna/result.hpp>
#include <calluna/unique_function.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace calluna::io {

/// How a TLS connection is verified. Verification of chain and name is on unless said otherwise.
struct tls_options {
  bool verify = true;
  /// PEM file of the trusted authorities; empty: the system's own.
  std::string ca_file;
  /// The name to verify and to send (SNI); empty: the host connected to.
  std::string server_name;
};

/// Where to connect, and how.
struct endpoint {
  std::string host;
  std::uint16_t port = 0;
  std::optional<tls_options> tls = {};
  /// For resolving, connecting and the TLS handshake together.
  std::chrono::milliseconds timeout = std::chrono::seconds(10);
};

/// A connected byte stream, plain or TLS. It belongs to the executor it was connected on: call it
/// there; completions run there, never from inside the call itself. One read and one write may be
/// under way. Destroying or closing it ends both with `error_kind::cancelled`; completions still
/// run once each.
class stream {
 public:
  virtual ~stream() = default;
  /// Reads at least one byte into `room`, which must live until `done`. End of stream: `gone`.
  virtual void async_read_some(std::span<char> room,
                               unique_function<void(result<std::size_t>)> done) = 0;
  /// Writes all of `bytes`, then tells.
  virtual void async_write(std::string bytes, unique_function<void(result<void>)> done) = 0;
  virtual void close() = 0;
  /// The socket, for a `direct_line`; -1 if bytes have to go through the stream (TLS). As long as
  /// the stream is open.
  virtual int socket() const noexcept = 0;
};

/// Resolves, connects and, if asked, shakes hands. Errors: `offline` (refused, unreachable, name
/// unknown), `timeout`, `refused` (the certificate does not verify; the message says why). The
/// returned handle cancels the attempt when destroyed: `done` is then not called.
std::shared_ptr<void> async_connect(executor on, endpoint to,
                                    unique_function<void(result<std::unique_ptr<stream>>)> done);

}  // namespace calluna::io
