#include <calluna/ami/client.hpp>
#include <calluna/ami/session.hpp>
#include <calluna/io/direct_line.hpp>
#include <calluna/io/receive_buffer.hpp>
#include <calluna/io/sole_owner.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

namespace calluna::ami {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr std::size_t read_block = 64 * 1024;
constexpr milliseconds tick_length{50};
/// How long a stopped client waits for the PBX to close after Logoff.
constexpr milliseconds logoff_patience{250};

/// What `event_batch::owner` holds: the views and the bytes they look at.
struct batch_storage {
  std::vector<message_view> events;
  std::shared_ptr<void const> bytes;
};

/// One socket and its talk. Handlers under way keep it alive (and with it the room they read into),
/// even when the client has gone on to the next one.
struct connection {
  connection(std::unique_ptr<io::stream> s, session t) : stream(std::move(s)), talk(std::move(t)) {}

  std::unique_ptr<io::stream> stream;
  session talk;
  io::receive_buffer buffer{read_block};
  std::shared_ptr<batch_storage> batch = std::make_shared<batch_storage>();
  bool writing = false;
  /// Call-backs are running: what they submit goes out together afterwards.
  bool corked = false;
};

/// An action that went past the executor, until the session hears of it.
struct sent_action {
  encoded_action what;
  milliseconds timeout;
  unique_function<void(result<response>)> done;
  std::chrono::steady_clock::time_point at;
};

/// So many may go past the executor before it looks.
constexpr std::size_t most_unseen = 256;

std::string random_prefix(std::random_device& chance) {
  return fmt::format("{:08x}-", chance());
}

}  // namespace

class client::impl : public std::enable_shared_from_this<impl> {
 public:
  impl(io::executor on, client_options options, logger log, client_listener& listener)
      : on_(std::move(on)),
        options_(std::move(options)),
        log_(std::move(log)),
        listener_(&listener),
        prefix_(random_prefix(chance_)),
        backoff_(options_.backoff, chance_()),
        retry_(on_),
        tick_(on_),
        hold_(on_) {}

  void start() {
    if (state_ == client_state::stopped || started_) return;
    started_ = true;
    asio::post(on_, [self = shared_from_this()] { self->connect(); });
  }
  void stop();
  void submit(encoded_action a, milliseconds timeout, unique_function<void(result<response>)> done);

  bool submit_at_once(encoded_action& a, milliseconds timeout,
                      unique_function<void(result<response>)>& done);

  void pause(milliseconds span) noexcept { pause_ = span; }

  client_state state() const noexcept { return state_; }
  std::string const& version() const noexcept { return version_; }
  std::string const& prefix() const noexcept { return prefix_; }
  counters const& count() const noexcept { return count_; }

 private:
  using connection_ptr = std::shared_ptr<connection>;
  using clock = std::chrono::steady_clock;

  bool stopped() const noexcept { return state_ == client_state::stopped; }
  void connect();
  void connected(std::unique_ptr<io::stream> stream);
  void read(connection_ptr c);
  void on_read(connection_ptr const& c, std::size_t count);
  void flush(connection_ptr const& c);
  void write(connection_ptr const& c);
  void see_sent(connection& c);
  std::size_t credit(connection const& c) const noexcept;
  void arm_tick(connection_ptr c);
  void hand_out(connection_ptr const& c);
  void hand_out_events(connection_ptr const& c, std::size_t from, std::size_t to);
  void went_up();
  void recycle_batch(connection& c);
  void lose(connection_ptr const& c, error why);
  void went_down(error why);
  void tell_once(error const& why);
  void say_logoff(connection_ptr c, std::string const& before = {});
  void close_after_logoff(connection_ptr const& c);
  void fail_later(unique_function<void(result<response>)> done, error why);

  io::executor on_;
  client_options const options_;
  logger log_;
  client_listener* listener_;
  std::random_device chance_;
  std::string const prefix_;
  io::backoff backoff_;
  asio::steady_timer retry_;
  asio::steady_timer tick_;
  asio::steady_timer hold_;
  milliseconds pause_{0};
  std::shared_ptr<void> attempt_;
  connection_ptr connection_;
  io::direct_line<sent_action> line_;
  std::vector<sent_action> seen_;
  bool started_ = false;
  client_state state_ = client_state::down;
  std::string version_;
  std::string down_because_ = "not started";
  std::string told_;
  counters count_;
};

// --- connecting ----------------------------------------------------------------------------------

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

// --- writing -------------------------------------------------------------------------------------

