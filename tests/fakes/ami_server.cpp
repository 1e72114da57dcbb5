#include "fakes/ami_server.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <openssl/evp.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <set>
#include <thread>

namespace calluna::fakes {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;

constexpr char challenge[] = "246719664";

std::string md5(std::string const& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_md5(), nullptr);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", digest[i]);
    hex += two;
  }
  return hex;
}

ami_request parse(std::string const& block) {
  ami_request request;
  for (std::size_t at = 0; at < block.size();) {
    auto const end = std::min(block.find("\r\n", at), block.size());
    auto const line = block.substr(at, end - at);
    if (auto const colon = line.find(": "); colon != std::string::npos)
      request.headers.emplace(line.substr(0, colon), line.substr(colon + 2));
    at = end + 2;
  }
  return request;
}

}  // namespace

std::string ami_request::id_line() const {
  auto const id = get("ActionID");
  return id.empty() ? std::string() : "ActionID: " + id + "\r\n";
}

class ami_server::impl : public std::enable_shared_from_this<impl> {
 public:
  class connection;

  explicit impl(options o)
      : options_(std::move(o)),
        acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), options_.port)),
        tls_(asio::ssl::context::tls_server) {
    if (options_.certificate) {
      tls_.use_certificate_chain_file(options_.certificate->certificate_file());
      tls_.use_private_key_file(options_.certificate->key_file(), asio::ssl::context::pem);
    }
  }
  void run() {
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }
  void stop();
  void accept();
  void handle(connection& c, ami_request const& request);
  void log_in(connection& c, ami_request const& request);

  options options_;
  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::uint16_t const port_ = acceptor_.local_endpoint().port();
  asio::ssl::context tls_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  std::thread thread_;
  std::set<std::shared_ptr<connection>> connections_;
  mutable std::mutex mutex_;  ///< guards what follows
  std::map<std::string, script> scripts_;
  std::vector<std::string> received_;
  std::size_t accepted_ = 0;
  std::size_t logged_in_ = 0;
};

class ami_server::impl::connection : public peer, public std::enable_shared_from_this<connection> {
 public:
  connection(impl& server, tcp::socket socket)
      : server_(server), socket_(std::move(socket), server.tls_) {
    socket_.next_layer().set_option(tcp::no_delay(true));
  }
  void start() {
    if (!server_.options_.certificate) return begin();
    socket_.async_handshake(asio::ssl::stream_base::server,
                            [self = shared_from_this()](error_code const& code) {
                              if (code) return self->close();
                              self->begin();
                            });
  }
  void send(std::string bytes) override {
    auto const piece = server_.options_.piece == 0 ? bytes.size() : server_.options_.piece;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      auto part = bytes.substr(at, piece);
      auto const cut = server_.options_.cut_after;
      if (cut != 0 && queued_ + part.size() > cut) part.resize(cut - std::min(cut, queued_));
      queued_ += part.size();
      if (!part.empty()) queue_.push_back(std::move(part));
      if (cut != 0 && queued_ >= cut) close_when_sent_ = true;
    }
    write();
  }
  void close() override {
    close_when_sent_ = true;
    write();
  }
  void drop() {
    error_code ignored;
    socket_.lowest_layer().close(ignored);
    server_.connections_.erase(shared_from_this());
    if (std::exchange(logged_in, false)) {
      std::lock_guard const lock(server_.mutex_);
      --server_.logged_in_;
    }
  }
  bool logged_in = false;

 private:
  void begin() {
    send(server_.options_.banner);
    read();
  }
  template <class Then>
  void with_layer(Then then) {
    if (server_.options_.certificate)
      then(socket_);
    else
      then(socket_.next_layer());
  }
  void read() {
    with_layer([this](auto& layer) {
      layer.async_read_some(asio::buffer(room_),
                            [self = shared_from_this()](error_code const& code, std::size_t n) {
                              if (code) return self->drop();
                              self->unread_.append(self->room_, n);
                              self->take_requests();
                              self->read();
                            });
    });
  }
  void take_requests() {
    std::size_t at = 0;
    for (;;) {
      auto const end = unread_.find("\r\n\r\n", at);
      if (end == std::string::npos) break;
      server_.handle(*this, parse(unread_.substr(at, end + 2 - at)));
      at = end + 4;
    }
    unread_.erase(0, at);
  }
  void write() {
    if (writing_) return;
    if (queue_.empty()) {
      error_code ignored;
      // Only our half: closing both at once could cost the peer what was sent last. Its end of
      // stream ends ours.
      if (close_when_sent_) socket_.lowest_layer().shutdown(tcp::socket::shutdown_send, ignored);
      return;
    }
    writing_ = true;
    auto const bytes = std::make_shared<std::string>(std::move(queue_.front()));
    queue_.pop_front();
    with_layer([this, bytes](auto& layer) {
      asio::async_write(layer, asio::buffer(*bytes),
                        [self = shared_from_this(), bytes](error_code const& code, std::size_t) {
                          self->writing_ = false;
                          if (code) return self->drop();
                          self->write();
                        });
    });
  }

  impl& server_;
  asio::ssl::stream<tcp::socket> socket_;
  char room_[16 * 1024];
  std::string unread_;
  std::deque<std::string> queue_;
  std::size_t queued_ = 0;
  bool writing_ = false;
  bool close_when_sent_ = false;
};

