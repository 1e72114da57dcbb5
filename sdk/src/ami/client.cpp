#include "client_impl.hpp"

#include <calluna/io/sole_owner.hpp>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace calluna::ami {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr milliseconds tick_length{50};

std::string random_prefix(std::random_device& chance) {
  return fmt::format("{:08x}-", chance());
}

}  // namespace

client::impl::impl(io::executor on, client_options options, logger log, client_listener& listener)
    : on_(std::move(on)),
      options_(std::move(options)),
      log_(std::move(log)),
      listener_(&listener),
      prefix_(random_prefix(chance_)),
      backoff_(options_.backoff, chance_()),
      retry_(on_),
      tick_(on_),
      hold_(on_) {}

// --- connecting ----------------------------------------------------------------------------------

void client::impl::start() {
  if (state_ == client_state::stopped || started_) return;
  started_ = true;
  asio::post(on_, [self = shared_from_this()] { self->connect(); });
}

void client::impl::connect() {
  if (stopped()) return;
  state_ = client_state::connecting;
  if (count_.logins == 0) down_because_ = "still connecting";
  attempt_ = io::async_connect(
      on_, options_.server, [weak = weak_from_this()](result<std::unique_ptr<io::stream>> outcome) {
        auto const self = weak.lock();
        if (!self || self->stopped()) return;
        if (!outcome) return self->went_down(std::move(outcome).error());
        self->connected(std::move(*outcome));
      });
  listener_->on_ami_state(state_, nullptr);
}

void client::impl::connected(std::unique_ptr<io::stream> stream) {
  attempt_.reset();
  connection_ = std::make_shared<connection>(std::move(stream),
                                             session(options_, prefix_, log_, clock::now()));
  arm_tick(connection_);
  read(connection_);
}

void client::impl::went_down(error why) {
  state_ = client_state::down;
  down_because_ = why.message;
  tell_once(why);
  // A wrong login does not heal by hurry; the others may.
  bool const hopeless = why.kind == error_kind::refused || why.kind == error_kind::invalid;
  auto const wait = hopeless ? options_.backoff.ceiling : backoff_.next();
  retry_.expires_after(wait);
  retry_.async_wait([weak = weak_from_this()](boost::system::error_code const& code) {
    auto const self = weak.lock();
    if (self && !code) self->connect();
  });
  why.message = options_.name + ": " + why.message;
  listener_->on_ami_state(state_, &why);
}

void client::impl::tell_once(error const& why) {
  auto text = options_.name + ": " + to_string(why);
  if (text == told_) return log_.debug(text);
  told_ = std::move(text);
  log_.warning(told_);
}

// --- reading -------------------------------------------------------------------------------------

void client::impl::read(connection_ptr c) {
  // A block that is longer than one read grows by doubling: it is copied a few times, not each
  // time.
  auto const room = c->buffer.prepare(std::max<std::size_t>(4096, c->buffer.readable().size()));
  auto& stream = *c->stream;
  stream.async_read_some(
      room, [self = shared_from_this(), c = std::move(c)](result<std::size_t> n) {
        if (self->connection_ != c) {
          if (!self->stopped()) return;
          if (!n) return self->close_after_logoff(c);
          c->buffer.commit(*n);
          c->buffer.consume(*n);
          return self->read(c);  // until the PBX closes, as it was asked to
        }
        if (n) return self->on_read(c, *n);
        self->lose(c, c->talk.explain_end(std::move(n).error(), c->buffer.readable()));
      });
}

void client::impl::on_read(connection_ptr const& c, std::size_t count) {
  c->buffer.commit(count);
  count_.bytes_in += count;
  see_sent(*c);
  auto& batch = *c->batch;
  auto const used = c->talk.received(c->buffer.readable(), batch.events, clock::now());
  batch.bytes = c->buffer.owner();
  c->corked = true;
  hand_out(c);
  c->corked = false;
  if (connection_ != c) {
    c->buffer.consume(c->buffer.readable().size());
    if (stopped()) read(c);  // Asterisk's Goodbye
    return;
  }
  if (!used) return lose(c, used.error());
  c->buffer.consume(*used);
  recycle_batch(*c);
  flush(c);
  if (pause_ == milliseconds::zero()) return read(c);
  hold_.expires_after(std::exchange(pause_, milliseconds::zero()));
  hold_.async_wait([weak = weak_from_this(), c](boost::system::error_code const& code) {
    auto const self = weak.lock();
    if (self && !code) self->read(c);
  });
}

