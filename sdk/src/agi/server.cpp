#include "talk.hpp"

#include <calluna/agi/server.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <set>
#include <utility>

namespace calluna::agi {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

/// How long to wait after accept has failed, which happens when descriptors run out.
constexpr auto accept_pause = std::chrono::milliseconds(100);
constexpr auto quiet_period = std::chrono::minutes(1);

/// What an app holds of a talk: letting go of it ends it.
class held_talk final : public connection {
 public:
  explicit held_talk(std::shared_ptr<talk> of) : talk_(std::move(of)) {}
  ~held_talk() override { held_talk::close(); }

  environment const& call() const noexcept override { return talk_->call(); }
  void submit(std::string line, completion done) override {
    asio::post(talk_->executor(),
               [t = talk_, line = std::move(line), done = std::move(done)]() mutable {
                 t->submit(std::move(line), std::move(done));
               });
  }
  bool gone() const noexcept override { return talk_->gone(); }
  void on_gone(unique_function<void()> tell) override {
    asio::post(talk_->executor(),
               [t = talk_, tell = std::move(tell)]() mutable { t->on_gone(std::move(tell)); });
  }
  void close() override {
    asio::post(talk_->executor(), [t = talk_] { t->close(); });
  }

 private:
  std::shared_ptr<talk> talk_;
};

/// Tells the first of its kind in a minute, with how many there were since the one before.
class rare_line {
 public:
  void tell(logger const& log, std::string const& line) {
    auto const now = steady_clock::now();
    if (now < quiet_until_) {
      ++untold_;
      return;
    }
    quiet_until_ = now + quiet_period;
    log.warning(untold_ == 0 ? line
                             : fmt::format("{} ({} more since the last line)", line, untold_));
    untold_ = 0;
  }

 private:
  steady_clock::time_point quiet_until_{};
  std::uint64_t untold_ = 0;
};

}  // namespace

class server::impl final : public talk::listener, public std::enable_shared_from_this<impl> {
 public:
  impl(io::executor on, server_options options, logger log, arrival arrived)
      : on_(std::move(on)),
        options_(std::move(options)),
        log_(std::move(log)),
        arrived_(std::move(arrived)),
        acceptor_(on_),
        pause_(on_) {}

  result<void> open() {
    error_code code;
    auto const address = asio::ip::make_address(options_.address, code);
    if (code)
      return fail(error_kind::invalid,
                  fmt::format("'{}' is no address of this machine", options_.address));
    tcp::endpoint const at(address, options_.port);
    acceptor_.open(at.protocol(), code);
    if (!code) acceptor_.set_option(tcp::acceptor::reuse_address(true), code);
    if (!code) acceptor_.bind(at, code);
    if (!code) acceptor_.listen(asio::socket_base::max_listen_connections, code);
    if (code)
      return fail(error_kind::refused,
                  fmt::format("cannot listen on {} port {}: {}", options_.address, options_.port,
                              code.message()),
                  false, code);
    accept();
    return {};
  }

  std::uint16_t port() const noexcept {
    error_code ignored;
    return acceptor_.local_endpoint(ignored).port();
  }
  counters count() const noexcept {
    auto all = count_;
    all.open = talks_.size();
    return all;
  }

  void stop_listening() {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  }
  void close() {
    stop_listening();
    arrived_ = nullptr;
    auto const all = talks_;
    for (auto const& t : all) t->close();
  }

  void on_call(std::shared_ptr<talk> const& from) override {
    ++count_.sessions;
    if (arrived_) arrived_(std::make_shared<held_talk>(from));
  }
  void on_end(std::shared_ptr<talk> const& from, std::optional<error> why) override {
    talks_.erase(from);
    if (!why) return;
    ++count_.malformed;
    malformed_.tell(log_, fmt::format("{}: {}", from->peer(), why->message));
  }

 private:
  void accept() {
    acceptor_.async_accept([weak = weak_from_this()](error_code const& code, tcp::socket client) {
      auto const self = weak.lock();
      if (!self || code == asio::error::operation_aborted) return;
      if (code) return self->accept_later(code);
      self->take(std::move(client));
      self->accept();
    });
  }

  void accept_later(error_code const& why) {
    failing_.tell(log_, "no call can be taken: " + why.message());
    pause_.expires_after(accept_pause);
    pause_.async_wait([weak = weak_from_this()](error_code const& code) {
      if (auto const self = weak.lock(); self && !code) self->accept();
    });
  }

  void take(tcp::socket client) {
    auto const made = std::make_shared<talk>(std::move(client), on_, weak_from_this());
    if (!io::any_contains(options_.allow, made->peer())) {
      ++count_.forbidden;
      return forbidden_.tell(
          log_, fmt::format("{} may not hand calls over: it is not in 'allow'", made->peer()));
    }
    if (talks_.size() >= options_.max_sessions) {
      ++count_.rejected;
      return full_.tell(log_, fmt::format("there are {} sessions: the dialplan of one more goes on "
                                          "alone",
                                          talks_.size()));
    }
    talks_.insert(made);
    made->start(options_.environment_timeout);
  }

  io::executor on_;
  server_options options_;
  logger log_;
  arrival arrived_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  std::set<std::shared_ptr<talk>> talks_;
  counters count_;
  rare_line forbidden_, full_, malformed_, failing_;
};

result<std::unique_ptr<server>> server::listen(io::executor on, server_options options, logger log,
                                               arrival arrived) {
  auto made =
      std::make_shared<impl>(std::move(on), std::move(options), std::move(log), std::move(arrived));
  if (auto opened = made->open(); !opened) return fail(std::move(opened).error());
  return std::unique_ptr<server>(new server(std::move(made)));
}

server::server(std::shared_ptr<impl> made) : impl_(std::move(made)) {}
server::~server() {
  impl_->close();
}
std::uint16_t server::port() const noexcept {
  return impl_->port();
}
server::counters server::count() const noexcept {
  return impl_->count();
}
void server::stop_listening() {
  impl_->stop_listening();
}

}  // namespace calluna::agi
