#include "event_socket.hpp"

#include "rest_message.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace calluna::ari {
namespace {

using clock = std::chrono::steady_clock;

constexpr auto farewell = std::chrono::seconds(1);
constexpr std::uint64_t probe_id = 0;

}  // namespace

event_socket::event_socket(client_context& context, rest_line& line, observer& tell,
                           std::string application, bool everything)
    : context_(context),
      line_(line),
      tell_(&tell),
      application_(std::move(application)),
      upgrade_(context.host, events_target(context, application_, everything),
               context.authorization),
      timer_(context.on),
      hold_(context.on) {}

void event_socket::open() {
  connecting_ =
      io::async_connect(context_.on, context_.options.server,
                        [self = weak_from_this()](result<std::unique_ptr<io::stream>> outcome) {
                          auto const s = self.lock();
                          if (!s || s->tell_ == nullptr) return;
                          auto const keep = s->tell_->hold();
                          s->connected(std::move(outcome));
                        });
}

void event_socket::connected(result<std::unique_ptr<io::stream>> connected) {
  connecting_ = nullptr;
  if (!connected) return lost(std::move(connected).error());
  stream_ = std::move(*connected);
  out_ = upgrade_.request();
  write();
  arm(context_.options.server.timeout);
  read();
}

void event_socket::read() {
  if (context_.hold_until <= std::chrono::steady_clock::now()) return read_now();
  hold_.expires_at(context_.hold_until);
  hold_.async_wait([self = shared_from_this()](boost::system::error_code const&) {
    if (self->tell_ != nullptr && self->stream_) self->read_now();
  });
}

void event_socket::read_now() {
  auto const unread = buffer_.readable().size();
  auto const wanted = decoder_.wanted();
  auto const room =
      buffer_.prepare(std::max<std::size_t>(4096, wanted > unread ? wanted - unread : 0));
  stream_->async_read_some(room, [self = shared_from_this()](result<std::size_t> n) {
    if (self->tell_ == nullptr) return;
    auto const keep = self->tell_->hold();
    if (!n) return self->lost(std::move(n).error());
    self->buffer_.commit(*n);
    self->received();
    if (self->tell_ != nullptr) self->read();
  });
}

void event_socket::received() {
  last_heard_ = clock::now();
  pinged_ = false;
  see_sent();
  auto bytes = buffer_.readable();
  auto const before = bytes.size();
  if (open_ || shake_hands(bytes)) take_messages(bytes);
  buffer_.consume(before - bytes.size());
}

bool event_socket::shake_hands(std::string_view& bytes) {
  auto const used = upgrade_.read_answer(bytes);
  if (!used) {
    lost(explain_upgrade(context_, application_, used.error()));
    return false;
  }
  if (*used == 0) return false;
  bytes.remove_prefix(*used);
  upgraded();
  return tell_ != nullptr;
}

void event_socket::upgraded() {
  open_ = true;
  arm(context_.options.ping_interval);
  scratch_.clear();
  append_rest_request(scratch_, probe_id, {http_method::get, "asterisk/ping", {}, {}});
  encoder_.append(out_, io::websocket_kind::text, scratch_);
  write_soon();
  tell_->on_open();
}

void event_socket::take_messages(std::string_view& bytes) {
  while (tell_ != nullptr) {
    io::websocket_message m;
    auto const got = decoder_.next(bytes, m);
    if (!got) {
      flush_events();
      return lost(got.error());
    }
    if (!*got) break;
    if (m.kind == io::websocket_kind::text)
      take_text(m);
    else
      take_control(m);
  }
  flush_events();
}

void event_socket::take_text(io::websocket_message const& m) {
  event_view event;
  if (!scan_event(m.payload, event)) {
    ++context_.count.malformed;
    return;
  }
  if (event.type == "RESTResponse") {
    // What was said before the answer is told before it.
    flush_events();
    return answered(event.json);
  }
  if (closing_) return;
  if (m.owner) {
    flush_events();
    deliver(m.owner, {event});
  } else {
    events_.push_back(event);
  }
  if (event.type != "ApplicationReplaced" || event.application != application_) return;
  flush_events();
  if (tell_ == nullptr) return;
  close();
  tell_->on_replaced();
}

void event_socket::take_control(io::websocket_message const& m) {
  switch (m.kind) {
    case io::websocket_kind::ping:
      // A server that pings without reading gets no more answers than fit.
      if (out_.size() > max_unwritten) return;
      encoder_.append(out_, io::websocket_kind::pong, m.payload);
      return write_soon();
    case io::websocket_kind::close: {
      flush_events();
      auto const said = io::read_close(m.payload);
      return lost(
          {error_kind::gone, fmt::format("the server closed the WebSocket ({}{}{})", said.code,
                                         said.reason.empty() ? "" : ": ", said.reason)});
    }
    default:
      return;  // a pong; ARI sends no binary messages
  }
}