void ami_server::impl::accept() {
  acceptor_.async_accept([this](error_code const& code, tcp::socket socket) {
    if (code) return;
    auto c = std::make_shared<connection>(*this, std::move(socket));
    connections_.insert(c);
    {
      std::lock_guard const lock(mutex_);
      ++accepted_;
    }
    c->start();
    accept();
  });
}

void ami_server::impl::handle(connection& c, ami_request const& request) {
  auto const name = request.name();
  script scripted;
  {
    std::lock_guard const lock(mutex_);
    received_.push_back(name);
    if (auto const at = scripts_.find(name); at != scripts_.end()) scripted = at->second;
  }
  if (scripted) return scripted(c, request);
  auto const id = request.id_line();
  if (name == "Challenge")
    return c.send("Response: Success\r\n" + id + "Challenge: " + challenge + "\r\n\r\n");
  if (name == "Login") return log_in(c, request);
  if (!c.logged_in)
    return c.send("Response: Error\r\n" + id + "Message: Permission denied\r\n\r\n");
  if (name == "Ping")
    return c.send("Response: Success\r\n" + id +
                  "Ping: Pong\r\nTimestamp: 1795221016.100000\r\n\r\n");
  if (name == "Logoff") {
    c.send("Response: Goodbye\r\n" + id + "Message: Thanks for all the fish.\r\n\r\n");
    return c.close();
  }
  c.send("Response: Success\r\n" + id + "Message: " + name + " done\r\n\r\n");
}

void ami_server::impl::log_in(connection& c, ami_request const& request) {
  std::string secret;
  {
    std::lock_guard const lock(mutex_);
    secret = options_.secret;
  }
  bool const right =
      request.get("Username") == options_.user &&
      (request.get("AuthType") == "MD5" ? request.get("Key") == md5(challenge + secret)
                                        : request.get("Secret") == secret);
  if (!right) {
    c.send("Response: Error\r\n" + request.id_line() + "Message: Authentication failed\r\n\r\n");
    return c.close();
  }
  c.logged_in = true;
  {
    std::lock_guard const lock(mutex_);
    ++logged_in_;
  }
  c.send("Response: Success\r\n" + request.id_line() + "Message: Authentication accepted\r\n\r\n" +
         options_.after_login);
}

void ami_server::impl::stop() {
  asio::post(io_, [this] {
    error_code ignored;
    acceptor_.close(ignored);
    auto const all = connections_;
    for (auto const& c : all) c->drop();
    work_.reset();
  });
  thread_.join();
}

ami_server::ami_server() : ami_server(options{}) {}
ami_server::ami_server(options o) : impl_(std::make_shared<impl>(std::move(o))) {
  impl_->run();
}
ami_server::~ami_server() {
  impl_->stop();
}
std::uint16_t ami_server::port() const {
  return impl_->port_;
}
void ami_server::on(std::string const& name, script s) {
  std::lock_guard const lock(impl_->mutex_);
  impl_->scripts_[name] = std::move(s);
}
void ami_server::set_secret(std::string secret) {
  std::lock_guard const lock(impl_->mutex_);
  impl_->options_.secret = std::move(secret);
}
void ami_server::send_to_all(std::string bytes) {
  asio::post(impl_->io_, [server = impl_.get(), bytes = std::move(bytes)] {
    auto const all = server->connections_;
    for (auto const& c : all)
      if (c->logged_in) c->send(bytes);
  });
}
void ami_server::drop_all() {
  asio::post(impl_->io_, [server = impl_.get()] {
    auto const all = server->connections_;
    for (auto const& c : all) c->drop();
  });
}
std::size_t ami_server::accepted() const {
  std::lock_guard const lock(impl_->mutex_);
  return impl_->accepted_;
}
std::size_t ami_server::logged_in() const {
  std::lock_guard const lock(impl_->mutex_);
  return impl_->logged_in_;
}
std::vector<std::string> ami_server::received() const {
  std::lock_guard const lock(impl_->mutex_);
  return impl_->received_;
}

}  // namespace calluna::fakes
