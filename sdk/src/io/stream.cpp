#include <calluna/io/stream.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <type_traits>
#include <utility>

namespace calluna::io {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;

error read_write_error(error_code const& code) {
  if (code == asio::error::operation_aborted)
    return {error_kind::cancelled, "the connection was closed by us"};
  if (code == asio::error::eof || code == asio::ssl::error::stream_truncated)
    return {error_kind::gone, "the peer closed the connection"};
  return {error_kind::gone, "the connection was lost: " + code.message(), false, code};
}

/// `Socket` is tcp::socket or an ssl stream over one.
template <class Socket>
class socket_stream final : public stream {
 public:
  explicit socket_stream(std::shared_ptr<Socket> socket) : socket_(std::move(socket)) {}
  ~socket_stream() override { close(); }

  void async_read_some(std::span<char> room,
                       unique_function<void(result<std::size_t>)> done) override {
    socket_->async_read_some(
        asio::buffer(room.data(), room.size()),
        [socket = socket_, done = std::move(done)](error_code const& code, std::size_t n) mutable {
          if (code) return done(fail(read_write_error(code)));
          done(n);
        });
  }

  void async_write(std::string bytes, unique_function<void(result<void>)> done) override {
    auto held = std::make_unique<std::string>(std::move(bytes));
    auto const buffer = asio::buffer(*held);
    asio::async_write(*socket_, buffer,
                      [socket = socket_, held = std::move(held), done = std::move(done)](
                          error_code const& code, std::size_t) mutable {
                        if (code) return done(fail(read_write_error(code)));
                        done({});
                      });
  }

  void close() override {
    error_code ignored;
    socket_->lowest_layer().close(ignored);
  }

  int socket() const noexcept override {
    if constexpr (std::is_same_v<Socket, tcp::socket>)
      return socket_->native_handle();
    else
      return -1;
  }

 private:
  std::shared_ptr<Socket> socket_;
};

/// One attempt: resolve, connect, handshake, under one deadline. Lives in its own handlers; gives
/// up when nobody holds `alive` any more.
class connector : public std::enable_shared_from_this<connector> {
 public:
  connector(executor on, endpoint to, unique_function<void(result<std::unique_ptr<stream>>)> done)
      : to_(std::move(to)),
        done_(std::move(done)),
        resolver_(on),
        deadline_(on),
        tls_context_(asio::ssl::context::tls_client) {
    socket_ = std::make_shared<tcp::socket>(on);
  }

  void start() {
    deadline_.expires_after(to_.timeout);
    deadline_.async_wait([self = shared_from_this()](error_code const& code) {
      if (code) return;
      self->finish(fail(
          error_kind::timeout,
          self->where() + ": no answer within " + std::to_string(self->to_.timeout.count()) + " ms",
          true));
    });
    resolver_.async_resolve(to_.host, std::to_string(to_.port),
                            [self = shared_from_this()](error_code const& code, auto results) {
                              if (self->finished()) return;
                              if (code) return self->unreachable(code);
                              self->connect(results);
                            });
  }

  void abandon() {
    done_ = nullptr;
    stop();
  }

 private:
  void connect(tcp::resolver::results_type const& results) {
    asio::async_connect(*socket_, results,
                        [self = shared_from_this()](error_code const& code, auto const&) {
                          if (self->finished()) return;
                          if (code) return self->unreachable(code);
                          self->connected();
                        });
  }

  void connected() {
    error_code ignored;
    socket_->set_option(tcp::no_delay(true), ignored);
    socket_->set_option(asio::socket_base::keep_alive(true), ignored);
    if (!to_.tls) return finish(std::make_unique<socket_stream<tcp::socket>>(std::move(socket_)));
    handshake();
  }

  void handshake() {
    using ssl_stream = asio::ssl::stream<tcp::socket>;
    auto const& options = *to_.tls;
    auto const& name = options.server_name.empty() ? to_.host : options.server_name;
    error_code code;
    if (options.ca_file.empty()) {
      tls_context_.set_default_verify_paths(code);
    } else {
      tls_context_.load_verify_file(options.ca_file, code);
      if (code)
        return finish(fail(error_kind::invalid,
                           "cannot read the CA file " + options.ca_file + ": " + code.message()));
    }
    auto secured = std::make_shared<ssl_stream>(std::move(*socket_), tls_context_);
    if (options.verify) {
      secured->set_verify_mode(asio::ssl::verify_peer);
      secured->set_verify_callback(asio::ssl::host_name_verification(name));
    } else {
      secured->set_verify_mode(asio::ssl::verify_none);
    }
    SSL_set_tlsext_host_name(secured->native_handle(), name.c_str());
    close_ = [secured] {
      error_code e;
      secured->lowest_layer().close(e);
    };
    secured->async_handshake(asio::ssl::stream_base::client, [self = shared_from_this(),
                                                              secured](error_code const& failed) {
      if (self->finished()) return;
      if (failed) return self->not_secured(failed, SSL_get_verify_result(secured->native_handle()));
      self->finish(std::make_unique<socket_stream<ssl_stream>>(secured));
    });
  }

  void not_secured(error_code const& code, long verify) {
    std::string why = code.message();
    if (verify != X509_V_OK) why = X509_verify_cert_error_string(verify);
    finish(fail(error_kind::refused, where() + ": TLS: " + why, false, code));
  }
  void unreachable(error_code const& code) {
    finish(fail(error_kind::offline, where() + ": " + code.message(), true, code));
  }

  bool finished() const { return !done_; }
  std::string where() const { return to_.host + ":" + std::to_string(to_.port); }
  void finish(result<std::unique_ptr<stream>> outcome) {
    if (!done_) return;
    auto done = std::exchange(done_, nullptr);
    if (outcome) close_ = nullptr;  // the stream is its new owner's now
    stop();
    done(std::move(outcome));
  }
  void stop() {
    deadline_.cancel();
    resolver_.cancel();
    error_code ignored;
    if (socket_) socket_->close(ignored);
    if (close_) close_();
  }

  endpoint to_;
  unique_function<void(result<std::unique_ptr<stream>>)> done_;
  tcp::resolver resolver_;
  asio::steady_timer deadline_;
  asio::ssl::context tls_context_;
  std::shared_ptr<tcp::socket> socket_;
  unique_function<void()> close_;
};

}  // namespace

std::shared_ptr<void> async_connect(executor on, endpoint to,
                                    unique_function<void(result<std::unique_ptr<stream>>)> done) {
  auto attempt = std::make_shared<connector>(std::move(on), std::move(to), std::move(done));
  attempt->start();
  return {attempt.get(), [attempt](void*) { attempt->abandon(); }};
}

}  // namespace calluna::io