void event_socket::flush_events() {
  if (events_.empty()) return;
  auto events = std::exchange(events_, {});
  events_.reserve(events.size());
  deliver(buffer_.owner(), std::move(events));
}

void event_socket::deliver(std::shared_ptr<void const> owner, std::vector<event_view> events) {
  if (tell_ == nullptr || closing_) return;
  struct held {
    std::shared_ptr<void const> bytes;
    std::vector<event_view> events;
  };
  context_.count.events += events.size();
  auto const batch = std::make_shared<held const>(held{std::move(owner), std::move(events)});
  tell_->on_events({batch, batch->events});
}

// -- writing

void event_socket::write_soon() {
  hold_line();
  if (writing_ || write_posted_) return;
  write_posted_ = true;
  // One turn later, so that everything submitted until then leaves in one write.
  boost::asio::post(context_.on, [self = shared_from_this()] {
    self->write_posted_ = false;
    if (self->tell_ != nullptr && !self->writing_) self->write();
  });
}

void event_socket::write() {
  if (!stream_) return;
  if (out_.empty()) {
    if (!std::exchange(holds_line_, false)) return;
    line_.next_id = first_id_ + calls_.size();
    return line_.line.release();
  }
  writing_ = true;
  first_unsent_ = first_id_ + calls_.size();
  stream_->async_write(std::exchange(out_, {}), [self = shared_from_this()](result<void> written) {
    self->writing_ = false;
    if (self->tell_ == nullptr) return;
    auto const keep = self->tell_->hold();
    if (!written) return self->lost(std::move(written).error());
    self->write();
  });
}

void event_socket::arm(std::chrono::milliseconds wait) {
  timer_.expires_after(wait);
  timer_.async_wait([self = weak_from_this()](boost::system::error_code const& code) {
    auto const s = self.lock();
    if (code || !s || s->tell_ == nullptr || clock::now() < s->timer_.expiry()) return;
    auto const keep = s->tell_->hold();
    s->timer_fired();
  });
}

void event_socket::timer_fired() {
  if (closing_) return lost({error_kind::cancelled, "the WebSocket was closed by us"});
  if (!open_)
    return lost({error_kind::timeout, context_.url + ": no answer to the WebSocket upgrade", true});
  auto const interval = context_.options.ping_interval;
  auto const silent =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - last_heard_);
  if (silent < interval) {
    return arm(std::max(interval - silent, std::chrono::milliseconds(1)));
  }
  if (pinged_)
    return lost({error_kind::timeout,
                 fmt::format("no sign of life for {} ms, not even to a ping", silent.count())});
  pinged_ = true;
  encoder_.append(out_, io::websocket_kind::ping, {});
  write_soon();
  arm(interval);
}

void event_socket::close() {
  if (closing_ || tell_ == nullptr) return;
  closing_ = true;
  out_.insert(0, give_line_up());
  if (!open_) {
    connecting_ = nullptr;
    arm(std::chrono::milliseconds(0));
    return;
  }
  encoder_.append_close(out_, 1000, "");
  write_soon();
  arm(farewell);
}

std::vector<rest_call> event_socket::abandon() {
  auto bytes = give_line_up();
  tell_ = nullptr;
  connecting_ = nullptr;
  timer_.cancel();
  if (stream_ && open_ && !writing_) {
    encoder_.append_close(bytes, 1000, "");
    // The write owns the stream from here on: it ends with it.
    auto held = std::shared_ptr<io::stream>(std::move(stream_));
    held->async_write(std::move(bytes), [held](result<void>) { held->close(); });
  } else if (stream_) {
    stream_->close();
  }
  std::vector<rest_call> left;
  for (auto& call : calls_)
    if (call.done) left.push_back(std::move(call));
  calls_.clear();
  return left;
}

void event_socket::lost(error why) {
  auto* const tell = std::exchange(tell_, nullptr);
  if (tell == nullptr) return;
  give_line_up();
  timer_.cancel();
  connecting_ = nullptr;
  if (stream_) stream_->close();
  auto calls = std::exchange(calls_, {});
  auto id = first_id_;
  tell->on_closed(why);
  for (auto& call : calls) {
    bool const sent = id++ < first_unsent_;
    if (!call.done) continue;
    bool const again = !sent || call.repeatable();
    tell->on_answer(std::move(call),
                    fail(error_kind::offline, context_.url + ": no answer: " + why.message, again));
  }
}

}  // namespace calluna::ari
