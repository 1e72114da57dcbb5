#include <calluna/runtime/web/live_push_hub.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <set>

namespace calluna::runtime::web {
namespace {

namespace asio = boost::asio;
using nlohmann::json;

/// JSON has line ends only between its tokens, and a stream of events ends its lines with them.
std::string on_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return text;
}

std::string json_text(std::string_view text) {
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

using shared_text = std::shared_ptr<std::string const>;

/// An event of one topic, on its way to the executor.
struct waiting_event {
  std::uint64_t id;
  std::string topic;
  shared_text text;
};

struct subscription {
  std::shared_ptr<push_listener> who;
  /// Events up to this one are in what it was told at the beginning.
  std::uint64_t from;
};

}  // namespace

struct live_push_hub::state {
  state(io::executor on, clock const& time, push_limits limits)
      : executor(on), clock(time), topics(limits), timer(on) {}

  io::executor executor;
  calluna::clock const& clock;

  mutable std::mutex mutex;  // guards from here on
  push_topics topics;
  std::map<std::string, std::size_t, std::less<>> listener_counts;
  std::deque<waiting_event> waiting;
  std::size_t waiting_bytes = 0;
  bool wake_posted = false;
  std::uint64_t last_id = 0;
  std::uint64_t events = 0, refused = 0;

  // Of the executor alone:
  asio::steady_timer timer;
  std::map<std::string, std::vector<subscription>, std::less<>> subscriptions;
  std::map<std::shared_ptr<push_listener>, std::vector<std::string>> heard_by;

