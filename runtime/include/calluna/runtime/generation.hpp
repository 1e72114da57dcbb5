#pragma once
#include <calluna/bindings/app.hpp>
#include <calluna/runtime/agi_door.hpp>
#include <calluna/runtime/config.hpp>
#include <calluna/runtime/http_door.hpp>
#include <calluna/runtime/pbx.hpp>
#include <calluna/runtime/router.hpp>
#include <calluna/runtime/switchboard.hpp>
#include <calluna/runtime/threads.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace calluna::runtime {

/// What a generation tells the supervisor; on the IO thread.
class generation_listener {
 public:
  virtual ~generation_listener() = default;
  virtual void on_generation_broken(generation_id id, error const& why) = 0;
  virtual void on_call_broken(generation_id id, std::uint32_t pbx,
                              std::string const& channel_id) = 0;
};

/// One generation of one app: its thread, its Lua app, what it wants. All members on the IO thread.
class generation : public event_receiver,
                   public call_receiver,
                   public http_receiver,
                   public agi_receiver,
                   public bindings::app_host,
                   public std::enable_shared_from_this<generation> {
 public:
  generation(io::executor io, generation_id id, app_config settings, std::string id_prefix,
             std::vector<std::shared_ptr<pbx>> pbxs, bindings::app_services const& shared,
             logger log, router& events, switchboard& calls, generation_listener& listener);
  ~generation() override;

  /// What its app is made with; before `load`.
  bindings::app_options& options() noexcept { return options_; }
  /// Where its app lives; until it is killed.
  io::executor loop() const { return thread_->executor(); }

  /// Loads and starts the app on its thread; then `done`. Nothing is served before `activate`.
  void load(unique_function<void(result<void>)> done);
  /// From now on it takes new calls and events.
  void activate();
  /// A newer one does.
  void retire();
  /// Asks the app's own `check`; see bindings::app. `done` is dropped if the generation ends first.
  void check(unique_function<void(result<void>)> done);
  /// stop(), then the end of its thread; then `done`. After `deadline` it is abandoned.
  void close(std::chrono::milliseconds deadline, unique_function<void()> done);
  /// The end without another line of Lua; `done` once its thread has ended and nothing comes from
  /// there any more. A thread that is stuck, or does not come back in five seconds, is abandoned.
  void kill(bool stuck, unique_function<void()> done);

  generation_id id() const noexcept { return id_; }
  app_config const& settings() const noexcept { return settings_; }
  /// Stasis application -> the fallback of its calls, "context,extension,priority".
  std::map<std::string, std::string> const& served() const noexcept { return served_; }
  /// The requests it answers, by the HTTP server.
  std::vector<bindings::http_route> const& routes() const noexcept { return routes_; }
  /// The calls of FastAGI it takes.
  std::vector<bindings::agi_script> const& scripts() const noexcept { return scripts_; }
  std::vector<std::string> const& files() const noexcept { return files_; }
  bindings::app::counters count() const;
  /// How much of a processor its thread has used.
  std::chrono::nanoseconds used() const;

  /// Somebody who came by its handler of that number; refused if it has ended.
  void receive(std::uint32_t handler, bindings::visit const& what);

  /// The watchdog's look: how long the Lua code now running has been running.
  std::chrono::milliseconds running_for(std::chrono::steady_clock::time_point now);
  void interrupt();
  /// It replaces nobody: what happens to calls while it loads, it hears once it is active.
  bool first = false;
  /// A warning for this run has been given; cleared when it comes back.
  bool warned = false;
  std::chrono::steady_clock::time_point retired_at{};
  /// When its calls were sent to their fallback, at the end of its time.
  std::chrono::steady_clock::time_point abandoned_at{};

  void on_request(std::uint32_t handler,
                  std::shared_ptr<bindings::http_exchange> exchange) override;
  void on_agi_call(std::uint32_t handler, std::shared_ptr<agi::connection> session) override;
  bool on_events(std::uint32_t pbx, std::shared_ptr<void const> const& owner,
                 std::vector<ami::message_view> const& events) override;
  bool on_events(std::uint32_t pbx, std::shared_ptr<void const> const& owner,
                 std::vector<ari::event_view> const& events) override;
  bool on_call_news(std::shared_ptr<calls::call_news const> const& news) override;
  void on_live_calls(std::vector<std::shared_ptr<calls::call const>> const& all) override;

 private:
  // From the app's thread:
  void on_ami_wanted(bindings::app& from, std::vector<std::string> const& patterns) override;
  void on_ari_served(bindings::app& from, std::string const& name,
                     std::string const& fallback) override;
  void on_app_broken(bindings::app& from, error const& why) override;
  void on_call_broken(bindings::app& from, std::uint32_t pbx,
                      std::string const& channel_id) override;
  void on_calls_wanted(bindings::app& from) override;
  void on_click(bindings::app& from, std::uint32_t pbx, std::string const& id,
                std::string const& to, std::vector<std::string> const& channels) override;
  void on_http_routes(bindings::app& from,
                      std::vector<bindings::http_route> const& routes) override;
  void on_agi_scripts(bindings::app& from,
                      std::vector<bindings::agi_script> const& scripts) override;

  void start(std::shared_ptr<bindings::app> const& app, unique_function<void(result<void>)> finish);
  /// An app counts only the PBXs it sees.
  std::optional<std::uint32_t> number_in_app(std::uint32_t pbx) const noexcept;
  bindings::app_options app_options_for(std::string id_prefix,
                                        bindings::app_services const& shared) const;
  template <class Call>
  void on_io(Call call);

  io::executor io_;
  generation_id id_;
  app_config settings_;
  logger log_;
  router& router_;
  switchboard& switchboard_;
  generation_listener& listener_;
  std::vector<std::shared_ptr<pbx>> pbxs_;
  std::unique_ptr<loop_thread> thread_;
  bindings::app_options options_;
  std::shared_ptr<bindings::app> app_;
  std::shared_ptr<bindings::app> own_app_;  // the same, for the app's thread
  bool active_ = false;
  bool retired_ = false;
  static constexpr std::size_t most_held = 10'000;
  std::vector<std::shared_ptr<calls::call_news const>> held_;
  bool wants_calls_ = false, loaded_ = false;  // on the app's thread
  std::vector<std::string> patterns_;
  std::map<std::string, std::string> served_;
  std::vector<bindings::http_route> routes_;
  std::vector<bindings::agi_script> scripts_;
  std::vector<std::string> files_;
  std::uint64_t seen_progress_ = 0;
  std::chrono::steady_clock::time_point seen_at_{};
};

}  // namespace calluna::runtime
