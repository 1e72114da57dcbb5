#include "live_pbx.hpp"

#include "../support/ari_view.hpp"
#include "../support/eventually.hpp"
#include "live_office.hpp"
#include "recording/recorder.hpp"

#include <calluna/ari/operation.hpp>
#include <calluna/ari/request.hpp>

#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <fstream>
#include <stdexcept>

namespace calluna::integration {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto answer_bound = 5s;
constexpr auto longest_wait = 20s;

ami::client_options ami_options(asterisk const& server, std::uint16_t port) {
  ami::client_options o;
  o.name = "main";
  o.server.host = server.setting("HOST");
  o.server.port = port;
  o.user = server.setting("AMI_USER");
  o.secret = server.setting("AMI_SECRET");
  return o;
}

ari::client_options ari_options(asterisk const& server, std::uint16_t port) {
  ari::client_options o;
  o.name = "main";
  o.server.host = server.setting("HOST");
  o.server.port = port;
  o.user = server.setting("ARI_USER");
  o.password = server.setting("ARI_SECRET");
  return o;
}

runtime::pbx_config config_of(asterisk const& server, std::uint16_t ami, std::uint16_t http) {
  runtime::pbx_config c;
  c.name = "main";
  c.ami = ami_options(server, ami);
  c.ari = ari_options(server, http);
  return c;
}

void end_what_is_left(asterisk const& server) {
  ari_view ari(server);
  auto const empty = [&] {
    auto const channels = ari.channels();
    for (auto const& id : channels) ari.remove("/channels/" + id);
    for (auto const& id : ari.our_bridges()) ari.remove("/bridges/" + id);
    return channels.empty();
  };
  if (!eventually(empty, 10s)) throw std::runtime_error("channels of an earlier case do not end");
}

/// Tells of each request before it goes its way.
class told_link final : public bindings::pbx_link {
 public:
  told_link(std::shared_ptr<bindings::pbx_link> to, runtime::testing::staged_pbx& of)
      : to_(std::move(to)), of_(of) {}
  std::string const& name() const noexcept override { return to_->name(); }
  bool has_ami() const noexcept override { return true; }
  bool has_ari() const noexcept override { return true; }
  ami::action_id next_action_id() noexcept override { return to_->next_action_id(); }
  std::string const& action_id_prefix() const noexcept override { return to_->action_id_prefix(); }

  void send(ami::encoded_action a, std::chrono::milliseconds timeout,
            unique_function<void(result<ami::response>)> done) override {
    if (of_.on_request) of_.on_request(a.name);
    to_->send(std::move(a), timeout, std::move(done));
  }
  void send(ari::request r, std::chrono::milliseconds timeout,
            unique_function<void(result<ari::response>)> done) override {
    if (of_.on_request) of_.on_request(fmt::format("{} {}", to_string(r.method), ari::target(r)));
    to_->send(std::move(r), timeout, std::move(done));
  }

 private:
  std::shared_ptr<bindings::pbx_link> to_;
  runtime::testing::staged_pbx& of_;
};

}  // namespace

live_pbx::live_pbx(runtime::testing::stage_parts with, asterisk& server)
    : with_(std::move(with)),
      server_(server),
      ami_relay_(server.port("AMI_PORT")),
      http_relay_(server.port("HTTP_PORT")),
      story_(with_.story),
      people_(with_.loop, server.port("TRUNK_PORT"), server.port("SIP_PORT"), story_) {
  end_what_is_left(server);
  agi::server_options agi;
  agi.port = 0;
  agi.allow = {io::network::read("127.0.0.0/8").value()};
  agi_ = agi::server::listen(with_.loop, std::move(agi), logger{},
                             [this](std::shared_ptr<agi::connection> session) {
                               if (on_agi_call) on_agi_call(std::move(session));
                             })
             .value();
  pbx_ = std::make_unique<runtime::pbx>(
      with_.loop, number, config_of(server, ami_relay_.port(), http_relay_.port()), with_.to,
      with_.calls, "calluna-calls", std::make_shared<runtime::recording::recorder>(), logger{});
  watch_ = std::make_unique<ami::client>(with_.loop, ami_options(server, server.port("AMI_PORT")),
                                         logger{}, static_cast<ami::client_listener&>(*this));
  watch_playbacks_ =
      std::make_unique<ari::client>(with_.loop, ari_options(server, server.port("HTTP_PORT")),
                                    logger{}, static_cast<ari::client_listener&>(*this));
  watch_->start();
  // Under a name of its own: Asterisk may not have noticed yet that the last case's has gone.
  static std::atomic<int> cases{0};
  watch_playbacks_->subscribe(fmt::format("calluna-test-{}", ++cases),
                              ari::client::scope::everything);
  pbx_->start();
}