/// Events and answers in the order in which they came.
void client::impl::hand_out(connection_ptr const& c) {
  auto settled = c->talk.take_settled();
  auto const up = c->talk.take_went_up();
  auto const total = c->batch->events.size();
  count_.events += total;
  if (settled.empty() && !up) return hand_out_events(c, 0, total);
  std::size_t told = 0;
  if (up) {
    hand_out_events(c, told, *up);
    told = *up;
    if (connection_ == c) went_up();
  }
  for (auto& each : settled) {
    hand_out_events(c, told, each.events_before);
    told = std::max(told, each.events_before);
    each.done(std::move(each.answer));
  }
  hand_out_events(c, told, total);
}

void client::impl::hand_out_events(connection_ptr const& c, std::size_t from, std::size_t to) {
  if (from >= to || connection_ != c) return;
  std::span<message_view const> const all(c->batch->events);
  listener_->on_ami_events({c->batch, all.subspan(from, to - from)});
}

void client::impl::recycle_batch(connection& c) {
  if (io::sole_owner(c.batch)) {
    c.batch->events.clear();
    c.batch->bytes.reset();
  } else {
    auto const usual = c.batch->events.size();
    c.batch = std::make_shared<batch_storage>();
    c.batch->events.reserve(usual);
  }
}

void client::impl::went_up() {
  state_ = client_state::up;
  version_ = connection_->talk.protocol_version();
  backoff_.reset();
  told_.clear();
  ++count_.logins;
  log_.info(fmt::format("{}: logged in at {}:{} as {} (AMI {})", options_.name,
                        options_.server.host, options_.server.port, options_.user, version_));
  if (auto const socket = connection_->stream->socket(); socket >= 0)
    line_.open(socket, credit(*connection_), [weak = weak_from_this(), on = on_] {
      asio::post(on, [weak] {
        auto const self = weak.lock();
        if (self && self->connection_) self->write(self->connection_);
      });
    });
  listener_->on_ami_state(state_, nullptr);
}

void client::impl::arm_tick(connection_ptr c) {
  tick_.expires_after(tick_length);
  tick_.async_wait([weak = weak_from_this(),
                    held = std::weak_ptr<connection>(c)](boost::system::error_code const& code) {
    auto const self = weak.lock();
    auto const now_of = held.lock();
    if (code || !self || !now_of || self->connection_ != now_of) return;
    self->see_sent(*now_of);
    auto const fine = now_of->talk.tick(clock::now());
    self->hand_out(now_of);
    if (self->connection_ != now_of) return;
    if (!fine) return self->lose(now_of, fine.error());
    self->flush(now_of);
    self->arm_tick(now_of);
  });
}

// --- the public face -----------------------------------------------------------------------------

client::client(io::executor on, client_options options, logger log, client_listener& listener)
    : impl_(std::make_shared<impl>(std::move(on), std::move(options), std::move(log), listener)) {}
client::~client() {
  impl_->stop();
}
void client::start() {
  impl_->start();
}
void client::stop() {
  impl_->stop();
}
client_state client::state() const noexcept {
  return impl_->state();
}
std::string const& client::protocol_version() const noexcept {
  return impl_->version();
}
action_id client::next_id() noexcept {
  return fresh_action_id();
}
std::string const& client::id_prefix() const noexcept {
  return impl_->prefix();
}
client::counters const& client::count() const noexcept {
  return impl_->count();
}
void client::pause(std::chrono::milliseconds span) {
  impl_->pause(span);
}
bool client::submit_at_once(encoded_action& a, std::chrono::milliseconds timeout,
                            unique_function<void(result<response>)>& done) {
  return impl_->submit_at_once(a, timeout, done);
}
void client::submit(encoded_action a, std::chrono::milliseconds timeout,
                    unique_function<void(result<response>)> done) {
  impl_->submit(std::move(a), timeout, std::move(done));
}

}  // namespace calluna::ami
