#pragma once
#include "offline_erp.hpp"
#include "offline_servers.hpp"
#include "offline_web.hpp"
#include "staged_pbx.hpp"
#include "timeline.hpp"

#include <calluna/bindings/app.hpp>
#include <calluna/directory/directory.hpp>
#include <calluna/directory/user.hpp>
#include <calluna/runtime/config.hpp>
#include <calluna/runtime/router.hpp>
#include <calluna/runtime/switchboard.hpp>
#include <calluna/sim/machine.hpp>

#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace calluna::runtime::testing {

struct stage_options {
  std::string app_path;
  std::string name = "app";
  std::uint64_t seed = 1;
  /// Told, on the stage's thread, of the app that may run from now on; null: none. For a watchdog.
  std::function<void(bindings::app* app)> on_app = {};
  /// Lua library of its developers instead of the built-in one; see bindings::app_options.
  std::string library_path;
  std::vector<std::string> grants = {};
  /// What the configuration would say of the PBX; with no region it is the US.
  pbx_config settings = {"main", "US", {}, {"PJSIP/trunk"}, {}, {}};
  /// What is on the wall when it begins.
  clock::wall_time began = sim::machine_options{}.began;
  /// Makes the PBX; else it is an offline one.
  std::function<std::unique_ptr<staged_pbx>(stage_parts const&)> make_pbx = {};
};

/// What strikes the app at one of its waits.
enum class fault {
  none,
  restart,  ///< its state is lost; the runtime sends its calls to their fallback and loads it anew
  drop,     ///< the connections to the PBX break, and come back after five seconds
};

/// Where one case plays: a PBX, one app, and a clock that moves when the case says so. It
/// is to the app what supervisor and generation are, for one app on one loop: no thread, no chance
/// but that of the seed. The app begins with the first thing that needs it.
class stage final : public bindings::app_host, public event_receiver, public call_receiver {
 public:
  explicit stage(stage_options options);
  ~stage() override;

  // -- what there is, before or after the app has begun
  void set_config(nlohmann::json config) { config_json_ = config.dump(); }
  result<void> add_partner(directory::partner p);
  result<void> add_user(directory::user u);
  staged_pbx& pbx() noexcept { return *pbx_; }
  timeline& story() noexcept { return *story_; }
  offline_hub& hub() noexcept { return *hub_; }
  offline_erp& business() noexcept { return *erp_; }
  offline_servers& servers() noexcept { return *servers_; }

  /// Begins, if it has not: loads the app and lets its `start` return. Errors: the app's own line.
  result<void> begin();
  /// Lets time pass with all that happens in it. Errors: see `begin`; `invalid`: the app or the
  /// dialplan goes in circles without time passing.
  result<void> advance(std::chrono::nanoseconds span);
  /// The same as far as the next thing that is due, at most `span`. False: there was none.
  /// Where the PBX has a time of its own, that time passes.
  result<bool> step(std::chrono::nanoseconds span);
  /// Since it was made.
  std::chrono::nanoseconds passed() const { return time_->now() - clock::time_point{}; }
  /// Stasis applications the app serves.
  std::vector<std::string> served() const;
  /// WebSockets that the case has; their numbers are from 1.
  std::size_t keep(std::shared_ptr<offline_websocket> made) {
    return websockets_.push_back(std::move(made)), websockets_.size();
  }
  std::vector<std::shared_ptr<offline_websocket>> const& websockets() const noexcept {
    return websockets_;
  }
  result<offline_web::answer> request(std::string const& method, std::string const& target,
                                      bindings::http_headers headers, std::string body,
                                      std::string const& user, std::string const& from);

  /// `what` strikes at the wait number `at` (from 1) that the app begins.
  void arm(fault what, std::uint64_t at);
  /// It strikes now.
  void strike(fault what);
  /// Waits the app has begun.
  std::uint64_t waits() const noexcept { return waits_; }
  /// What the app has asked of its PBX: "POST channels/1.2/answer", "Hangup".
  std::vector<std::string> const& asked() const noexcept { return asked_; }
  /// Where it struck: what the app had asked of the PBX last; empty if it has not.
  std::string const& struck_at() const noexcept { return struck_at_; }

