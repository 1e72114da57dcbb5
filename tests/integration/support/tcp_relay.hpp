#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace calluna::integration {

/// Stands between a client and a server on a port of this machine and hands bytes on, both ways,
/// until a test cuts it. On a thread of its own; any thread may call.
class tcp_relay {
 public:
  explicit tcp_relay(std::uint16_t server_port);
  ~tcp_relay();
  tcp_relay(tcp_relay const&) = delete;
  tcp_relay& operator=(tcp_relay const&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  /// Ends every connection, and each new one at once. Returns when it is so.
  void cut();
  /// Lets connections through again.
  void restore();

 private:
  struct pipe;
  void accept();

  std::uint16_t server_port_;
  boost::asio::io_context loop_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_;
  bool is_cut_ = false;
  std::vector<std::weak_ptr<pipe>> pipes_;
  std::thread thread_;
};

}  // namespace calluna::integration
