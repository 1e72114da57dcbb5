#pragma once
#include <calluna/ami/session.hpp>

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

namespace calluna::ami {

/// A session under test with the buffer, the clock and the notebook that a client would have.
class talk {
 public:
  using clock = std::chrono::steady_clock;
  using milliseconds = std::chrono::milliseconds;

  explicit talk(client_options options = {}) : options_(std::move(options)) {
    core.emplace(options_, prefix_, logger{}, now);
  }

  /// Feeds bytes; what happened is in `told` afterwards, in order. False after an error.
  bool feed(std::string_view bytes) {
    unread_ += bytes;
    std::vector<message_view> events;
    auto const used = core->received(unread_, events, now);
    note(events);
    if (!used) {
      fault = used.error();
      return false;
    }
    unread_.erase(0, *used);
    return true;
  }
  bool tick(milliseconds later) {
    now += later;
    auto const fine = core->tick(now);
    note({});
    if (!fine) fault = fine.error();
    return fine.has_value();
  }
  void submit(action const& a, action_id id, milliseconds timeout = std::chrono::seconds(5)) {
    auto encoded = encode(a, id, prefix_);
    core->submit(std::move(*encoded), timeout, remember(std::string(a.name())), now);
  }
  void close(std::string const& why = "the peer closed the connection") {
    core->close(error_kind::offline, why);
    note({});
  }
  /// Logs in as the server would want it; leaves `told` and output empty.
  void log_in(std::string_view after = "Event: FullyBooted\r\n\r\n") {
    feed("Asterisk Call Manager/11.0.0\r\n");
    if (options_.auth == auth_method::md5)
      feed("Response: Success\r\n" + last_id() + "Challenge: 246719664\r\n\r\n");
    feed("Response: Success\r\n" + last_id() + "Message: Authentication accepted\r\n\r\n");
    output();
    feed(after);
    told.clear();
  }
  /// Bytes to write, taken.
  std::string output() { return core->take_output(); }
  /// The `ActionID: ...\r\n` line of the last action written.
  std::string last_id() {
    auto const text = output();
    auto const at = text.rfind("ActionID: ");
    return at == std::string::npos ? "" : text.substr(at, text.find("\r\n", at) + 2 - at);
  }
  std::string_view unread() const { return unread_; }

  std::optional<session> core;
  clock::time_point now{std::chrono::hours(1)};
  std::vector<std::string> told;
  std::vector<response> answers;
  error fault;

 private:
  unique_function<void(result<response>)> remember(std::string name) {
    return [this, name = std::move(name)](result<response> answer) {
      if (answer) {
        told.push_back(fmt::format("{}: {} items", name, answer->items.size()));
        answers.push_back(std::move(*answer));
      } else {
        told.push_back(fmt::format("{}{}", to_string(answer.error()),
                                   answer.error().retryable ? " (retryable)" : ""));
      }
    };
  }
  void note(std::vector<message_view> const& events) {
    std::size_t at = 0;
    auto const tell_events = [&](std::size_t to) {
      for (; at < to; ++at) told.push_back("event " + std::string(events[at].event()));
    };
    if (auto const up = core->take_went_up()) {
      tell_events(*up);
      told.push_back("up");
    }
    for (auto& each : core->take_settled()) {
      tell_events(each.events_before);
      each.done(std::move(each.answer));
    }
    tell_events(events.size());
  }

  client_options options_;
  std::string prefix_ = "t-";
  std::string unread_;
};

}  // namespace calluna::ami
