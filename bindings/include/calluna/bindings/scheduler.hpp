#pragma once
#include <calluna/clock.hpp>
#include <calluna/error.hpp>
#include <calluna/unique_function.hpp>

#include <lua.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace calluna::bindings {

/// Names one wait of one task; never reused. Fits a Lua number. 0 names none.
using ticket = std::uint64_t;
/// Names one task; never reused. 0 names none.
using task_id = std::uint64_t;

/// Where a scheduler takes new tasks from when those at hand are done (an app's events).
class job_source {
 public:
  virtual ~job_source() = default;
  /// Pushes a function and its arguments on `lua` and returns how many values that is; 0: nothing
  /// to do. `owner` may be set to the task that the new one belongs to.
  virtual int push_job(lua_State* lua, task_id& owner) = 0;
  /// Whether `push_job` may have something. Cheap: asked before each worker is looked for.
  virtual bool has_job() const noexcept = 0;
};

/// What a scheduler tells. On its thread.
class scheduler_listener {
 public:
  virtual ~scheduler_listener() = default;
  /// A task ended with an error; `text` has file:line and the traceback.
  virtual void on_task_error(task_id task, task_id owner, std::string_view text) = 0;
  /// A task has ended, with or without an error.
  virtual void on_task_end(task_id task) = 0;
};

/// The value a waiting coroutine yields; the sandbox's coroutine library passes it outwards.
void* wait_mark_address() noexcept;

/// Runs Lua functions as tasks: each may wait, none blocks another.
///
/// A task is a job on a pooled coroutine (a *worker*). Workers take job after job; a worker whose
/// job waits keeps it, and another takes over. So a handler that never waits costs a function call,
/// not a coroutine. A wait is a ticket: whoever holds it may answer once; answers that come too
/// late find nobody.
///
/// One thread; `progress` may be read from others (the watchdog does).
class scheduler {
 public:
  scheduler(lua_State* lua, clock const& time, job_source& source, scheduler_listener& listener);
  ~scheduler();
  scheduler(scheduler const&) = delete;
  scheduler& operator=(scheduler const&) = delete;

  /// Queues the function and its `arguments` values on top of `from`'s stack (popped) as a task of
  /// `owner`.
  void spawn(lua_State* from, int arguments, task_id owner);
  /// Runs until no task can go on. Reentrant calls do nothing.
  void run();
  /// The earliest deadline among the waits; nothing if none has one.
  std::optional<clock::time_point> next_deadline();
  /// Ends the waits whose deadline has passed (with nil, timeout) and fires timers. Then call
  /// `run`.
  void expire();
  /// No task is running or ready; waits may be pending.
  bool idle() const noexcept { return ready_.empty() && queued_.empty(); }

  /// Inside a task. The task now running; 0 outside.
  task_id current() const noexcept;
  task_id current_owner() const noexcept;

  /// A number to own tasks by, of what is no task itself.
  task_id new_owner() noexcept { return ++next_task_; }
  /// How many tasks wait whose owner `is_one`.
  template <class Owner>
  std::size_t waiting_of(Owner&& is_one) const {
    return static_cast<std::size_t>(std::count_if(workers_.begin(), workers_.end(), [&](auto& w) {
      return w.suspended && w.owner != 0 && is_one(w.owner);
    }));
  }

  /// Names the wait that the running task is about to begin. 0 outside of a task.
  ticket prepare_wait() noexcept;
  /// Suspends the running task on the ticket prepared last; returns what the caller (a C function)
  /// must return. `timeout` in seconds, <= 0: at once; nothing: endless.
  int wait(lua_State* lua, std::optional<double> timeout);
  /// Answers a wait with the values that `push` pushes (it returns their number). False: nobody
  /// waits any more.
  bool answer(ticket t, unique_function<int(lua_State*)> push);
  /// The same with the top `values` of `from` (popped in any case).
  bool answer(ticket t, lua_State* from, int values);

  /// Ends the wait of `id`, and those of all tasks it owns, with `nil, err`; later idle waits of
  /// theirs fail at once. After `grace_waits` more waits an error is raised there, so that no task
  /// outlives what it belongs to.
  void doom(task_id id, error const& why);
  /// The error a doomed task gets from an idle wait; nothing if the running task is not doomed.
  /// Counts down.
  error const* doom_of_current(lua_State* lua);
  static constexpr int grace_waits = 100;

  /// Calls `fire` at `when`, on `expire`.
  std::uint64_t add_timer(clock::time_point when, unique_function<void()> fire);
  void cancel_timer(std::uint64_t id);

  /// Dooms every task; used at the end of a generation.
  void doom_all(error const& why);

  struct counters {
    std::uint64_t tasks = 0, errors = 0, stale_answers = 0;
    /// Waits that were begun.
    std::uint64_t waits = 0;
    std::size_t waiting = 0;
  };
  counters count() const noexcept { return count_; }

  /// Changes with every step of Lua code that began; any thread.
  std::uint64_t progress() const noexcept { return progress_.load(std::memory_order_relaxed); }
  clock const& time() const noexcept { return time_; }

 private:
  struct worker {
    lua_State* lua = nullptr;
    int anchor = LUA_NOREF;
    task_id task = 0;
    task_id owner = 0;
    ticket waiting_for = 0;
    std::unique_ptr<error> doom;
    std::int16_t waits_left = 0;
    bool suspended = false;
  };
  struct ready_worker {
    std::uint32_t index;
    int values;
  };
  struct queued_job {
    int anchor;  // registry reference of a table {function, arguments...}
    int count;
    task_id owner;
  };
  struct deadline {
    clock::time_point when;
    ticket waiting;
    std::uint64_t timer;
    bool operator>(deadline const& other) const noexcept { return when > other.when; }
  };
  static int take_job(lua_State* lua);
  static int report_error(lua_State* lua);
  static constexpr std::uint32_t index_bits = 20;
  static constexpr std::size_t idle_workers_kept = 64;

  worker* holder_of(ticket t) noexcept;
  std::uint32_t idle_worker();
  void release(std::uint32_t index);
  void discard(std::uint32_t index);
  void resume(std::uint32_t index, int values);
  void failed(std::uint32_t index, int status);
  void end_task(worker& w);
  void set_suspended(worker& w, bool suspended) noexcept;
  void tell_error(std::uint32_t index, std::string_view text);
  void push_deadline(deadline d);
  bool stale(deadline const& d) noexcept;
  bool being_prepared(ticket t) const noexcept;
  void drop_stale_deadlines();
  void doom_worker(std::uint32_t index, error const& why);

  lua_State* lua_;
  clock const& time_;
  job_source& source_;
  scheduler_listener& listener_;
  int worker_main_ = LUA_NOREF;
  std::vector<worker> workers_;
  std::vector<std::uint32_t> idle_;         // workers that wait for a job
  std::vector<std::uint32_t> empty_slots_;  // places in workers_ without a coroutine
  std::deque<ready_worker> ready_;
  std::deque<queued_job> queued_;
  std::vector<deadline> deadlines_;  // a min-heap
  std::unordered_map<std::uint64_t, unique_function<void()>> timers_;
  std::size_t sweep_at_ = 1024;
  std::uint32_t current_ = none;
  bool in_run_ = false;
  std::uint64_t serial_ = 0;
  std::uint64_t next_task_ = 0;
  std::uint64_t next_timer_ = 0;
  counters count_;
  std::atomic<std::uint64_t> progress_{0};
  static constexpr std::uint32_t none = 0xffffffff;
};

}  // namespace calluna::bindings