live_pbx::~live_pbx() {
  pbx_->stop();
  watch_->stop();
  watch_playbacks_->stop();
}

// -- connections

std::shared_ptr<bindings::pbx_link> live_pbx::link() {
  return std::make_shared<told_link>(pbx_->link_for(with_.loop), *this);
}

void live_pbx::connect() {
  ami_relay_.restore();
  http_relay_.restore();
}

void live_pbx::drop(std::string const&) {
  ami_relay_.cut();
  http_relay_.cut();
}

void live_pbx::submit(ari::request const& r, std::chrono::milliseconds timeout,
                      unique_function<void(result<ari::response>)> done) {
  pbx_->ari()->submit(r, timeout, std::move(done));
}

void live_pbx::destroy_bridges(std::string const& prefix) {
  submit(*ari::make_request(*ari::find_operation("bridges.list"), json::object()), answer_bound,
         [this, prefix](result<ari::response> const& answer) {
           if (!answer) return;
           for (auto const& bridge : json::parse(answer->body)) {
             auto const id = bridge.at("id").get<std::string>();
             if (id.rfind(prefix, 0) != 0) continue;
             submit(*ari::make_request(*ari::find_operation("bridges.destroy"), {{"bridgeId", id}}),
                    answer_bound, [](result<ari::response> const&) {});
           }
         });
}

// -- what it says

void live_pbx::on_ami_events(ami::event_batch const& batch) {
  for (auto const& e : batch.events) {
    story_.hear(e);
    bool const called = e.get("ChannelStateDesc") == "Down";
    if (e.event() == "Newchannel" && called && e.get("Channel").rfind("PJSIP/", 0) == 0)
      ask_call_id(std::string(e.get("Uniqueid")), std::string(e.get("Channel")), 20);
  }
}

void live_pbx::on_ari_events(std::string_view, ari::event_batch const& batch) {
  for (auto const& e : batch.events) story_.hear(e);
}

/// Which SIP call a channel is by which a phone is called. While it is being made it may not know.
void live_pbx::ask_call_id(std::string const& uniqueid, std::string const& channel, int tries) {
  ami::action ask("Getvar");
  ask.set("Channel", channel).set("Variable", "CHANNEL(pjsip,call-id)");
  watch_->submit(*ami::encode(ask, watch_->next_id(), watch_->id_prefix()), answer_bound,
                 [=, this](result<ami::response> const& answer) {
                   auto const* const r = story_.find(uniqueid);
                   auto const id = answer ? std::string(answer->head->get("Value")) : "";
                   if (r != nullptr && !id.empty()) return people_.match(id, r->serial);
                   if (r == nullptr || r->ended || tries == 0) return;
                   after(10ms, [=, this] { ask_call_id(uniqueid, channel, tries - 1); });
                 });
}

// -- how it is set up

void live_pbx::after(std::chrono::milliseconds span, std::function<void()> act) {
  auto const timer = std::make_shared<boost::asio::steady_timer>(with_.loop, span);
  timer->async_wait([timer, act = std::move(act), alive = std::weak_ptr(alive_)](auto const& code) {
    if (!code && !alive.expired()) act();
  });
}

