#pragma once
#include <calluna/runtime/web/network.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace calluna::runtime::web {

/// What `[http]` of the configuration says, and bounds that need no saying.
struct web_options {
  /// An address of this machine; "0.0.0.0" and "::" are all of them.
  std::string address = "127.0.0.1";
  /// 0: any free one.
  std::uint16_t port = 0;
  /// PEM files; both or neither.
  std::string certificate_file;
  std::string key_file;
  /// Whose X-Forwarded-For and X-Forwarded-Proto are believed.
  std::vector<network> trusted_proxies;
  /// Names (without port) by which clients may call the server; empty: any.
  std::vector<std::string> allowed_hosts;
  /// Who gets /metrics without a token.
  std::vector<network> metrics_networks = loopback();

  /// Lowered to what the process may have open, if that is less.
  std::size_t max_connections = 10'000;
  /// An office behind one address has some hundred browsers; trusted proxies have no such bound.
  std::size_t max_connections_per_address = 1'000;
  /// Start line and header fields together.
  std::size_t max_header = std::size_t{16} << 10;
  /// Of all bodies that are being received or waited with, together.
  std::size_t max_bodies = std::size_t{128} << 20;
  /// What may wait to be sent to one client that hears events, or is at a WebSocket.
  std::size_t max_output = std::size_t{256} << 10;
  std::size_t max_websocket_message = std::size_t{64} << 10;
  /// Of a file that is served.
  std::size_t max_file = std::size_t{8} << 20;

  /// For the TLS handshake.
  std::chrono::milliseconds handshake_timeout{10'000};
  /// For a whole header, from its first byte; on a new connection from the beginning.
  std::chrono::milliseconds header_timeout{10'000};
  /// In each such time a body has to bring `body_rate` bytes for each second of it, and a client to
  /// take some of what is sent to it.
  std::chrono::milliseconds body_timeout{10'000};
  std::size_t body_rate = 1024;
  /// How long a connection may be kept without a request.
  std::chrono::milliseconds idle_timeout{60'000};
  /// Clients of events hear so often at least; at a WebSocket this is the time between pings, and
  /// who has not been heard of for two of them is closed.
  std::chrono::milliseconds heartbeat{15'000};

 private:
  static std::vector<network> loopback();
};

}  // namespace calluna::runtime::web
