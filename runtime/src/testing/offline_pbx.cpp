#include "offline_pbx.hpp"

#include "office_verbs.hpp"

#include <calluna/ari/operation.hpp>

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <set>

namespace calluna::runtime::testing {

namespace asio = boost::asio;
using nlohmann::json;
using std::chrono::milliseconds;

/// One AMI connection: the client's end of the talk, and the PBX's.
struct offline_pbx::ami_connection {
  ami_connection(sim::ami_front& front, ami::client_options const& login, std::string const& prefix,
                 logger const& log, clock::time_point now)
      : client(login, prefix, log, now),
        server(front, [this](std::string const& bytes) { said += bytes; }) {}
  std::string said;    // by the PBX, not read yet
  std::string unread;  // an incomplete block
  ami::session client;
  sim::ami_talk server;
};

class offline_pbx::link_of_app final : public bindings::pbx_link {
 public:
  explicit link_of_app(offline_pbx& pbx) : pbx_(pbx), alive_(pbx.alive_) {}
  std::string const& name() const noexcept override { return name_; }
  bool has_ami() const noexcept override { return true; }
  bool has_ari() const noexcept override { return true; }
  // Of each PBX its own, so that a case is the same whatever ran before it.
  ami::action_id next_action_id() noexcept override { return ++last_id_; }
  std::string const& action_id_prefix() const noexcept override { return prefix_; }

  void send(ami::encoded_action a, milliseconds timeout,
            unique_function<void(result<ami::response>)> done) override {
    if (pbx_.on_request) pbx_.on_request(a.name);
    later([pbx = &pbx_, a = std::move(a), timeout, done = std::move(done)]() mutable {
      pbx->submit(std::move(a), timeout, std::move(done));
    });
  }
  void send(ari::request r, milliseconds timeout,
            unique_function<void(result<ari::response>)> done) override {
    if (pbx_.on_request) pbx_.on_request(fmt::format("{} {}", to_string(r.method), ari::target(r)));
    later([pbx = &pbx_, r = std::move(r), timeout, done = std::move(done)]() mutable {
      pbx->submit(r, timeout, std::move(done));
    });
  }

