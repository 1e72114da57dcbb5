#include "connection.hpp"

#include <boost/asio/error.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace calluna::runtime::web {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// What is given to the system at once; each such piece has to be taken within the write timeout.
constexpr std::size_t write_piece = std::size_t{64} << 10;
constexpr std::size_t most_buffers = 64;
/// After an answer that ends the connection its rest is read for a while: were it closed with bytes
/// unread, the client's system would throw the answer away.
constexpr auto linger_time = std::chrono::seconds(2);
constexpr std::size_t linger_bytes = std::size_t{256} << 10;

}  // namespace

connection::connection(std::shared_ptr<server_core> core, std::shared_ptr<transport> socket,
                       address peer)
    : core_(std::move(core)),
      socket_(std::move(socket)),
      peer_(peer),
      remote_(peer.text()),
      reader_(core_->options.max_header),
      timer_(core_->on),
      write_timer_(core_->on) {
  count_address(true);
}

connection::~connection() = default;

void connection::count_address(bool coming) {
  auto const group = peer_.group();
  if (coming) {
    ++core_->per_address[group];
  } else if (auto const at = core_->per_address.find(group); --at->second == 0) {
    core_->per_address.erase(at);
  }
}

void connection::start() {
  expect(core_->options.handshake_timeout);
  socket_->handshake([self = shared_from_this()](error_code const& code) {
    if (self->state_ != state::handshake) return;
    if (code) {
      self->core_->refused.add(refusal::handshake, self->about() + ": " + code.message());
      return self->close();
    }
    self->state_ = state::head;
    self->expect(self->core_->options.header_timeout);
    self->read();
  });
}

void connection::close() {
  if (state_ == state::closed) return;
  auto const self = shared_from_this();
  state_ = state::closed;
  timer_.cancel();
  write_timer_.cancel();
  socket_->close();
  core_->connections.erase(self);
  count_address(false);
  prepared_.reset();
  with_body_ = nullptr;
  if (auto const asked = std::exchange(pending_, nullptr)) asked->set_gone();
  if (auto const taken = std::exchange(taken_, nullptr)) taken->ended();
}

void connection::drain() {
  keep_alive_ = false;
  auto const self = shared_from_this();
  if (state_ == state::handshake || (state_ == state::head && !head_begun_)) return close();
  if (auto const taken = taken_) taken->going_away();
}

void connection::recheck_token() {
  if (state_ != state::taken || !pending_ || pending_->request.token.empty()) return;
  if (!core_->tokens->holds(pending_->request.token, unix_now())) close();
}

void connection::read() {
  if (reading_ || input_ended_ || state_ == state::closed) return;
  reading_ = true;
  socket_->read_some(room_, [self = shared_from_this()](error_code const& code, std::size_t n) {
    self->on_read(code, n);
  });
}

void connection::on_read(error_code const& code, std::size_t n) {
  reading_ = false;
  if (state_ == state::closed) return;
  if (!code) {
    in_.append(room_.data(), n);
    return process();
  }
  if (code != asio::error::eof) return close();
  on_end_of_input();
}

/// Who sends no more is taken to have left, but for an answer that is on its way already.
void connection::on_end_of_input() {
  input_ended_ = true;
  if (state_ == state::writing)
    keep_alive_ = false;
  else
    close();
}

void connection::process() {
  switch (state_) {
    case state::head:
    case state::body:
      return process_request();
    case state::asked:
    case state::writing:
      // Further requests wait; it is read on so that a client that leaves is noticed.
      if (in_.size() < core_->options.max_header) read();
      return;
    case state::taken: {
      auto const taken = taken_;
      taken->received(in_);
      return read();
    }
    case state::lingering:
      lingered_ += in_.size();
      in_.clear();
      return lingered_ > linger_bytes ? close() : read();
    case state::handshake:
    case state::closed:
      return;
  }
}

void connection::process_request() {
  if (state_ == state::head && !head_begun_ && !in_.empty()) {
    head_begun_ = true;
    expect(core_->options.header_timeout);
  }
  switch (reader_.read(in_)) {
    case request_reader::progress::more:
      return read();
    case request_reader::progress::head:
      on_head();
      // The body of what has been admitted may be here already.
      return state_ == state::body ? process_request() : process();
    case request_reader::progress::done:
      on_body();
      return process();
    case request_reader::progress::failed:
      break;
  }
  auto const& failure = reader_.failure();
  keep_alive_ = false;
  auto const why = failure.status == 431   ? refusal::header_too_big
                   : failure.status == 413 ? refusal::body_too_big
                                           : refusal::malformed;
  refuse(failure.status, why, failure.why);
  process();
}

void connection::expect(std::chrono::milliseconds within) {
  timer_.expires_after(within);
  timer_.async_wait([weak = weak_from_this(), epoch = ++timer_epoch_](error_code const& code) {
    auto const self = weak.lock();
    if (self && !code && epoch == self->timer_epoch_) self->on_late();
  });
}

void connection::on_late() {
  auto const& options = core_->options;
  switch (state_) {
    case state::handshake:
      core_->refused.add(refusal::handshake, about() + ": it took too long");
      return close();
    case state::head:
      if (!head_begun_) return close();
      keep_alive_ = false;
      return refuse(408, refusal::slow, "the header took too long");
    case state::body: {
      auto const came = reader_.body_size() - std::exchange(body_seen_, reader_.body_size());
      auto const wanted = static_cast<double>(options.body_rate) *
                          std::chrono::duration<double>(options.body_timeout).count();
      if (static_cast<double>(came) >= wanted) return expect(options.body_timeout);
      return refuse(408, refusal::slow, "the body comes too slowly");
    }
    case state::asked: {
      auto const asked = std::exchange(pending_, nullptr);
      refuse(504, refusal::late, "the app did not answer in time");
      return asked->set_gone();
    }
    case state::taken: {
      expect(options.heartbeat);
      core_->refresh_tokens();
      auto const self = shared_from_this();
      recheck_token();
      if (state_ != state::taken) return;
      auto const taken = taken_;
      return taken->beat();
    }
    case state::writing:
    case state::lingering:
    case state::closed:
      return close();
  }
}