  std::size_t count(std::string_view topic) const {
    auto const at = listener_counts.find(topic);
    return at == listener_counts.end() ? 0 : at->second;
  }
  /// With the mutex held. True: the executor has to be woken.
  bool tell(std::string_view topic, std::string_view event, std::string const& data) {
    ++events;
    if (count(topic) == 0) return false;
    auto text = std::make_shared<std::string const>(
        fmt::format("id: {}\nevent: {}\ndata: {}\n\n", ++last_id, event, data));
    waiting_bytes += text->size();
    waiting.push_back({last_id, std::string{topic}, std::move(text)});
    return !std::exchange(wake_posted, true);
  }
  /// With the mutex held. True: the executor has to be woken.
  bool tell_cleared(std::string_view topic, std::string_view key) {
    return tell(topic, "clear",
                fmt::format(R"({{"topic":{},"key":{}}})", json_text(topic), json_text(key)));
  }
  /// With the mutex held: room for an event of so many bytes.
  bool has_room(std::size_t bytes) const { return waiting_bytes + bytes <= most_waiting; }
};

std::shared_ptr<live_push_hub> live_push_hub::make(io::executor on, clock const& time,
                                                   push_limits limits) {
  return std::shared_ptr<live_push_hub>(
      new live_push_hub(std::make_unique<state>(std::move(on), time, limits)));
}

live_push_hub::live_push_hub(std::unique_ptr<state> made) : state_(std::move(made)) {}
live_push_hub::~live_push_hub() = default;

void live_push_hub::wake() {
  asio::post(state_->executor, [weak = weak_from_this()] {
    if (auto const self = weak.lock()) {
      self->deliver();
      self->arm();
    }
  });
}

bindings::push_hub::outcome live_push_hub::set(std::string_view topic, std::string_view key,
                                               std::string text,
                                               std::optional<std::chrono::milliseconds> keep) {
  text = on_one_line(std::move(text));
  bool const valid = json::accept(text);
  auto const data =
      fmt::format(R"({{"topic":{},"key":{},"value":{}}})", json_text(topic), json_text(key), text);
  bool wanted = false;
  outcome out;
  {
    std::lock_guard const held(state_->mutex);
    std::optional<clock::time_point> until;
    if (keep) until = state_->clock.now() + *keep;
    out.listeners = state_->count(topic);
    if (!valid || !state_->has_room(data.size()) ||
        !state_->topics.set(topic, key, std::move(text), until)) {
      ++state_->refused;
      out.refused = true;
      return out;
    }
    wanted = state_->tell(topic, "set", data) || until.has_value();
  }
  if (wanted) wake();
  return out;
}

bindings::push_hub::outcome live_push_hub::clear(std::string_view topic, std::string_view key) {
  bool wanted = false;
  outcome out;
  {
    std::lock_guard const held(state_->mutex);
    out.listeners = state_->count(topic);
    if (state_->topics.clear(topic, key)) wanted = state_->tell_cleared(topic, key);
  }
  if (wanted) wake();
  return out;
}

std::size_t live_push_hub::clear_all(std::string_view prefix, std::string_view key,
                                     std::string_view except) {
  bool wanted = false;
  std::size_t cleared = 0;
  {
    std::lock_guard const held(state_->mutex);
    for (auto const& topic : state_->topics.with_key(prefix, key)) {
      if (topic == except) continue;
      state_->topics.clear(topic, key);
      wanted |= state_->tell_cleared(topic, key);
      ++cleared;
    }
  }
  if (wanted) wake();
  return cleared;
}

bindings::push_hub::outcome live_push_hub::send(std::string_view topic, std::string text) {
  text = on_one_line(std::move(text));
  bool const valid = json::accept(text);
  auto const data = fmt::format(R"({{"topic":{},"value":{}}})", json_text(topic), text);
  bool wanted = false;
  outcome out;
  {
    std::lock_guard const held(state_->mutex);
    out.listeners = state_->count(topic);
    auto const bound = state_->topics.limits().value;
    if (!valid || text.size() > bound || !state_->has_room(data.size())) {
      ++state_->refused;
      out.refused = true;
      return out;
    }
    wanted = state_->tell(topic, "send", data);
  }
  if (wanted) wake();
  return out;
}

std::size_t live_push_hub::listeners(std::string_view topic) const {
  std::lock_guard const held(state_->mutex);
  return state_->count(topic);
}

std::shared_ptr<std::string const> live_push_hub::attach(std::shared_ptr<push_listener> const& who,
                                                         std::vector<std::string> topics) {
  std::sort(topics.begin(), topics.end());
  topics.erase(std::unique(topics.begin(), topics.end()), topics.end());
  if (topics.size() > most_topics_heard) topics.resize(most_topics_heard);
  std::lock_guard const held(state_->mutex);
  std::string data = R"({"topics":{)";
  for (auto const& topic : topics) {
    ++state_->listener_counts[topic];
    state_->subscriptions[topic].push_back({who, state_->last_id});
    if (data.back() != '{') data += ',';
    data += json_text(topic) + ":{";
    if (auto const* const keys = state_->topics.find(topic))
      for (auto const& [key, value] : *keys) {
        if (data.back() != '{') data += ',';
        data += json_text(key) + ":" + value.text;
      }
    data += '}';
  }
  state_->heard_by[who] = std::move(topics);
  return std::make_shared<std::string const>(
      fmt::format("id: {}\nevent: reset\ndata: {}}}}}\n\n", state_->last_id, data));
}

void live_push_hub::detach(std::shared_ptr<push_listener> const& who) {
  auto const at = state_->heard_by.find(who);
  if (at == state_->heard_by.end()) return;
  std::lock_guard const held(state_->mutex);
  for (auto const& topic : at->second) {
    auto& those = state_->subscriptions[topic];
    those.erase(std::remove_if(those.begin(), those.end(),
                               [&](subscription const& s) { return s.who == who; }),
                those.end());
    if (those.empty()) state_->subscriptions.erase(topic);
    auto const count = state_->listener_counts.find(topic);
    if (--count->second == 0) state_->listener_counts.erase(count);
  }
  state_->heard_by.erase(at);
}

void live_push_hub::deliver() {
  std::deque<waiting_event> events;
  {
    std::lock_guard const held(state_->mutex);
    events.swap(state_->waiting);
    state_->waiting_bytes = 0;
    state_->wake_posted = false;
  }
  for (auto const& event : events) {
    auto const at = state_->subscriptions.find(event.topic);
    if (at == state_->subscriptions.end()) continue;
    // A copy: who hears may leave.
    auto const those = at->second;
    for (auto const& one : those)
      if (event.id > one.from) one.who->heard(event.text);
  }
}

void live_push_hub::arm() {
  std::optional<clock::time_point> next;
  {
    std::lock_guard const held(state_->mutex);
    next = state_->topics.next_expiry();
  }
  if (!next) {
    state_->timer.cancel();
    return;
  }
  state_->timer.expires_after(
      std::max<clock::time_point::duration>(*next - state_->clock.now(), {}));
  state_->timer.async_wait([weak = weak_from_this()](boost::system::error_code const& code) {
    if (auto const self = weak.lock(); self && !code) self->expire();
  });
}

void live_push_hub::expire() {
  {
    std::lock_guard const held(state_->mutex);
    for (auto const& [topic, key] : state_->topics.expire(state_->clock.now()))
      state_->tell_cleared(topic, key);
  }
  deliver();
  arm();
}

live_push_hub::numbers live_push_hub::status() const {
  std::lock_guard const held(state_->mutex);
  std::size_t listeners = 0;
  for (auto const& [topic, count] : state_->listener_counts) listeners += count;
  return {state_->topics.topics(), state_->topics.bytes(), listeners, state_->events,
          state_->refused};
}

}  // namespace calluna::runtime::web
