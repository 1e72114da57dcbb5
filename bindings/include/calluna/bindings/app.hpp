#pragma once
#include <calluna/bindings/agi_script.hpp>
#include <calluna/bindings/mailbox.hpp>
#include <calluna/bindings/module.hpp>
#include <calluna/bindings/pbx_link.hpp>
#include <calluna/bindings/scheduler.hpp>
#include <calluna/bindings/state.hpp>
#include <calluna/bindings/visit.hpp>
#include <calluna/clock.hpp>
#include <calluna/io/executor.hpp>
#include <calluna/log.hpp>
#include <calluna/result.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace calluna::numbers {
class region_rules;
}
namespace calluna::directory {
class directory;
class user_registry;
}  // namespace calluna::directory
namespace calluna::erp {
class system;
}
namespace calluna::http {
class sender;
}

namespace calluna::bindings {

class click_memory;

/// What all apps of a process share: who is calling, and the business system behind. Each may be
/// null (or empty): its Lua module then knows nobody, and says so where that is a mistake.
struct app_services {
  /// The country of numbers without a country code, by PBX and trunk.
  std::shared_ptr<numbers::region_rules const> regions;
  std::shared_ptr<directory::directory> partners;
  std::shared_ptr<directory::user_registry> users;
  /// Business systems by their name in the configuration.
  std::map<std::string, std::shared_ptr<erp::system>> erps;
  /// For requests to other servers.
  std::shared_ptr<http::sender> http;
  /// What is pushed to clients of the HTTP server; null: there is no server.
  std::shared_ptr<push_hub> push;
  /// What became of clicks to call; null: each generation remembers its own only.
  std::shared_ptr<click_memory> clicks;
};

/// What is said to whoever would change something and may not (kind `refused`).
inline constexpr char read_only_message[] = "read-only console; --write allows it";

struct app_options {
  std::string name = "app";
  /// The app's folder (with init.lua), or one .lua file, or "calluna:<name>": that module of the
  /// built-in library.
  std::string path;
  /// Unique among all generations of all apps of the process: part of the ids this one chooses.
  std::uint32_t generation = 1;
  /// Part of every id chosen by this process, so that two programs on one PBX do not meet.
  std::string id_prefix = "calluna";
  memory_limits memory;
  /// What the sandbox lets through: "os.execute", "io.popen", "ffi", "debug", "loadlib", ...
  std::set<std::string> grants;
  /// The app's own settings as JSON text; validated by its schema.
  std::string config_json = "{}";
  /// Where its calls go if it breaks, "context,extension,priority"; "" lets them continue in the
  /// dialplan.
  std::string fallback;
  std::vector<std::shared_ptr<pbx_link>> pbxs;
  app_services services;
  logger log;
  std::shared_ptr<clock const> time = std::make_shared<real_clock>();
  /// What math.random begins with; nothing: LuaJIT's own.
  std::optional<std::uint32_t> random_seed = {};
  /// Lua code that runs too long can be broken off: `create` is then called on the thread the app
  /// lives on.
  bool interruptible = false;
  /// Code that was broken off ends only the task it ran in; else it breaks the app.
  bool survives_interruption = false;
  /// It serves nobody: Stasis applications, routes and AGI scripts are refused.
  bool serves_nobody = false;
  /// Its files and what is pushed to clients cannot be changed either; links and services that
  /// change nothing are for the embedding program to give.
  bool read_only = false;
  /// A folder whose *.lua replaces the built-in library (for its developers); empty: built in.
  std::string library_path;
  /// Modules of the embedding program, by name.
  std::vector<native_module> modules;
};

class app;

/// What an app tells its surroundings; on the app's thread, from inside its calls.
class app_host {
 public:
  virtual ~app_host() = default;
  /// The AMI event names (or "Queue*", or "*") it wants from now on; each call replaces the last.
  virtual void on_ami_wanted(app& from, std::vector<std::string> const& patterns) = 0;
  /// It serves the Stasis application `name`; calls that break go to `fallback` as in app_options.
  virtual void on_ari_served(app& from, std::string const& name, std::string const& fallback) = 0;
  /// It cannot go on: memory exhausted, interrupted, overrun. To be replaced. Told once.
  virtual void on_app_broken(app& from, error const& why) = 0;
  /// A task of the call on channel `id` of PBX number `pbx` ended with an error: send it to its
  /// fallback.
  virtual void on_call_broken(app& from, std::uint32_t pbx, std::string const& channel_id) = 0;
  /// It wants to know all calls, or to be told all of them again: `deliver` them, and news of them
  /// from then on. Who does not has apps that know no calls.
  virtual void on_calls_wanted(app&) {}
  /// These channels, which are about to be made, will be one call to the number `to`. Told before
  /// any request that follows leaves.
  virtual void on_click(app&, std::uint32_t /*pbx*/, std::string const& /*id*/,
                        std::string const& /*to*/, std::vector<std::string> const& /*channels*/) {}
  /// It answers these requests; each call replaces the last. Told until its `start` has returned.
  virtual void on_http_routes(app&, std::vector<http_route> const&) {}
  /// It takes these calls of FastAGI; each call replaces the last. Told until its `start` has
  /// returned.
  virtual void on_agi_scripts(app&, std::vector<agi_script> const&) {}
};

/// One generation of one app: a Lua state, its tasks, its handlers.
///
/// Constructed, called and destroyed on `on`'s single thread; `deliver` and the counters from any.
class app : public std::enable_shared_from_this<app> {
 public:
  static std::shared_ptr<app> create(io::executor on, app_options options, app_host& host);
  ~app();

