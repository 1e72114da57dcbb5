#pragma once
#include <calluna/io/backoff.hpp>
#include <calluna/runtime/generation.hpp>
#include <calluna/runtime/http_door.hpp>

#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json_fwd.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace calluna::runtime {

/// Keeps every app served by its newest good generation. On the IO thread.
///
/// A changed script is loaded as a new generation beside the running one; only when its `start` has
/// returned does it take new calls. The older one keeps the calls it has, and is closed after the
/// last of them. A failure leaves the older one as it was. A generation that breaks (memory, a
/// loop) is replaced, its calls go to their fallback.
class supervisor : private generation_listener {
 public:
  /// `shared`: what every app gets; `own`: apps of the runtime itself, beside the configured ones.
  supervisor(io::executor io, config const& settings, logger log,
             bindings::app_services shared = {}, std::vector<app_config> const& own = {});
  ~supervisor() override;

  /// Connects the PBXs and loads every app; `done` when each has loaded or failed.
  void start(unique_function<void()> done);
  /// Loads the app anew, or all for ""; `done` with what went wrong, if anything.
  void reload(std::string const& name, unique_function<void(result<void>)> done);
  /// No new calls; `done` when the live ones have ended, or after `deadline`, when the rest is sent
  /// to its fallback.
  void stop(std::chrono::milliseconds deadline, unique_function<void()> done);

  /// A generation of no app, with the services and PBXs that apps have, for `listener`, which loads
  /// it and ends it before the supervisor's end.
  std::shared_ptr<generation> make_guest(app_config settings, generation_listener& listener);
  /// One that has loaded: from now on it hears the events it wants.
  void admit(std::shared_ptr<generation> const& guest);

  nlohmann::json status() const;
  switchboard& calls() noexcept { return switchboard_; }
  /// What serves each app now.
  std::vector<std::shared_ptr<generation>> serving() const;
  std::vector<std::shared_ptr<pbx>> const& pbxs() const noexcept { return pbxs_; }
  /// What writes down what the PBXs say.
  recording::recorder& tape() noexcept { return *tape_; }
  /// Where requests come from; before `start`, and it must outlive the last `stop`. Null: from
  /// nowhere, and an app that wants some is not loaded.
  http_door* http = nullptr;
  /// Likewise for calls of FastAGI.
  agi_door* agi = nullptr;
  /// Every PBX is logged in and every app is served.
  bool ready() const noexcept;
  /// Called when `ready` may have changed.
  std::function<void()> on_change;
  /// The files of an app that a watcher should look at have changed.
  std::function<void(std::string const& app, std::vector<std::string> const& files)> on_files;

 private:
  struct served_app {
    app_config settings;
    std::vector<std::shared_ptr<pbx>> pbxs;
    std::shared_ptr<generation> current;
    std::shared_ptr<generation> loading;
    std::vector<std::shared_ptr<generation>> draining;
    bool again = false;  // changed while it was loading
    std::vector<unique_function<void(result<void>)>> waiting;
    std::string last_error;
    std::uint64_t reloads = 0, failures = 0, broken = 0;
    io::backoff restart{{std::chrono::milliseconds(200), std::chrono::seconds(30), 0.1}};
    std::unique_ptr<boost::asio::steady_timer> restart_timer;
    std::chrono::steady_clock::time_point last_broken{};
    std::map<std::string, std::string>
        last_served;  // as generation::served, of the last one that was active
    int closing = 0;
  };

  void load(served_app& app);
  void loaded(served_app& app, std::shared_ptr<generation> const& green, result<void> outcome);
  result<void> check_names(served_app const& app, generation const& green) const;
  result<void> check_routes(generation const& green) const;
  result<void> check_scripts(generation const& green) const;
  void open_doors(generation& to);
  void restart_later(served_app& app);
  void activate(served_app& app, std::shared_ptr<generation> const& green);
  void close(served_app& app, std::shared_ptr<generation> blue);
  void kill(generation& g, bool stuck = false);
  void close_drained();
  void unserve_unused();
  void send_to_fallback(std::map<std::string, std::string> const& served,
                        routed_channel const& channel);
  void on_orphan(routed_channel const& channel);
  void abandon_calls(generation const& of);
  void delete_bridges(generation_id of);
  void watch();
  void interrupt_if_stuck(served_app& app, std::shared_ptr<generation> const& g,
                          std::chrono::steady_clock::time_point now, bool& interrupting);
  void check_stopped();
  served_app* app_of(generation_id id, std::shared_ptr<generation>* which = nullptr);

  void on_generation_broken(generation_id id, error const& why) override;
  void on_call_broken(generation_id id, std::uint32_t pbx, std::string const& channel_id) override;

  io::executor io_;
  logger log_;
  bindings::app_services shared_;
  std::string id_prefix_;
  router router_;
  switchboard switchboard_;
  std::shared_ptr<recording::recorder> tape_;
  std::vector<std::shared_ptr<pbx>> pbxs_;
  std::map<std::string, served_app> apps_;
  generation_id last_generation_ = 0;
  /// Generations that were killed and whose threads have not ended yet.
  int killing_ = 0;
  boost::asio::steady_timer watchdog_;
  bool stopping_ = false;
  std::chrono::steady_clock::time_point stop_deadline_{};
  unique_function<void()> stopped_;
  std::uint64_t fallbacks_ = 0;
};

}  // namespace calluna::runtime