std::string connection::about() const {
  auto const& head = reader_.head();
  if (head.target.empty()) return remote_;
  auto const path = head.target.substr(0, head.target.find('?'));
  return fmt::format("{} {} {}", remote_, head.method, path);
}

void connection::respond(int status, bindings::http_headers headers, shared_text body) {
  if (state_ == state::closed) return;
  // What is left of a body nobody wants would be taken for the next request.
  if (body_pending_) keep_alive_ = false;
  prepared_.reset();
  with_body_ = nullptr;
  route_.reset();
  if (auto const asked = std::exchange(pending_, nullptr)) asked->set_over();
  add_default_headers(headers, body != nullptr);
  ++core_->requests;
  ++core_->by_class[static_cast<std::size_t>(status / 100)];
  auto const length = body ? body->size() : 0;
  state_ = state::writing;
  ++timer_epoch_;
  timer_.cancel();
  keep_for_writing(
      std::make_shared<std::string const>(
          write_head({status, std::move(headers), true, length, keep_alive_, reader_.head().old})),
      false);
  if (length != 0 && reader_.head().method != "HEAD") keep_for_writing(std::move(body), false);
  write();
}

void connection::deny(denial const& why) {
  if (why.why != refusal::count) core_->refused.add(why.why, about());
  auto headers = why.headers;
  // Not in the body: a dialplan that fetches a caller's name shows what it gets.
  if (!why.text.empty()) headers.emplace_back("Calluna-Error", why.text);
  respond(why.status, std::move(headers), nullptr);
}

void connection::refuse(int status, refusal why, std::string_view text,
                        bindings::http_headers headers) {
  deny({status, why, std::string{text}, std::move(headers)});
}

bool connection::push(shared_text text, bool counted) {
  if (state_ == state::closed || finishing_) return false;
  if (counted && out_bytes_ - uncounted_bytes_ + text->size() > core_->options.max_output) {
    core_->refused.add(refusal::not_reading, about());
    close();
    return false;
  }
  keep_for_writing(std::move(text), counted);
  write();
  return true;
}

void connection::keep_for_writing(shared_text text, bool counted) {
  out_bytes_ += text->size();
  if (!counted) uncounted_bytes_ += text->size();
  out_.push_back(std::move(text));
}

void connection::finish() {
  finishing_ = true;
  if (out_.empty()) on_drained();
}

void connection::write() {
  if (writing_ || out_.empty() || state_ == state::closed) return;
  writing_ = true;
  std::vector<asio::const_buffer> buffers;
  std::size_t size = 0;
  for (auto const& text : out_) {
    if (size == write_piece || buffers.size() == most_buffers) break;
    auto const skip = buffers.empty() ? out_offset_ : 0;
    auto const take = std::min(text->size() - skip, write_piece - size);
    buffers.emplace_back(text->data() + skip, take);
    size += take;
  }
  write_timer_.expires_after(core_->options.body_timeout);
  write_timer_.async_wait([weak = weak_from_this()](error_code const& code) {
    auto const self = weak.lock();
    if (!self || code || !self->writing_) return;
    self->core_->refused.add(refusal::not_reading, self->about());
    self->close();
  });
  socket_->write(std::move(buffers),
                 [self = shared_from_this()](error_code const& code, std::size_t n) {
                   self->on_written(code, n);
                 });
}

void connection::on_written(error_code const& code, std::size_t n) {
  writing_ = false;
  if (state_ == state::closed) return out_.clear();
  if (code) return close();
  write_timer_.cancel();
  out_bytes_ -= n;
  uncounted_bytes_ -= std::min(n, uncounted_bytes_);
  for (auto left = n; left != 0;) {
    auto const rest = out_.front()->size() - out_offset_;
    if (left < rest) {
      out_offset_ += left;
      break;
    }
    left -= rest;
    out_offset_ = 0;
    out_.pop_front();
  }
  if (auto const taken = taken_) taken->written(n);
  if (!out_.empty()) return write();
  on_drained();
}

void connection::on_drained() {
  if (state_ == state::writing) {
    core_->latency.add(std::chrono::duration<double>(core_->time->now() - began_).count());
    return keep_alive_ && !input_ended_ ? next_request() : linger();
  }
  if (state_ == state::taken && finishing_) linger();
}

void connection::next_request() {
  reader_.next();
  body_seen_ = 0;
  body_pending_ = false;
  head_begun_ = false;
  state_ = state::head;
  expect(core_->options.idle_timeout);
  process();
}

void connection::linger() {
  if (auto const asked = std::exchange(pending_, nullptr)) asked->set_gone();
  if (auto const taken = std::exchange(taken_, nullptr)) taken->ended();
  if (input_ended_) return close();
  state_ = state::lingering;
  expect(linger_time);
  socket_->shut_down([self = shared_from_this()] {
    if (self->state_ != state::lingering) return;
    // A TLS client has nothing to say after that; reading on would only see it leave.
    if (self->socket_->encrypted()) return self->close();
    self->process();
  });
}

void connection::take_over(response_head const& head, std::shared_ptr<takeover> by) {
  ++core_->requests;
  ++core_->by_class[static_cast<std::size_t>(head.status / 100)];
  state_ = state::taken;
  taken_ = std::move(by);
  push(std::make_shared<std::string const>(write_head(head)), false);
  expect(core_->options.heartbeat);
}

}  // namespace calluna::runtime::web