 private:
  template <class Send>
  void later(Send send) {
    asio::post(pbx_.on_, [alive = alive_, send = std::move(send)]() mutable {
      if (!alive.expired()) send();
    });
  }
  std::string const name_ = "main", prefix_ = "offline-";
  offline_pbx& pbx_;
  std::weak_ptr<int> alive_;
  // Above those of the PBX's own actions.
  ami::action_id last_id_ = ami::action_id{1} << 32;
};

namespace {

sim::machine_options options_of(stage_parts const& with) {
  sim::machine_options o;
  o.seed = with.seed;
  o.began = with.time->wall();
  return o;
}

}  // namespace

offline_pbx::offline_pbx(stage_parts const& with)
    : on_(with.loop),
      time_(with.time),
      machine_(options_of(with)),
      actors_(machine_),
      ami_(machine_, {{"calluna", "offline"}}),
      ari_(machine_),
      agi_(on_, machine_),
      story_(machine_, with.story),
      router_(with.to),
      calls_(with.calls),
      chance_(with.seed) {
  login_.name = "main";
  login_.user = "calluna";
  login_.secret = "offline";
  login_.auth = ami::auth_method::plain;
  agi_.on_call = [this](auto session) {
    if (on_agi_call) on_agi_call(std::move(session));
  };
  machine_.add_endpoint({"PJSIP/trunk", "from-trunk", {}});
  calls_.add(number, {"main",
                      true,
                      [this, ids = ami::action_id{0}](read_back_done done) mutable {
                        auto const ask = [this, &ids](
                                             ami::action const& what, milliseconds timeout,
                                             unique_function<void(result<ami::response>)> then) {
                          submit(*ami::encode(what, ++ids, prefix_), timeout, std::move(then));
                        };
                        read_back(ask, number, time_, logger{}, std::move(done));
                      },
                      {},
                      {}});
}

offline_pbx::~offline_pbx() = default;

std::shared_ptr<bindings::pbx_link> offline_pbx::link() {
  return std::make_shared<link_of_app>(*this);
}

// -- connections

void offline_pbx::connect() {
  if (talk_) return;
  talk_ = std::make_unique<ami_connection>(ami_, login_, prefix_, logger{}, time_->now());
  talk_->server.begin();
  for (auto const& [name, socket] : applications_) open_websocket(name);
  settle();
  read_back_applications();
}

void offline_pbx::drop(std::string const& why) {
  if (!talk_) return;
  auto const gone = std::move(talk_);
  gone->client.close(error_kind::offline, why);
  for (auto& [name, socket] : applications_) ari_.disconnect(std::exchange(socket, 0));
  ari_heard_.clear();
  for (auto& each : gone->client.take_settled())
    answer(milliseconds(0), std::move(each.answer), std::move(each.done));
  calls_.link_down(number, time_->wall());
  tell_link(false);
}

void offline_pbx::subscribe(std::string const& application) {
  if (applications_.emplace(application, 0).second && talk_) open_websocket(application);
}

void offline_pbx::open_websocket(std::string const& application) {
  applications_[application] = ari_.connect(
      {application}, false, [this](std::string const& event) { ari_heard_.push_back(event); });
}

void offline_pbx::tell_link(bool up) {
  auto const text = std::make_shared<std::string const>(
      fmt::format("Event: CallunaLink\r\nState: {}\r\nSynthetic: true\r\n", up ? "up" : "down"));
  ami::message_view const event(*text);
  router_.route(number, ami::event_batch{text, {&event, 1}});
}

/// After a gap: ends the channels that are not there any more.
void offline_pbx::read_back_applications() {
  std::vector<std::string> known;
  for (auto const& [name, socket] : applications_)
    for (auto& id : router_.channels_in(number, name)) known.push_back(std::move(id));
  for (auto const& id : known)
    if (machine_.find(id) == nullptr) router_.lost(number, id);
}

// -- what it says

void offline_pbx::settle() {
  if (settling_) return;
  settling_ = true;
  do {
    auto const now = std::chrono::time_point_cast<sim::span>(time_->wall());
    machine_.time().advance_to(now);
  } while (static_cast<int>(hear_ami()) + static_cast<int>(hear_ari()) != 0);
  settling_ = false;
}

bool offline_pbx::hear_ami() {
  if (!talk_) return false;
  auto& t = *talk_;
  if (t.client.has_output()) t.server.take(t.client.take_output());
  if (t.said.empty()) return false;
  auto const bytes = std::make_shared<std::string const>(t.unread + std::exchange(t.said, {}));
  std::vector<ami::message_view> events;
  auto const used = t.client.received(*bytes, events, time_->now());
  auto settled = t.client.take_settled();
  auto const up = t.client.take_went_up();
  if (!used) {
    drop(used.error().message);
    return true;
  }
  t.unread = bytes->substr(*used);
  // Events and answers in the order in which they came, as ami::client gives them.
  std::size_t told = 0;
  auto const tell_until = [&](std::size_t end) {
    if (end <= told) return;
    ami::event_batch const batch{bytes, std::span(events).subspan(told, end - told)};
    told = end;
    router_.route(number, batch);
    calls_.hear(number, batch);
  };
  if (up) {
    tell_until(*up);
    calls_.link_up(number);
    tell_link(true);
  }
  for (auto& each : settled) {
    tell_until(each.events_before);
    each.done(std::move(each.answer));
  }
  tell_until(events.size());
  return true;
}

bool offline_pbx::hear_ari() {
  if (ari_heard_.empty()) return false;
  auto const texts = std::make_shared<std::vector<std::string>>(std::exchange(ari_heard_, {}));
  std::vector<ari::event_view> events;
  for (auto const& text : *texts)
    if (ari::event_view view; ari::scan_event(text, view)) events.push_back(view);
  ari::event_batch const batch{texts, events};
  router_.route(number, batch);
  calls_.hear(number, batch);
  return true;
}

std::optional<clock::time_point> offline_pbx::next_due() {
  auto const at = machine_.time().next();
  if (!at) return {};
  // The wall shows whole microseconds.
  return time_->now() + (*at - time_->wall());
}

// -- who is there

result<json> offline_pbx::office(std::string_view verb, json const& argument) {
  return office_verbs().at(verb).does({machine_, actors_}, argument);
}

void offline_pbx::refresh(channel_record& r) {
  auto const* alive = machine_.alive(r.serial);
  auto const parked = machine_.parked().find(r.serial);
  r.parked = parked == machine_.parked().end() ? "" : std::to_string(parked->second.space);
  r.sounding = alive != nullptr && !alive->playback.empty();
  if (alive == nullptr) {
    r.state = "Down";
    r.stasis.clear(), r.music.clear(), r.app.clear();
    return;
  }
  copy_state(*alive, r);
  for (auto const& [name, value] : alive->variables) r.variables[name] = value;
}

// -- what is asked of it

void offline_pbx::destroy_bridges(std::string const& prefix) {
  std::vector<std::string> ids;
  for (auto const& [serial, b] : machine_.bridges())
    if (b->id.rfind(prefix, 0) == 0) ids.push_back(b->id);
  for (auto const& id : ids)
    submit(*ari::make_request(*ari::find_operation("bridges.destroy"), {{"bridgeId", id}}),
           std::chrono::seconds(5), [](result<ari::response> const&) {});
}

void offline_pbx::submit(ami::encoded_action a, milliseconds timeout,
                         unique_function<void(result<ami::response>)> done) {
  if (!talk_)
    return answer(milliseconds(0),
                  result<ami::response>(fail(error_kind::offline,
                                             a.name + ": not sent: no connection to main", true)),
                  std::move(done));
  auto back = [this, timeout, done = std::move(done)](result<ami::response> with) mutable {
    answer(timeout, std::move(with), std::move(done));
  };
  talk_->client.submit(std::move(a), timeout, std::move(back), time_->now());
  settle();
}

void offline_pbx::submit(ari::request const& r, milliseconds timeout,
                         unique_function<void(result<ari::response>)> done) {
  auto with = talk_ ? ask(r)
                    : result<ari::response>(fail(error_kind::offline, "main: no connection", true));
  // Asterisk tells what a request has caused before or after its answer: either is tried.
  bool const answer_first = (chance_() & 1) != 0;
  if (!answer_first) settle();
  answer(timeout, std::move(with), std::move(done));
  settle();
}

result<ari::response> offline_pbx::ask(ari::request const& r) {
  json message{{"type", "RESTRequest"},
               {"transaction_id", "1"},
               {"request_id", "1"},
               {"method", to_string(r.method)},
               {"uri", ari::target(r)}};
  if (!r.body.empty()) message["message_body"] = r.body;
  auto const application = applications_.empty() ? std::string() : applications_.begin()->first;
  auto const said = json::parse(ari_.handle_message(message.dump(), application));
  return ari::read_answer(said.at("status_code").get<int>(), said.value("reason_phrase", ""),
                          said.value("message_body", ""));
}

/// Never from inside; and when it comes too late, the deadline comes instead.
template <class Answer>
void offline_pbx::answer(milliseconds timeout, result<Answer> with,
                         unique_function<void(result<Answer>)> done) {
  if (slowness <= milliseconds(0) || timeout <= milliseconds(0))
    return asio::post(
        on_, [with = std::move(with), done = std::move(done)]() mutable { done(std::move(with)); });
  if (slowness > timeout) with = fail(error_kind::timeout, "main: no answer within the deadline");
  late_.push_back(std::make_unique<io::alarm>(on_, time_));
  late_.back()->set(
      time_->now() + std::min(slowness, timeout),
      [with = std::move(with), done = std::move(done)]() mutable { done(std::move(with)); });
}

}  // namespace calluna::runtime::testing
