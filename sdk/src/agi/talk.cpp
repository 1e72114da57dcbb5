#include "talk.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <netinet/tcp.h>
#include <utility>

namespace calluna::agi {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// A command may take hours, so only the kernel can tell a PBX that is gone from one that is at
// work: within a minute.
void find_dead_peers(asio::ip::tcp::socket& socket) {
  using seconds_idle = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPIDLE>;
  using seconds_between = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPINTVL>;
  using tries = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPCNT>;
  error_code ignored;
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  socket.set_option(seconds_idle(30), ignored);
  socket.set_option(seconds_between(10), ignored);
  socket.set_option(tries(3), ignored);
}

error ended_error() {
  return {error_kind::gone, "the AGI session has ended", false, {}};
}

}  // namespace

talk::talk(asio::ip::tcp::socket socket, io::executor on, std::weak_ptr<listener> server)
    : socket_(std::move(socket)), on_(std::move(on)), server_(std::move(server)), deadline_(on_) {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  find_dead_peers(socket_);
  auto const from = socket_.remote_endpoint(ignored);
  peer_ = from.address().to_string();
}

void talk::start(std::chrono::milliseconds environment_timeout) {
  deadline_.expires_after(environment_timeout);
  deadline_.async_wait([self = shared_from_this()](error_code const& code) {
    if (!code && self->session_.now_in() == session::phase::environment)
      self->end(error{error_kind::timeout, "it does not say who calls", false, {}});
  });
  read();
}

void talk::read() {
  socket_.async_read_some(
      asio::buffer(room_), [self = shared_from_this()](error_code const& code, std::size_t count) {
        if (self->ended_) return;
        if (!code) return self->on_read(count);
        bool const early = self->session_.now_in() == session::phase::environment;
        self->end(early ? std::optional(ended_error()) : std::nullopt);
      });
}

void talk::on_read(std::size_t count) {
  bool const early = session_.now_in() == session::phase::environment;
  if (auto heard = session_.received({room_.data(), count}); !heard)
    return end(std::move(heard).error());
  if (session_.hung_up()) tell_gone();
  if (auto r = session_.take_reply(); r && under_way_) {
    auto done = *std::exchange(under_way_, std::nullopt);
    auto failure = failure_of(*r);
    if (failure)
      done(fail(std::move(*failure)));
    else
      done(std::move(*r));
  }
  if (ended_) return;
  if (early && session_.now_in() != session::phase::environment) {
    deadline_.cancel();
    if (auto const server = server_.lock()) server->on_call(shared_from_this());
  }
  next();
  if (!ended_) read();
}

void talk::submit(std::string line, connection::completion done) {
  if (ended_) return done(fail(ended_error()));
  if (queue_.size() >= connection::most_queued)
    return done(fail(error_kind::rejected, "too many AGI commands wait for their turn", true));
  queue_.push_back({std::move(line), std::move(done)});
  next();
}

void talk::next() {
  if (ended_ || queue_.empty() || session_.now_in() != session::phase::idle) return;
  auto c = std::move(queue_.front());
  queue_.pop_front();
  under_way_ = std::move(c.done);
  session_.submit(std::move(c.line));
  write(session_.take_output());
}

void talk::write(std::string bytes) {
  auto held = std::make_unique<std::string>(std::move(bytes));
  auto const buffer = asio::buffer(*held);
  asio::async_write(
      socket_, buffer,
      [self = shared_from_this(), held = std::move(held)](error_code const& code, std::size_t) {
        if (code && !self->ended_) self->end(std::nullopt);
      });
}

void talk::on_gone(unique_function<void()> tell) {
  if (gone_) return tell();
  tell_ = std::move(tell);
}

void talk::tell_gone() {
  if (gone_.exchange(true)) return;
  if (auto tell = std::exchange(tell_, nullptr)) tell();
}

void talk::end(std::optional<error> why) {
  if (std::exchange(ended_, true)) return;
  auto const self = shared_from_this();
  deadline_.cancel();
  session_.close();
  error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
  auto waiting = std::exchange(queue_, {});
  if (under_way_) waiting.push_front({"", *std::exchange(under_way_, std::nullopt)});
  for (auto& c : waiting) c.done(fail(why.value_or(ended_error())));
  tell_gone();
  if (auto const server = server_.lock()) server->on_end(self, std::move(why));
}

}  // namespace calluna::agi