  /// Compiles init.lua, runs its top level, checks the configuration. On failure: the one line that
  /// says what and where.
  result<void> load();
  /// Calls the app's `start(config)`, as a task; `done` when it returned (or failed).
  void start(unique_function<void(result<void>)> done);
  /// Whether it returned a function `check`; after `load`.
  bool has_check();
  /// Calls that as a task: whether all that the app needs is there. `done` with nothing if it is,
  /// else with a line for each thing that is wrong in the error's message. Dropped if the app ends
  /// meanwhile.
  void check(unique_function<void(result<void>)> done);
  /// A newer generation takes the new calls: handlers of events in general fall silent, waits and
  /// calls go on.
  void retire();
  /// Calls the app's `stop()`, then ends every task. `done` when nothing of it runs any more.
  void stop(unique_function<void()> done);
  /// Drops everything at once, without running any more Lua. The state is freed when the last
  /// reference goes.
  void kill();

  /// Any thread: events for this app. Order is kept per source. True: it is more than half way to
  /// the bound beyond which events are dropped; whoever can should hold back for a moment.
  bool deliver(std::uint32_t pbx, std::shared_ptr<void const> const& owner,
               std::vector<ami::message_view> const& events);
  bool deliver(std::uint32_t pbx, std::shared_ptr<void const> const& owner,
               std::vector<ari::event_view> const& events);

  /// Any thread: news of a call at the app's PBX number `pbx`, and all calls there are. `told`: its
  /// handlers hear of it too. In order with the AMI events of before.
  bool deliver(std::uint32_t pbx, std::shared_ptr<calls::call_news const> news, bool told);
  void deliver(std::shared_ptr<live_calls const> all);

  /// Any thread: somebody who came by the handler of that number. Beyond the bound, and when the
  /// app has broken or ended, it is refused at once and counted; false then.
  bool deliver(std::uint32_t handler, visit const& what);

  /// Any thread: looks soon at what is due (for owners of a clock that is moved by hand).
  void wake();

  app_options const& options() const noexcept;
  /// The files that make it up: what a watcher looks at. After `load`.
  std::vector<std::string> const& files() const noexcept;
  /// For the watchdog; any thread: see scheduler.
  std::uint64_t progress() const noexcept;
  bool running() const noexcept;
  lua_State* lua() const noexcept;
  /// One push at Lua code that does not come back (see interrupter); any thread. Needs
  /// `interruptible`.
  void interrupt() noexcept;

  struct counters {
    std::uint64_t tasks = 0, task_errors = 0, events = 0, dropped = 0;
    std::size_t waiting = 0, memory = 0;
    /// Of those that wait, once the app is retired: those of calls that go on.
    std::size_t call_tasks = 0;
    /// Visits that wait or have a task; and those that were refused.
    std::size_t visits = 0;
    std::uint64_t visits_refused = 0;
    /// Waits its tasks have begun.
    std::uint64_t waits = 0;
  };
  /// Any thread; as of the last time it came to rest.
  counters count() const noexcept;

  /// For modules; on the app's thread.
  class impl;
  impl& inside() noexcept { return *impl_; }
  static app& of(lua_State* lua) noexcept;

 private:
  app() = default;
  std::unique_ptr<impl> impl_;
};

}  // namespace calluna::bindings