void client::impl::submit(encoded_action a, milliseconds timeout,
                          unique_function<void(result<response>)> done) {
  if (stopped())
    return fail_later(std::move(done),
                      {error_kind::cancelled, a.name + ": " + options_.name + " was stopped"});
  if (state_ != client_state::up)
    return fail_later(std::move(done), {error_kind::offline,
                                        a.name + ": not sent: no connection to " + options_.name +
                                            " (" + down_because_ + ")",
                                        true});
  auto const& c = connection_;
  if (c->talk.pending() >= options_.max_pending)
    return fail_later(std::move(done),
                      {error_kind::rejected,
                       fmt::format("{}: not sent: {} answers of {} are outstanding", a.name,
                                   options_.max_pending, options_.name),
                       true});
  if (c->talk.waits_for(a.id))
    return fail_later(std::move(done),
                      {error_kind::invalid, a.name + ": was submitted already, its id is in use"});
  ++count_.actions;
  c->talk.submit(std::move(a), timeout, std::move(done), clock::now());
  flush(c);
}

bool client::impl::submit_at_once(encoded_action& a, milliseconds timeout,
                                  unique_function<void(result<response>)>& done) {
  return line_.send([&](std::string& bytes) {
    bytes = a.bytes;
    return std::optional(sent_action{std::move(a), timeout, std::move(done), clock::now()});
  });
}

void client::impl::see_sent(connection& c) {
  line_.take_sent(seen_, credit(c));
  for (auto& each : seen_) {
    ++count_.actions;
    count_.bytes_out += each.what.bytes.size();
    if (c.talk.waits_for(each.what.id)) {
      fail_later(std::move(each.done),
                 {error_kind::invalid, each.what.name + ": its id was in use, and it was sent"});
      continue;
    }
    c.talk.sent(std::move(each.what), each.timeout, std::move(each.done), each.at);
  }
  seen_.clear();
}

/// Those that may be under way unseen count as if they were.
std::size_t client::impl::credit(connection const& c) const noexcept {
  return c.talk.pending() + 2 * most_unseen <= options_.max_pending ? most_unseen : 0;
}

void client::impl::fail_later(unique_function<void(result<response>)> done, error why) {
  asio::post(on_, [done = std::move(done), why = std::move(why)]() mutable {
    done(fail(std::move(why)));
  });
}

void client::impl::flush(connection_ptr const& c) {
  if (!c->corked && c->talk.has_output()) write(c);
}

void client::impl::write(connection_ptr const& c) {
  if (c->writing) return;
  auto bytes = line_.hold();
  auto const own = c->talk.take_output();
  count_.bytes_out += own.size();
  bytes += own;
  if (bytes.empty()) return line_.release();
  c->writing = true;
  c->stream->async_write(std::move(bytes), [self = shared_from_this(), c = c](result<void> done) {
    c->writing = false;
    if (self->connection_ == c) {
      self->line_.release();
      // A write that failed is left to the read: what the PBX said before it closed is still to be
      // read there.
      if (done) self->flush(c);
    } else if (self->stopped() && done) {
      self->say_logoff(c);
    }
  });
}

// --- the end -------------------------------------------------------------------------------------

void client::impl::lose(connection_ptr const& c, error why) {
  bool const was_up = state_ == client_state::up;
  line_.close();
  see_sent(*c);
  connection_.reset();
  tick_.cancel();
  c->stream->close();
  state_ = client_state::down;
  down_because_ = why.message;
  if (was_up) ++count_.connections_lost;
  c->talk.close(error_kind::offline, why.message);
  for (auto& each : c->talk.take_settled()) each.done(std::move(each.answer));
  if (!stopped()) went_down(std::move(why));
}

void client::impl::stop() {
  if (stopped()) return;
  bool const was_up = state_ == client_state::up;
  state_ = client_state::stopped;
  attempt_.reset();
  retry_.cancel();
  tick_.cancel();
  auto const c = std::exchange(connection_, nullptr);
  if (!c) return;
  auto const rest = line_.close();
  see_sent(*c);
  c->talk.close(error_kind::cancelled, options_.name + " was stopped");
  for (auto& each : c->talk.take_settled()) fail_later(std::move(each.done), each.answer.error());
  if (!was_up) return c->stream->close();
  if (!c->writing) say_logoff(c, rest);
  // Asterisk answers Goodbye and closes; the read under way sees it. This is for one that does not.
  retry_.expires_after(logoff_patience);
  retry_.async_wait([self = shared_from_this(), c](auto const&) { c->stream->close(); });
}

void client::impl::say_logoff(connection_ptr c, std::string const& before) {
  auto& stream = *c->stream;
  stream.async_write(before + "Action: Logoff\r\n\r\n", [c = std::move(c)](result<void> const&) {});
}

void client::impl::close_after_logoff(connection_ptr const& c) {
  retry_.cancel();
  c->stream->close();
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
