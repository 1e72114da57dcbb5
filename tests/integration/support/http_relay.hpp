#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace calluna::integration {

/// Stands between a client and a web server and hands requests and answers on, one request for each
/// connection, unless a test says otherwise.
class http_relay {
 public:
  explicit http_relay(std::uint16_t server_port);
  ~http_relay();
  http_relay(http_relay const&) = delete;
  http_relay& operator=(http_relay const&) = delete;

  std::string url() const;
  /// Asked on a thread of the relay with each whole request; false: the connection ends, the server
  /// gets nothing.
  void on_request(std::function<bool(std::string const&)> allowed);
  /// Asked with each whole request when the server's answer is there; false: the connection ends
  /// without it.
  void on_answer(std::function<bool(std::string const&)> allowed);

 private:
  using socket = boost::asio::ip::tcp::socket;
  void serve(socket client);
  bool ask(std::function<bool(std::string const&)> const& hook, std::string const& request);

  std::uint16_t server_port_;
  boost::asio::io_context loop_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::mutex mutex_;
  std::function<bool(std::string const&)> request_, answer_;
  std::vector<std::thread> threads_;
  std::thread accepting_;
};

}  // namespace calluna::integration