bool live_pbx::wait(std::function<bool()> const& until, std::chrono::milliseconds most) {
  auto const deadline = std::chrono::steady_clock::now() + most;
  while (!until()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    with_.pass(20ms);
  }
  return true;
}

std::string live_pbx::missing() const {
  if (watch_->state() != ami::client_state::up) return "the test's AMI is not up";
  if (!watching_playbacks_) return "the test's ARI is not up: " + ari_problem_;
  if (!pbx_->ready()) return "the app's connections are not up: " + pbx_->status().dump();
  if (applying_) return "the configuration is being read";
  return {};
}

result<bool> live_pbx::ready() {
  auto why = missing();
  auto const now = std::chrono::steady_clock::now();
  if (why.empty() && !dirty_) {
    ready_at_ = now;
    return true;
  }
  if (failure_.empty() && now - ready_at_ > longest_wait) failure_ = std::move(why);
  if (!failure_.empty()) return fail(error_kind::timeout, "the PBX is not ready: " + failure_);
  if (dirty_ && why.empty()) apply();
  return false;
}

/// True: it was another before.
bool live_pbx::write(std::string const& name, std::string const& text) {
  auto const file = server_.folder() / "pbx" / "etc" / name;
  std::ifstream old(file);
  if (std::string(std::istreambuf_iterator<char>(old), {}) == text) return false;
  std::ofstream(file) << text;
  return true;
}

void live_pbx::apply() {
  dirty_ = false;
  applying_ = true;
  std::vector<std::string> commands;
  if (write("extensions.conf", settings_.extensions_conf())) commands.push_back("dialplan reload");
  if (write("pjsip.conf", settings_.pjsip_conf(server_.port("SIP_PORT"), people_.phones().port())))
    commands.push_back("module reload res_pjsip.so");
  if (write("queues.conf", settings_.queues_conf())) {
    commands.push_back("queue reload all");
    commands.push_back("queue reset stats");
  }
  reload(std::move(commands));
}

void live_pbx::reload(std::vector<std::string> commands) {
  if (commands.empty()) return await_phones(500);
  auto const first = commands.front();
  commands.erase(commands.begin());
  command(first, [=, this] { reload(commands); });
}

/// A phone can be called when the PBX has looked for it, which it does on its own time.
void live_pbx::await_phones(int tries) {
  submit(*ari::make_request(*ari::find_operation("endpoints.list"), json::object()), answer_bound,
         [this, tries](result<ari::response> const& answer) {
           std::map<std::string, std::string> states;
           if (answer)
             for (auto const& one : json::parse(answer->body))
               states[one.at("resource")] = one.value("state", "");
           std::string waits;
           if (states["trunk"] != "online") waits = "trunk is " + states["trunk"];
           for (auto const& [name, phone] : settings_.phones)
             if (states.count(name) == 0 || (states[name] == "online") != phone.online)
               waits += fmt::format(" phone {} is {}", name, states[name]);
           if (waits.empty())
             applying_ = false;
           else if (tries == 0)
             failure_ = "after a reload: " + waits;
           else
             after(10ms, [this, tries] { await_phones(tries - 1); });
         });
}

void live_pbx::command(std::string const& text, std::function<void()> then) {
  ami::action a("Command");
  a.set("Command", text);
  watch_->submit(*ami::encode(a, watch_->next_id(), watch_->id_prefix()), 10s,
                 [this, text, then = std::move(then)](result<ami::response> const& answer) {
                   if (answer) return then();
                   failure_ = text + ": " + answer.error().message;
                 });
}

result<json> live_pbx::office(std::string_view verb, json const& argument) {
  if (slowness.count() != 0) return fail(error_kind::invalid, "pbx:slow: a real PBX is not slowed");
  return live_office_verbs().at(verb)(*this, argument);
}

}  // namespace calluna::integration
