#include "read_back.hpp"
#include "recording/recorder.hpp"

#include <calluna/ari/operation.hpp>
#include <calluna/ari/request.hpp>
#include <calluna/runtime/pbx.hpp>

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>

namespace calluna::runtime {

namespace asio = boost::asio;

namespace {

/// Sends from the app's thread where the connection lets it; else by a hop to the IO thread. The
/// answer hops back.
class hopping_link final : public bindings::pbx_link {
  /// With more answers outstanding than this a write for each request costs more than it saves.
  static constexpr int crowd = 2;

 public:
  hopping_link(std::string name, io::executor io, io::executor app,
               std::shared_ptr<ami::client> const& ami, std::shared_ptr<ari::client> const& ari,
               std::shared_ptr<recording::recorder> tape)
      : name_(std::move(name)),
        io_(std::move(io)),
        app_(std::move(app)),
        ami_(ami),
        ari_(ari),
        tape_(std::move(tape)) {
    if (ami) prefix_ = ami->id_prefix();
  }

  std::string const& name() const noexcept override { return name_; }
  bool has_ami() const noexcept override { return ami_ != nullptr; }
  bool has_ari() const noexcept override { return ari_ != nullptr; }
  ami::action_id next_action_id() noexcept override { return ami_->next_id(); }
  std::string const& action_id_prefix() const noexcept override { return prefix_; }

  void send(ami::encoded_action a, std::chrono::milliseconds timeout,
            unique_function<void(result<ami::response>)> done) override {
    auto back = hop_back(std::move(done));
    if (tape_->on()) back = tape_->answered(name_, a.bytes, std::move(back));
    send_to(ami_, std::move(a), timeout, std::move(back));
  }
  void send(ari::request r, std::chrono::milliseconds timeout,
            unique_function<void(result<ari::response>)> done) override {
    auto back = hop_back(std::move(done));
    if (tape_->on()) back = tape_->answered(name_, r, std::move(back));
    send_to(ari_, std::move(r), timeout, std::move(back));
  }

 private:
  /// One by itself goes at once. Of many the IO thread makes one write; and none overtakes those on
  /// their way to it.
  bool in_no_crowd() const { return *outstanding_ <= crowd && *hopping_ == 0; }

  template <class Answer>
  unique_function<void(result<Answer>)> hop_back(unique_function<void(result<Answer>)> done) {
    ++*outstanding_;
    return [app = app_, outstanding = outstanding_,
            done = std::move(done)](result<Answer> answer) mutable {
      asio::post(app, [outstanding = std::move(outstanding), answer = std::move(answer),
                       done = std::move(done)]() mutable {
        --*outstanding;
        done(std::move(answer));
      });
    };
  }

  template <class Client, class Request, class Answer>
  void send_to(std::shared_ptr<Client> const& client, Request request,
               std::chrono::milliseconds timeout, unique_function<void(result<Answer>)> back) {
    if (client && in_no_crowd() && client->submit_at_once(request, timeout, back)) return;
    ++*hopping_;
    asio::post(io_, [to = std::weak_ptr(client), request = std::move(request), timeout,
                     hopping = hopping_, back = std::move(back)]() mutable {
      if (auto const there = to.lock())
        there->submit(std::move(request), timeout, std::move(back));
      else
        back(fail(error_kind::offline, "the runtime is stopping"));
      --*hopping;
    });
  }

