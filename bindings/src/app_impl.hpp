#pragma once
#include "ami_handlers.hpp"
#include "ari_handlers.hpp"
#include "call_table.hpp"
#include "visit_table.hpp"

#include <calluna/bindings/app.hpp>
#include <calluna/bindings/interrupter.hpp>
#include <calluna/io/alarm.hpp>

#include <unordered_map>

namespace calluna::bindings {

/// The inside of an app: the state, its scheduler, its handlers, and where its tasks come from.
class app::impl final : public job_source, public scheduler_listener {
 public:
  impl(app& self, io::executor on, app_options options, app_host& host);
  ~impl() override;

  result<void> load();
  void start(unique_function<void(result<void>)> done);
  void stop(unique_function<void()> done);
  bool has_check();
  void check(unique_function<void(result<void>)> done);
  void retire();
  void kill();

  /// Takes what is in the mailbox and runs tasks until none can go on.
  void work();
  /// The same, soon; any thread.
  void wake();
  /// Runs `call` with the brackets on and under the watchdog's eyes. Everything that runs Lua goes
  /// through here.
  template <class Call>
  void bracketed(Call&& call) {
    if (running.exchange(true, std::memory_order_acq_rel)) return call();  // inside another
    if (breaker) breaker->enter();
    call();
    if (breaker) breaker->leave();
    running.store(false, std::memory_order_release);
    if (breaker && breaker->was_interrupted() && !options.survives_interruption)
      broken({error_kind::timeout,
              "it ran too long without waiting and was interrupted" +
                  (breaker->met_at().empty() ? "" : " at " + breaker->met_at()),
              false,
              {}});
  }

  int push_job(lua_State* lua, task_id& owner) override;
  bool has_job() const noexcept override {
    return next_handler_ < handlers_.size() || next_ami_ < content_.ami.size() ||
           next_ari_ < content_.ari.size() || next_call_ < content_.calls.size() ||
           next_visit_ < content_.visits.size();
  }
  void on_task_error(task_id task, task_id owner, std::string_view text) override;
  void on_task_end(task_id task) override;

  /// An id for a channel, bridge, playback or recording of ours: it names the generation, so that
  /// its events find it.
  std::string new_id(std::string_view kind);
  /// Frees a handler's function, a registry reference; it is not called for the event at hand
  /// either.
  void free_handler(int function);
  pbx_link* find_pbx(std::string_view name) const noexcept;
  std::uint32_t index_of(pbx_link const* link) const noexcept;
  void broken(error why);

  app& self;
  io::executor executor;
  app_options options;
  app_host& host;
  state lua_state;
  lua_State* lua;
  scheduler tasks;
  mailbox box;
  ami_handlers ami;
  ari_handlers ari;
  call_table calls;
  visit_table visits;
  std::vector<http_route> routes;
  std::vector<agi_script> scripts;
  std::vector<std::string> files;
  std::optional<interrupter> breaker;
  std::atomic<bool> running{false};
  bool retired = false;
  bool is_up = false;      // its `start` has returned
  bool has_start = false;  // otherwise the first task is a call
  /// Tasks that hold a call: which channel to send to its fallback if they break.
  struct held_call {
    std::uint32_t pbx;
    std::string channel_id;
    /// How its numbers are read (see default_region); belongs to options.services.
    std::string_view region;
  };
  std::unordered_map<task_id, held_call> call_of_task;

  mutable std::mutex counters_mutex;
  counters published;

 private:
  bool next_event();
  void next_call();
  void next_visit();
  void turn_visits_away();
  int push_handler(lua_State* on, int function, task_id& owner);
  std::string const* pbx_name(std::uint32_t pbx) const noexcept;
  void arm_timer();
  void take_events();
  std::size_t waiting_for_calls() const;
  void collect_if_large();
  void publish_counters();
  result<void> read_description();
  result<void> check_config();

  mailbox::content content_;
  std::size_t next_ami_ = 0;
  std::size_t next_ari_ = 0;
  std::size_t next_call_ = 0;
  std::size_t next_visit_ = 0;
  std::vector<int> handlers_;  // registry references still to be called for the event at hand
  std::size_t next_handler_ = 0;
  enum class source { ami, ari, calls, visits };
  source heard_ = source::ami;
  io::alarm alarm_;
  std::optional<clock::time_point> armed_;
  std::size_t collect_above_;
  std::uint64_t events_ = 0;
  std::uint64_t next_id_ = 0;
  int description_ = LUA_NOREF;  // what init.lua returned
  int config_ = LUA_NOREF;
  bool broken_ = false;
  bool stopped_ = false;
};

}  // namespace calluna::bindings