  /// Errors of the app's tasks, and what else nobody has asked for; taken from here.
  std::vector<std::string> take_complaints() { return std::exchange(complaints_, {}); }
  /// The case is over: the app ends as at a stop of the runtime.
  void end();

 private:
  void on_ami_wanted(bindings::app&, std::vector<std::string> const& patterns) override;
  void on_ari_served(bindings::app&, std::string const& name, std::string const& back) override;
  void on_app_broken(bindings::app&, error const& why) override;
  void on_call_broken(bindings::app&, std::uint32_t pbx, std::string const& channel) override;
  void on_calls_wanted(bindings::app&) override;
  void on_click(bindings::app&, std::uint32_t pbx, std::string const& id, std::string const& to,
                std::vector<std::string> const& channels) override;
  void on_http_routes(bindings::app&, std::vector<bindings::http_route> const& r) override {
    routes_ = r;
  }
  void on_agi_scripts(bindings::app&, std::vector<bindings::agi_script> const& s) override {
    scripts_ = s;
  }
  bool on_events(std::uint32_t pbx, std::shared_ptr<void const> const& owner,
                 std::vector<ami::message_view> const& events) override;
  bool on_events(std::uint32_t pbx, std::shared_ptr<void const> const& owner,
                 std::vector<ari::event_view> const& events) override;
  bool on_call_news(std::shared_ptr<calls::call_news const> const& news) override;
  void on_live_calls(std::vector<std::shared_ptr<calls::call const>> const& all) override;

  bindings::app_options app_options_now();
  void load();
  void started(result<void> outcome);
  void activate();
  void on_agi_call(std::shared_ptr<agi::connection> session);
  void to_fallback(routed_channel const& channel);
  void set_app(std::shared_ptr<bindings::app> app);
  void lose_app();
  void run_ready();
  result<void> await_pbx();
  void keep_time();
  result<bool> step_with_world(std::chrono::nanoseconds span);
  void count_waits();
  std::optional<clock::time_point> next_due();

  stage_options options_;
  boost::asio::io_context loop_{1};  // before all that may wait on it
  std::shared_ptr<manual_clock> time_;
  config settings_;
  bindings::app_services services_;
  std::vector<directory::user> users_;
  std::string config_json_ = "{}";
  logger log_;
  std::unique_ptr<router> router_;
  std::unique_ptr<switchboard> calls_;
  std::unique_ptr<staged_pbx> pbx_;
  std::shared_ptr<timeline> story_;
  std::shared_ptr<offline_hub> hub_;
  std::shared_ptr<offline_erp> erp_;
  std::shared_ptr<offline_servers> servers_;
  offline_web web_{loop_.get_executor()};
  std::vector<std::shared_ptr<offline_websocket>> websockets_;

  std::shared_ptr<bindings::app> app_;
  generation_id generation_ = 0;
  bool begun_ = false, active_ = false, wants_calls_ = false, loaded_ = false;
  std::optional<result<void>> start_outcome_;
  std::vector<std::string> patterns_;
  std::map<std::string, std::string> served_;
  std::vector<bindings::http_route> routes_;
  std::vector<bindings::agi_script> scripts_;
  std::vector<std::shared_ptr<calls::call_news const>> held_;

  fault armed_ = fault::none;
  std::uint64_t strike_at_ = 0;
  std::uint64_t waits_ = 0, waits_of_earlier_ = 0;
  std::string last_request_, struck_at_;
  std::vector<std::string> asked_;
  std::vector<std::string> complaints_;
  std::vector<std::unique_ptr<io::alarm>> later_;
  int turns_ = 0;  // in which no time has passed
  clock::time_point world_began_ = std::chrono::steady_clock::now();
};

}  // namespace calluna::runtime::testing