  std::string name_, prefix_;
  io::executor io_, app_;
  // Here only for what any thread may call.
  std::shared_ptr<ami::client> ami_;
  std::shared_ptr<ari::client> ari_;
  std::shared_ptr<recording::recorder> tape_;
  std::shared_ptr<int> outstanding_ = std::make_shared<int>(0);  // the app thread's
  std::shared_ptr<std::atomic<int>> hopping_ = std::make_shared<std::atomic<int>>(0);
};

/// What in the settings keeps events of calls away; or nothing.
std::string doubt_about_calls(pbx_config const& settings) {
  if (!settings.ami)
    return "there is no AMI, and ARI tells neither of queues nor of who parked a call";
  if (!settings.ami->filters.empty()) return "'filters' lets only some events through";
  auto const& mask = settings.ami->event_mask;
  for (auto const* needed : {"call", "agent"})
    if (!mask.empty() && mask != "on" && mask != "all" && mask.find(needed) == mask.npos)
      return fmt::format("'event_mask' leaves out \"{}\"", needed);
  return {};
}

char const* word(ami::client_state state) {
  switch (state) {
    case ami::client_state::down:
      return "down";
    case ami::client_state::connecting:
      return "connecting";
    case ami::client_state::up:
      return "up";
    case ami::client_state::stopped:
      return "stopped";
  }
  return "down";
}

char const* word(ari::application_state state) {
  switch (state) {
    case ari::application_state::down:
      return "down";
    case ari::application_state::up:
      return "up";
    case ari::application_state::replaced:
      return "replaced";
  }
  return "down";
}

}  // namespace

pbx::pbx(io::executor io, std::uint32_t number, pbx_config settings, router& to, switchboard& calls,
         std::string observer, std::shared_ptr<recording::recorder> tape, logger log)
    : io_(io),
      number_(number),
      settings_(std::move(settings)),
      router_(to),
      calls_(calls),
      observer_(std::move(observer)),
      tape_(std::move(tape)),
      log_(std::move(log)) {
  if (settings_.ami)
    ami_ = std::make_shared<ami::client>(io, *settings_.ami, log_.named("ami:" + settings_.name),
                                         static_cast<ami::client_listener&>(*this));
  if (settings_.ari)
    ari_ = std::make_shared<ari::client>(io, *settings_.ari, log_.named("ari:" + settings_.name),
                                         static_cast<ari::client_listener&>(*this));
  calls_.add(number_, {settings_.name, ami_ != nullptr,
                       [this](read_back_done done) {
                         if (ami_)
                           read_back_by_ami(std::move(done));
                         else
                           read_back(ari_, number_, std::move(done));
                       },
                       [this] { ari_->subscribe(observer_, ari::client::scope::everything); },
                       doubt_about_calls(settings_)});
}

void pbx::read_back_by_ami(read_back_done done) {
  auto const ask = [this, by_client = asking(ami_)](
                       ami::action const& what, std::chrono::milliseconds timeout,
                       unique_function<void(result<ami::response>)> then) {
    if (tape_->on())
      then = tape_->answered(settings_.name, fmt::format("Action: {}\r\n", what.name()),
                             std::move(then));
    by_client(what, timeout, std::move(then));
  };
  read_back(ask, number_, std::make_shared<real_clock>(), log_.named("ami:" + settings_.name),
            std::move(done));
}

void pbx::show_state() {
  if (ami_ && ami_->state() == ami::client_state::up)
    read_back_by_ami([](result<calls::snapshot> const&) {});
}

void pbx::start() {
  if (ami_) ami_->start();
}

void pbx::stop() {
  if (ami_) ami_->stop();
  if (ari_) ari_->stop();
}

void pbx::subscribe(std::string const& application) {
  if (!ari_ || applications_.count(application) != 0) return;
  applications_.emplace(application, ari::application_state::down);
  ari_->subscribe(application);
}

void pbx::unsubscribe(std::string const& application) {
  if (ari_ && applications_.erase(application) != 0) ari_->unsubscribe(application);
}

std::vector<std::string> pbx::subscribed() const {
  std::vector<std::string> names;
  for (auto const& [name, state] : applications_) names.push_back(name);
  return names;
}

std::shared_ptr<bindings::pbx_link> pbx::link_for(io::executor app_loop) {
  return std::make_shared<hopping_link>(settings_.name, io_, std::move(app_loop), ami_, ari_,
                                        tape_);
}

bool pbx::ready() const noexcept {
  if (ami_ && ami_->state() != ami::client_state::up) return false;
  for (auto const& [name, state] : applications_)
    if (state != ari::application_state::up) return false;
  return true;
}

nlohmann::json pbx::status() const {
  nlohmann::json s{{"name", settings_.name}};
  if (ami_) {
    auto const& c = ami_->count();
    s["ami"] = {{"state", word(ami_->state())}, {"version", ami_->protocol_version()},
                {"events", c.events},           {"actions", c.actions},
                {"logins", c.logins},           {"connections_lost", c.connections_lost}};
  }
  if (ari_) {
    auto const& c = ari_->count();
    nlohmann::json apps = nlohmann::json::object();
    for (auto const& [name, state] : applications_) apps[name] = word(state);
    s["ari"] = {{"applications", apps},
                {"events", c.events},
                {"requests", c.requests},
                {"over_websocket", c.over_websocket},
                {"connections_lost", c.connections_lost}};
  }
  if (!last_error_.empty()) s["last_error"] = last_error_;
  return s;
}

template <class Client>
void pbx::hold_back(Client& client, bool behind) {
  if (!behind) {
    pause_ = shortest_pause;
    return;
  }
  // One read, then a pause, each longer than the last: the kernel's buffer and the half of the
  // mailbox that is left last for seconds. Asterisk cuts a reader that takes nothing for 100 ms; so
  // far it must not come.
  client.pause(pause_);
  pause_ = std::min(pause_ * 2, longest_pause);
}

void pbx::on_ami_events(ami::event_batch const& batch) {
  if (tape_->on()) tape_->events(settings_.name, batch);
  bool const behind = router_.route(number_, batch);
  hold_back(*ami_, calls_.hear(number_, batch) || behind);
}
void pbx::on_ari_events(std::string_view application, ari::event_batch const& batch) {
  if (tape_->on()) tape_->events(settings_.name, batch);
  bool const behind = application != observer_ && router_.route(number_, batch);
  hold_back(*ari_, calls_.hear(number_, batch) || behind);
}

void pbx::tell_calls(bool up, error const* why) {
  if (up == std::exchange(was_up_, up)) return;
  if (up) return calls_.link_up(number_);
  auto since = moment_now();
  // A connection that died in silence did so some time ago: for so long nothing was heard.
  if (why != nullptr && why->kind == error_kind::timeout)
    since -= 2 * (settings_.ami ? settings_.ami->ping_interval : settings_.ari->ping_interval);
  calls_.link_down(number_, since);
}

void pbx::on_ami_state(ami::client_state state, error const* why) {
  if (tape_->on()) tape_->link(settings_.name, {}, state == ami::client_state::up);
  tell_calls(state == ami::client_state::up, why);
  last_error_ = why != nullptr ? why->message : "";
  bool const up = state == ami::client_state::up;
  if (up != told_up_) tell_link(up);
  if (on_ready_changed) on_ready_changed();
}

void pbx::tell_link(bool up) {
  told_up_ = up;
  // By the way of AMI's own events, so that it is between those of the two connections.
  auto const text = std::make_shared<std::string const>(
      fmt::format("Event: CallunaLink\r\nState: {}\r\nSynthetic: true\r\n", up ? "up" : "down"));
  ami::message_view const event(*text);
  router_.route(number_, ami::event_batch{text, {&event, 1}});
}

void pbx::on_ari_state(std::string_view application, ari::application_state state,
                       error const* why) {
  if (tape_->on()) tape_->link(settings_.name, application, state == ari::application_state::up);
  if (application == observer_) return tell_calls(state == ari::application_state::up, why);
  if (auto const found = applications_.find(application); found != applications_.end())
    found->second = state;
  if (why != nullptr) last_error_ = why->message;
  if (state == ari::application_state::up && !seen_up_.emplace(application).second)
    resync(std::string(application));
  if (on_ready_changed) on_ready_changed();
}

void pbx::resync(std::string const& application) {
  // Only those known before the question: whoever comes meanwhile is announced by an event.
  auto known = router_.channels_in(number_, application);
  if (known.empty()) return;
  auto list = std::move(
      *ari::make_request(*ari::find_operation("channels.list"), nlohmann::json::object()));
  unique_function<void(result<ari::response>)> take =
      [this, application, known = std::move(known),
       alive = std::weak_ptr(ari_)](result<ari::response> const& answer) {
        if (!alive.expired()) end_lost(application, known, answer);
      };
  if (tape_->on()) take = tape_->answered(settings_.name, list, std::move(take));
  ari_->submit(std::move(list), std::chrono::seconds(10), std::move(take));
}

void pbx::end_lost(std::string const& application, std::vector<std::string> const& known,
                   result<ari::response> const& answer) {
  if (!answer)
    return log_.warning(fmt::format("{}: the calls of '{}' could not be read back: {}",
                                    settings_.name, application, answer.error().message));
  std::set<std::string> there;
  for (auto const& channel : nlohmann::json::parse(answer->body, nullptr, false))
    if (channel.is_object()) there.insert(channel.value("id", ""));
  std::size_t gone = 0;
  for (auto const& id : known) {
    if (there.count(id) != 0) continue;
    router_.lost(number_, id);
    ++gone;
  }
  log_.info(fmt::format("{}: '{}' is back: {} of {} calls are still there", settings_.name,
                        application, known.size() - gone, known.size()));
}

}  // namespace calluna::runtime
