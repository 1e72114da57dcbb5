#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::fakes {

/// A small real ARI server on a loopback port: HTTP/1.1 with keep-alive, event WebSockets, and REST
/// over them if it is switched on. The test scripts it through the public members and runs it on
/// its own io_context.
class ari_server {
 public:
  struct request {
    std::string method;
    /// Path and query as they came, below /ari/ ("channels?app=a"). Over the WebSocket the query
    /// strings are appended as they are.
    std::string target;
    std::string body;
    bool over_websocket = false;
  };
  struct reply {
    int status = 200;
    std::string body = {};
    /// Never answers.
    bool silent = false;
    /// Closes the connection instead of answering.
    bool cut = false;
    /// Closes the connection after the answer.
    bool last = false;
  };

  explicit ari_server(boost::asio::io_context& io);
  ~ari_server();

  std::uint16_t port() const { return port_; }

  /// "Authorization" it wants; empty: any.
  std::string authorization;
  bool rest_over_websocket = true;
  /// The status for WebSocket upgrades; anything but 101 declines.
  int upgrade_status = 101;
  /// Whether it answers pings.
  bool answers_pings = true;
  /// Bytes sent in the same write as the 101.
  std::string after_upgrade;
  std::function<reply(request const&)> on_request = [](request const&) { return reply{}; };
  std::function<void(std::string const& application)> on_websocket = [](std::string const&) {};
  std::function<void(std::string const& application)> on_websocket_end = [](std::string const&) {};

  /// A frame with this text to the application's WebSocket.
  void send(std::string_view application, std::string_view text);
  /// These bytes, frame or not.
  void send_raw(std::string_view application, std::string bytes);
  /// Closes every connection.
  void drop();
  /// Closes what is open, accepts nothing until `listen`, which takes the same port again.
  void shut_down();
  void listen();

  struct counters {
    int connections = 0, websockets = 0, http_requests = 0, websocket_requests = 0, probes = 0;
    int pings = 0, writes_read = 0;
  };
  counters count;

  /// A server's frame.
  static std::string frame(int opcode, std::string_view payload, bool last = true);

 private:
  class session;
  void accept();

  boost::asio::io_context& io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::set<std::shared_ptr<session>> sessions_;
};

}  // namespace calluna::fakes
