#pragma once
#include <calluna/io/executor.hpp>
#include <calluna/unique_function.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <memory>
#include <span>
#include <vector>

namespace boost::asio::ssl {
class context;
}

namespace calluna::runtime::web {

/// A client's socket, plain or TLS. One read and one write may be under way; what is given to them
/// lives until they are done. Completions never run from inside the call.
class transport {
 public:
  using done = unique_function<void(boost::system::error_code const&, std::size_t)>;

  virtual ~transport() = default;
  virtual void handshake(unique_function<void(boost::system::error_code const&)> then) = 0;
  virtual void read_some(std::span<char> room, done then) = 0;
  /// Writes all.
  virtual void write(std::vector<boost::asio::const_buffer> buffers, done then) = 0;
  /// Tells the client that no more comes.
  virtual void shut_down(unique_function<void()> then) = 0;
  virtual void close() = 0;
  virtual bool encrypted() const noexcept = 0;
};

std::shared_ptr<transport> make_plain_transport(boost::asio::ip::tcp::socket socket);
/// `context` lives as long as the transport.
std::shared_ptr<transport> make_tls_transport(boost::asio::ip::tcp::socket socket,
                                              std::shared_ptr<boost::asio::ssl::context> context);

}  // namespace calluna::runtime::web
