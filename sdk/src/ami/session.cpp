#include "answer.hpp"

#include <calluna/ami/session.hpp>

#include <atomic>
#include <charconv>

namespace calluna::ami {
namespace {

using std::chrono::milliseconds;

session::time_point after(session::time_point now, milliseconds wait) {
  constexpr auto endless = std::chrono::hours(24 * 365 * 10);
  return wait > endless ? session::time_point::max() : now + wait;
}

/// Whether an event mask lets the class `system`, and with it FullyBooted, through.
bool includes_system(std::string_view mask) {
  return mask.empty() || mask.find("system") != std::string_view::npos || mask == "on" ||
         mask == "all" || mask == "true" || mask == "yes";
}

}  // namespace

action_id fresh_action_id() noexcept {
  static std::atomic<action_id> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

session::session(client_options const& options, std::string const& prefix, logger log,
                 time_point now)
    : options_(options),
      prefix_(prefix),
      log_(std::move(log)),
      login_deadline_(now + options.login_timeout),
      heard_at_(now) {}

std::string session::where() const {
  return options_.server.host + ":" + std::to_string(options_.server.port);
}

// --- bytes in ------------------------------------------------------------------------------------

result<std::size_t> session::received(std::string_view unread, std::vector<message_view>& events,
                                      time_point now) {
  std::size_t used = 0;
  heard_at_ = now;
  pinged_at_.reset();
  if (phase_ == phase::banner) {
    auto const line = framer_.banner(unread);
    if (!line) return fail(error_kind::protocol, where() + ": " + line.error().message);
    if (line->empty()) return used;
    used = line->size();
    on_banner(*line, now);
  }
  events_ = &events;
  while (!fault_) {
    auto const text = framer_.next(unread.substr(used));
    if (text.empty()) break;
    used += text.size() + 2;
    // The common case first: nothing but an event that nobody waits for in particular.
    if (lists_started_ == 0 && phase_ == phase::up && text.starts_with("Event: "))
      events.emplace_back(text);
    else
      on_block(text, now);
  }
  events_ = nullptr;
  if (!fault_ && framer_.too_long()) {
    fault_ = framer_.too_long_error(unread.substr(used));
    fault_->message = where() + ": " + fault_->message;
  }
  if (fault_) return fail(*fault_);
  return used;
}

void session::on_banner(std::string_view line, time_point now) {
  version_ = trimmed(line.substr(line.find('/') + 1));
  if (options_.auth == auth_method::plain) return log_in({}, now);
  phase_ = phase::challenge;
  send(action("Challenge").set("AuthType", "MD5"), own_purpose::challenge, time_point::max());
}

void session::on_block(std::string_view text, time_point now) {
  while (text.starts_with("\r\n")) text.remove_prefix(2);
  message_view const view(text);
  if (text.starts_with("Response: ")) return on_response(view, now);
  if (!text.starts_with("Event: ")) {
    if (text.empty()) return;
    if (view.find("Response")) return on_response(view, now);
    return log_.debug("ignored what is neither event nor response: " + printable(text));
  }
  if (phase_ == phase::booting && view.event() == "FullyBooted") go_up(now);
  if (lists_started_ > 0 && took_as_item(view, now)) return;
  events_->push_back(view);
}

std::optional<action_id> session::our_id(message_view view) const noexcept {
  auto const name = view.get("ActionID");
  if (!name.starts_with(prefix_)) return std::nullopt;
  action_id id = 0;
  auto const* const end = name.data() + name.size();
  auto const [rest, code] = std::from_chars(name.data() + prefix_.size(), end, id);
  if (code != std::errc{} || rest != end) return std::nullopt;
  return id;
}

bool session::took_as_item(message_view event, time_point now) {
  auto const id = our_id(event);
  auto* const entry = id ? pending_.find(*id) : nullptr;
  if (entry == nullptr || !entry->started) return false;
  auto const mark = event.get("EventList");
  if (same_word(mark, "cancelled")) {
    settle(*entry,
           fail(error_kind::rejected, entry->name + ": Asterisk broke the list off", entry->safe));
  } else if (same_word(mark, "complete") ||
             (!entry->marked && event.event().ends_with("Complete"))) {
    settle(*entry, std::move(entry->answer));
  } else if (!entry->abandoned) {
    entry->item_bytes += event.text().size();
    if (entry->item_bytes > list_limit)
      abandon(*entry,
              {error_kind::rejected,
               entry->name + ": the list is longer than " + std::to_string(list_limit) + " bytes"},
              now);
    else
      entry->answer.items.push_back(message::copy_of(event.text()));
  }
  return true;
}

void session::on_response(message_view view, time_point now) {
  auto const id = our_id(view);
  auto* const entry = id ? pending_.find(*id) : nullptr;
  if (entry == nullptr) return log_.debug("a response nobody waits for: " + printable(view.text()));
  if (entry->purpose != own_purpose::none) return on_own_response(*entry, view, now);
  if (same_word(view.get("Response"), "Error")) {
    if (entry->list && says_empty_list(view.get("Message")))
      return settle(*entry, response{kept_answer(view), {}});
    return settle(*entry, fail(meaning_of_error(entry->name, view)));
  }
  bool const marked = same_word(view.get("EventList"), "start");
  // Asterisk 11 and older announce a list in words only.
  bool const announced =
      entry->list && view.get("Message").find("follow") != std::string_view::npos;
  if (!marked && !announced) return settle(*entry, response{kept_answer(view), {}});
  if (entry->started) return;
  entry->started = true;
  entry->marked = marked;
  if (!entry->abandoned) entry->answer.head = kept_answer(view);
  ++lists_started_;
}

// --- login ---------------------------------------------------------------------------------------

void session::log_in(std::string_view challenge, time_point) {
  action login("Login");
  login.set("Username", options_.user);
  if (options_.auth == auth_method::md5) {
    auto const key = md5_hex(std::string(challenge) + options_.secret);
    login.set("AuthType", "MD5").set("Key", key);
  } else {
    login.set("Secret", options_.secret);
  }
  // FullyBooted must come through; `go_up` sets the mask that was asked for.
  if (!includes_system(options_.event_mask))
    login.set("Events", options_.event_mask == "off" ? "system" : "system," + options_.event_mask);
  else if (!options_.event_mask.empty())
    login.set("Events", options_.event_mask);
  phase_ = phase::login;
  send(login, own_purpose::login, time_point::max());
}

void session::refuse_login(message_view view) {
  auto const said = trimmed(view.get("Message"));
  fault_ = error{error_kind::refused,
                 "login of \"" + printable(options_.user) + "\" at " + where() + " refused: " +
                     (said.empty() ? std::string("no reason given") : printable(said, 200))};
}

void session::logged_in(time_point now) {
  phase_ = phase::booting;
  probe_at_ = now + boot_grace;
  for (auto const& filter : options_.filters)
    send(action("Filter").set("Operation", "Add").set("Filter", filter), own_purpose::filter,
         now + late_answer_kept, filter);
}

void session::go_up(time_point now) {
  phase_ = phase::up;
  went_up_ = events_ == nullptr ? 0 : events_->size();
  if (!includes_system(options_.event_mask))
    send(action("Events").set("EventMask", options_.event_mask), own_purpose::events,
         now + late_answer_kept);
}

void session::on_own_response(pending_action& entry, message_view view, time_point now) {
  auto const purpose = entry.purpose;
  auto const name = std::move(entry.name);
  forget(entry);
  bool const failed = same_word(view.get("Response"), "Error");
  switch (purpose) {
    case own_purpose::challenge:
      return failed ? refuse_login(view) : log_in(trimmed(view.get("Challenge")), now);
    case own_purpose::login:
      return failed ? refuse_login(view) : logged_in(now);
    case own_purpose::filter:
    case own_purpose::events:
      if (failed)
        log_.warning(where() + " refuses " + name +
                     ", going on without: " + printable(trimmed(view.get("Message")), 200));
      return;
    case own_purpose::probe:
      if (phase_ == phase::booting) go_up(now);
      return;
    case own_purpose::ping:
    case own_purpose::none:
      return;
  }
}

// --- bytes out -----------------------------------------------------------------------------------

void session::send(action const& a, own_purpose purpose, time_point deadline, std::string name) {
  auto encoded = encode(a, fresh_action_id(), prefix_);
  if (!encoded) {
    fault_ = std::move(encoded).error();
    return;
  }
  auto& entry = pending_.add(encoded->id);
  entry.purpose = purpose;
  entry.deadline = deadline;
  entry.name = name.empty() ? std::string(a.name()) : std::string(a.name()) + " \"" + name + '"';
  output_ += encoded->bytes;
}

void session::submit(encoded_action a, milliseconds timeout,
                     unique_function<void(result<response>)> done, time_point now) {
  expect(a, timeout, std::move(done), now).written_at = taken_ + output_.size();
  output_ += a.bytes;
}

void session::sent(encoded_action a, milliseconds timeout,
                   unique_function<void(result<response>)> done, time_point at) {
  expect(a, timeout, std::move(done), at).written_at = 0;
}

pending_action& session::expect(encoded_action& a, milliseconds timeout,
                                unique_function<void(result<response>)> done, time_point from) {
  auto& entry = pending_.add(a.id);
  entry.done = std::move(done);
  entry.timeout = timeout;
  entry.deadline = after(from, timeout);
  entry.name = std::move(a.name);
  entry.list = a.list;
  entry.safe = a.safe;
  return entry;
}

std::string session::take_output() {
  taken_ += output_.size();
  return std::exchange(output_, {});
}

// --- the end of actions --------------------------------------------------------------------------

void session::forget(pending_action& entry) {
  if (entry.started) --lists_started_;
  pending_.erase(entry.id);
}

void session::settle(pending_action& entry, result<response> answer) {
  if (!entry.abandoned)
    settled_.push_back(
        {events_ == nullptr ? 0 : events_->size(), std::move(entry.done), std::move(answer)});
  forget(entry);
}

void session::abandon(pending_action& entry, error why, time_point now) {
  settled_.push_back(
      {events_ == nullptr ? 0 : events_->size(), std::move(entry.done), fail(std::move(why))});
  entry.answer = {};
  entry.abandoned = true;
  entry.deadline = now + late_answer_kept;
}

void session::close(error_kind kind, std::string const& why) {
  phase_ = phase::closed;
  for (auto& entry : pending_.entries()) {
    if (entry.purpose != own_purpose::none || entry.abandoned) continue;
    bool const never_left = entry.written_at >= taken_;
    bool const retryable = kind == error_kind::offline && (entry.safe || never_left);
    settled_.push_back(
        {0, std::move(entry.done),
         fail(kind, entry.name + (never_left ? ": not sent: " : ": not answered: ") + why,
              retryable)});
  }
  pending_.clear();
  output_.clear();
  lists_started_ = 0;
}

error session::explain_end(error why, std::string_view unread) const {
  switch (phase_) {
    case phase::banner:
      if (!unread.empty())
        return {error_kind::protocol,
                where() + ": this is not an Asterisk Manager Interface: it says \"" +
                    printable(unread) + "\" and closes"};
      return {error_kind::offline, where() + ": " + why.message + " before its banner", true,
              why.code};
    case phase::challenge:
    case phase::login:
      return {error_kind::offline, where() + ": " + why.message + " during login", true, why.code};
    default:
      return {error_kind::offline, where() + ": " + why.message, true, why.code};
  }
}

// --- time ----------------------------------------------------------------------------------------

result<void> session::tick(time_point now) {
  if (auto alive = phase_ == phase::up ? check_silence(now) : check_login(now); !alive)
    return alive;
  check_deadlines(now);
  if (fault_) return fail(*fault_);
  return {};
}

result<void> session::check_login(time_point now) {
  if (phase_ == phase::booting && now >= probe_at_) {
    probe_at_ = time_point::max();
    send(action("Ping"), own_purpose::probe, time_point::max());
    login_deadline_ = now + options_.login_timeout;
  } else if (now >= login_deadline_ &&
             (phase_ != phase::booting || probe_at_ == time_point::max())) {
    auto const waited = std::to_string(options_.login_timeout.count()) + " ms";
    if (phase_ == phase::banner)
      return fail(error_kind::timeout,
                  where() + ": no AMI banner within " + waited +
                      (options_.server.tls ? "" : " (a TLS port, or no AMI at all?)"),
                  true);
    return fail(error_kind::timeout, where() + ": the login was not answered within " + waited,
                true);
  }
  return {};
}

result<void> session::check_silence(time_point now) {
  if (pinged_at_) {
    if (now - *pinged_at_ >= options_.ping_interval)
      return fail(error_kind::offline,
                  where() + ": no answer to a Ping within " +
                      std::to_string(options_.ping_interval.count()) + " ms",
                  true);
  } else if (now - heard_at_ >= options_.ping_interval) {
    pinged_at_ = now;
    send(action("Ping"), own_purpose::ping, after(now, late_answer_kept));
  }
  return {};
}

void session::check_deadlines(time_point now) {
  expired_.clear();
  for (auto const& entry : pending_.entries())
    if (entry.deadline <= now) expired_.push_back(entry.id);
  for (auto const id : expired_) {
    auto& entry = *pending_.find(id);
    if (entry.purpose != own_purpose::none || entry.abandoned)
      forget(entry);
    else
      abandon(entry,
              {error_kind::timeout,
               entry.name + ": no answer within " + std::to_string(entry.timeout.count()) + " ms",
               entry.safe},
              now);
  }
}

}  // namespace calluna::ami
