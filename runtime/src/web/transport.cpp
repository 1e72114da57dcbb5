#include "transport.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include <netinet/tcp.h>
#include <utility>

namespace calluna::runtime::web {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using tls_stream = asio::ssl::stream<tcp::socket>;

/// A client that vanished without a word is noticed after so long, in milliseconds.
constexpr int unacknowledged_timeout = 60'000;

void prepare(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_timeout,
               sizeof(unacknowledged_timeout));
}

/// `Socket` is a TCP socket or a TLS stream over one.
template <class Socket>
class socket_transport final : public transport {
 public:
  template <class... Args>
  explicit socket_transport(std::shared_ptr<asio::ssl::context> context, Args&&... args)
      : context_(std::move(context)),
        socket_(std::make_shared<Socket>(std::forward<Args>(args)...)) {}
  ~socket_transport() override { close(); }

  void handshake(unique_function<void(error_code const&)> then) override {
    if constexpr (is_tls) {
      socket_->async_handshake(asio::ssl::stream_base::server,
                               [socket = socket_, context = context_, then = std::move(then)](
                                   error_code const& code) mutable { then(code); });
    } else {
      asio::post(socket_->get_executor(), [then = std::move(then)]() mutable { then({}); });
    }
  }

  void read_some(std::span<char> room, done then) override {
    socket_->async_read_some(asio::buffer(room.data(), room.size()), hold(std::move(then)));
  }

  void write(std::vector<asio::const_buffer> buffers, done then) override {
    asio::async_write(*socket_, buffers, hold(std::move(then)));
  }

  void shut_down(unique_function<void()> then) override {
    if constexpr (is_tls) {
      socket_->async_shutdown([socket = socket_, context = context_,
                               then = std::move(then)](error_code const&) mutable { then(); });
    } else {
      error_code ignored;
      socket_->shutdown(tcp::socket::shutdown_send, ignored);
      asio::post(socket_->get_executor(), [then = std::move(then)]() mutable { then(); });
    }
  }

  void close() override {
    error_code ignored;
    socket_->lowest_layer().close(ignored);
  }

  bool encrypted() const noexcept override { return is_tls; }

 private:
  static constexpr bool is_tls = std::is_same_v<Socket, tls_stream>;

  /// The socket stays until what was begun on it is done.
  auto hold(done then) {
    return [socket = socket_, context = context_, then = std::move(then)](
               error_code const& code, std::size_t n) mutable { then(code, n); };
  }

  std::shared_ptr<asio::ssl::context> context_;
  std::shared_ptr<Socket> socket_;
};

}  // namespace

std::shared_ptr<transport> make_plain_transport(tcp::socket socket) {
  prepare(socket);
  return std::make_shared<socket_transport<tcp::socket>>(nullptr, std::move(socket));
}

std::shared_ptr<transport> make_tls_transport(tcp::socket socket,
                                              std::shared_ptr<asio::ssl::context> context) {
  prepare(socket);
  auto& with = *context;
  return std::make_shared<socket_transport<tls_stream>>(std::move(context), std::move(socket),
                                                        with);
}

}  // namespace calluna::runtime::web
