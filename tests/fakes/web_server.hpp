#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace calluna::fakes {

/// A small real HTTP/1.1 server on a loopback port, on the test's own loop. What it answers, byte
/// for byte, the test says.
class web_server {
 public:
  struct request {
    std::string method;
    /// Path and query as they came.
    std::string target;
    /// Lines "name: value" as they came, names in lower case.
    std::string headers;
    std::string body;
    /// The value of a header; "" without it.
    std::string header(std::string const& name) const;
  };
  struct reply {
    std::string bytes;
    /// Closes the connection afterwards.
    bool last = false;
  };

  explicit web_server(boost::asio::io_context& io);
  ~web_server();

  std::uint16_t port() const { return port_; }
  /// "http://127.0.0.1:<port>"
  std::string url(std::string const& path = "") const;

  std::function<reply(request const&)> on_request = [](request const&) { return ok(""); };
  /// All that came, in their order.
  std::vector<request> requests;
  int connections = 0;
  std::size_t open() const { return sessions_.size(); }
  /// Closes every connection.
  void drop();

  /// A whole answer; `headers` are lines with their ends.
  static reply answer(int status, std::string const& headers, std::string const& body);
  static reply ok(std::string const& body) { return answer(200, "", body); }
  static reply redirect(int status, std::string const& location) {
    return answer(status, "Location: " + location + "\r\n", "");
  }

 private:
  class session;
  void accept();

  boost::asio::io_context& io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::set<std::shared_ptr<session>> sessions_;
};

}  // namespace calluna::fakes
