#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace calluna::bench {

/// A blocking loopback socket: what the benchmarks' peers are made of.
class connection {
 public:
  explicit connection(int fd) : fd_(fd) {}
  ~connection();
  connection(connection const&) = delete;
  connection& operator=(connection const&) = delete;

  /// All of it; false once the other side is gone.
  bool write(std::string_view bytes);
  /// What is there, at least one byte; "" at the end.
  std::string_view read();
  /// Reads until the text read so far ends with `end`; returns all of it.
  std::string read_until(std::string_view end);
  /// Whether a byte can be read within `milliseconds`.
  bool readable(int milliseconds);
  int fd() const { return fd_; }

 private:
  int fd_;
  std::string buffer_ = std::string(1 << 18, '\0');
};

int connect_to(std::uint16_t port);

/// Listens on a free loopback port and serves each connection with `serve`, one after another, in a
/// thread of its own.
class peer {
 public:
  explicit peer(std::function<void(connection&)> serve);
  ~peer();
  std::uint16_t port() const { return port_; }
  /// CPU seconds that thread has used.
  double cpu_seconds() const;

 private:
  int listener_;
  std::uint16_t port_;
  std::thread thread_;
};

/// The server's side of an AMI login: banner, any Login or Challenge, FullyBooted.
void serve_ami_login(connection& c);
/// The server's side of a WebSocket upgrade to ARI events.
void serve_websocket_upgrade(connection& c, std::string const& request);
/// An unmasked text frame, as servers send them.
std::string text_frame(std::string_view payload);

}  // namespace calluna::bench
