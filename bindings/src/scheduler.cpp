#include "environment.hpp"

#include <calluna/bindings/error.hpp>
#include <calluna/bindings/scheduler.hpp>

#include <algorithm>
#include <functional>

namespace calluna::bindings {
namespace {

// What a worker yields, so that the scheduler can tell its own waits from an app's stray yields.
// The coroutine library of the sandbox passes `wait_mark` through an app's own coroutines.
char wait_mark;
char idle_mark;

// The life of a worker: job after job. `take` returns a function and its arguments, or nothing. All
// workers run the one function that this returns: a parked one is little more than its coroutine.
constexpr char worker_main[] = R"lua(
local take, yield, xpcall, traceback, failed, idle = ...
local function run(job, ...)
  if job == nil then return yield(idle) end
  local ok, message = xpcall(job, traceback, ...)
  if not ok then failed(message) end
end
return function()
  while true do run(take()) end
end
)lua";

}  // namespace

void* wait_mark_address() noexcept {
  return &wait_mark;
}

scheduler::scheduler(lua_State* lua, clock const& time, job_source& source,
                     scheduler_listener& listener)
    : lua_(lua), time_(time), source_(source), listener_(listener) {
  if (luaL_loadbuffer(lua, worker_main, sizeof worker_main - 1, "=calluna.worker") != 0)
    lua_error(lua);
  lua_pushlightuserdata(lua, this);
  lua_pushcclosure(lua, &scheduler::take_job, 1);
  lua_getfield(lua, LUA_REGISTRYINDEX, "calluna.yield");
  lua_getfield(lua, LUA_REGISTRYINDEX, "calluna.xpcall");
  push_traceback(lua);
  lua_pushlightuserdata(lua, this);
  lua_pushcclosure(lua, &scheduler::report_error, 1);
  lua_pushlightuserdata(lua, &idle_mark);
  lua_call(lua, 6, 1);
  worker_main_ = luaL_ref(lua, LUA_REGISTRYINDEX);
}

scheduler::~scheduler() = default;

task_id scheduler::current() const noexcept {
  return current_ == none ? 0 : workers_[current_].task;
}

task_id scheduler::current_owner() const noexcept {
  return current_ == none ? 0 : workers_[current_].owner;
}

void scheduler::spawn(lua_State* from, int arguments, task_id owner) {
  lua_createtable(from, arguments + 1, 0);
  lua_insert(from, -(arguments + 2));
  for (int i = arguments + 1; i >= 1; --i) lua_rawseti(from, -(i + 1), i);
  queued_.push_back({luaL_ref(from, LUA_REGISTRYINDEX), arguments + 1, owner});
}

void scheduler::run() {
  if (in_run_) return;
  in_run_ = true;
  while (!ready_.empty() || !queued_.empty() || source_.has_job()) {
    if (ready_.empty()) {
      resume(idle_worker(), 0);
      continue;
    }
    auto const next = ready_.front();
    ready_.pop_front();
    resume(next.index, next.values);
  }
  in_run_ = false;
}

std::uint32_t scheduler::idle_worker() {
  if (!idle_.empty()) {
    auto const index = idle_.back();
    idle_.pop_back();
    return index;
  }
  std::uint32_t index;
  if (!empty_slots_.empty()) {
    index = empty_slots_.back();
    empty_slots_.pop_back();
  } else {
    index = static_cast<std::uint32_t>(workers_.size());
    workers_.emplace_back();
  }
  auto& w = workers_[index];
  w.lua = lua_newthread(lua_);
  w.anchor = luaL_ref(lua_, LUA_REGISTRYINDEX);
  lua_rawgeti(w.lua, LUA_REGISTRYINDEX, worker_main_);
  return index;
}

void scheduler::resume(std::uint32_t index, int values) {
  auto* co = workers_[index].lua;
  set_suspended(workers_[index], false);
  current_ = index;
  progress_.fetch_add(1, std::memory_order_relaxed);
  int const status = lua_resume(co, values);
  current_ = none;
  auto& w = workers_[index];  // the vector may have moved meanwhile
  if (status != LUA_YIELD) return failed(index, status);
  void const* const mark = lua_gettop(co) == 1 ? lua_touserdata(co, 1) : nullptr;
  lua_settop(co, 0);
  if (mark == &wait_mark) {
    set_suspended(w, true);
  } else if (mark == &idle_mark) {
    release(index);
  } else {
    tell_error(index, "coroutine.yield was called by a task outside of any coroutine of its own");
    discard(index);
  }
}

void scheduler::failed(std::uint32_t index, int status) {
  auto* co = workers_[index].lua;
  char const* const text = status == LUA_ERRMEM ? "not enough memory" : lua_tostring(co, -1);
  tell_error(index, text != nullptr ? text : "an error without a message");
  discard(index);
}

void scheduler::tell_error(std::uint32_t index, std::string_view text) {
  ++count_.errors;
  listener_.on_task_error(workers_[index].task, workers_[index].owner, text);
}

void scheduler::release(std::uint32_t index) {
  end_task(workers_[index]);
  if (idle_.size() < idle_workers_kept)
    idle_.push_back(index);
  else
    discard(index);
}

void scheduler::discard(std::uint32_t index) {
  auto& w = workers_[index];
  end_task(w);
  luaL_unref(lua_, LUA_REGISTRYINDEX, w.anchor);
  w = worker{};
  empty_slots_.push_back(index);
}

void scheduler::set_suspended(worker& w, bool suspended) noexcept {
  if (w.suspended != suspended) suspended ? ++count_.waiting : --count_.waiting;
  w.suspended = suspended;
}

void scheduler::end_task(worker& w) {
  if (w.task == 0) return;
  auto const ended = w.task;
  w.task = w.owner = 0;
  w.waiting_for = 0;
  set_suspended(w, false);
  w.doom.reset();
  listener_.on_task_end(ended);
}

int scheduler::take_job(lua_State* lua) {
  auto& self = *static_cast<scheduler*>(lua_touserdata(lua, lua_upvalueindex(1)));
  self.end_task(self.workers_[self.current_]);
  if (!self.ready_.empty()) return 0;
  task_id owner = 0;
  int values = 0;
  if (!self.queued_.empty()) {
    auto const job = self.queued_.front();
    self.queued_.pop_front();
    owner = job.owner;
    luaL_checkstack(lua, job.count + 1, "too many arguments");
    lua_rawgeti(lua, LUA_REGISTRYINDEX, job.anchor);
    luaL_unref(lua, LUA_REGISTRYINDEX, job.anchor);
    for (values = 0; values < job.count;) lua_rawgeti(lua, 1, ++values);
  } else {
    values = self.source_.push_job(lua, owner);
  }
  if (values == 0) return 0;
  auto& w = self.workers_[self.current_];
  w.task = ++self.next_task_;
  w.owner = owner;
  ++self.count_.tasks;
  self.progress_.fetch_add(1, std::memory_order_relaxed);
  return values;
}

int scheduler::report_error(lua_State* lua) {
  auto& self = *static_cast<scheduler*>(lua_touserdata(lua, lua_upvalueindex(1)));
  std::size_t size = 0;
  char const* const text = lua_tolstring(lua, 1, &size);
  self.tell_error(self.current_,
                  text != nullptr ? std::string_view{text, size} : "an error without a message");
  return 0;
}

ticket scheduler::prepare_wait() noexcept {
  if (current_ == none) return 0;
  auto& w = workers_[current_];
  w.waiting_for = (++serial_ << index_bits) | current_;
  return w.waiting_for;
}

int scheduler::wait(lua_State* lua, std::optional<double> timeout) {
  ++count_.waits;
  if (timeout) {
    auto const span = std::chrono::duration_cast<clock::time_point::duration>(
        std::chrono::duration<double>(std::clamp(*timeout, 0.0, 1e8)));
    push_deadline({time_.now() + span, workers_[current_].waiting_for, 0});
  }
  lua_pushlightuserdata(lua, &wait_mark);
  return lua_yield(lua, 1);
}

scheduler::worker* scheduler::holder_of(ticket t) noexcept {
  auto const index = static_cast<std::uint32_t>(t & ((1u << index_bits) - 1));
  if (t == 0 || index >= workers_.size()) return nullptr;
  auto& w = workers_[index];
  return w.suspended && w.waiting_for == t ? &w : nullptr;
}

bool scheduler::answer(ticket t, unique_function<int(lua_State*)> push) {
  auto* w = holder_of(t);
  if (w == nullptr) {
    ++count_.stale_answers;
    return false;
  }
  w->waiting_for = 0;
  int const values = push(w->lua);
  ready_.push_back({static_cast<std::uint32_t>(w - workers_.data()), values});
  return true;
}

bool scheduler::answer(ticket t, lua_State* from, int values) {
  auto* w = holder_of(t);
  if (w == nullptr) {
    ++count_.stale_answers;
    lua_pop(from, values);
    return false;
  }
  w->waiting_for = 0;
  luaL_checkstack(w->lua, values, "too many values");
  lua_xmove(from, w->lua, values);
  ready_.push_back({static_cast<std::uint32_t>(w - workers_.data()), values});
  return true;
}

void scheduler::doom_worker(std::uint32_t index, error const& why) {
  auto& w = workers_[index];
  if (w.doom) return;
  w.doom = std::make_unique<error>(why);
  w.waits_left = grace_waits;
  if (w.waiting_for != 0)
    answer(w.waiting_for, [&why](lua_State* lua) { return push_failure(lua, why); });
}

void scheduler::doom(task_id id, error const& why) {
  if (id == 0) return;
  for (std::uint32_t i = 0; i < workers_.size(); ++i)
    if (workers_[i].task == id || (workers_[i].task != 0 && workers_[i].owner == id))
      doom_worker(i, why);
}

void scheduler::doom_all(error const& why) {
  for (std::uint32_t i = 0; i < workers_.size(); ++i)
    if (workers_[i].task != 0) doom_worker(i, why);
}

error const* scheduler::doom_of_current(lua_State* lua) {
  if (current_ == none) return nullptr;
  auto& w = workers_[current_];
  if (!w.doom) return nullptr;
  if (--w.waits_left < 0)
    luaL_error(lua, "this task has ended (%s) and must not wait any more", w.doom->message.c_str());
  return w.doom.get();
}

std::uint64_t scheduler::add_timer(clock::time_point when, unique_function<void()> fire) {
  auto const id = ++next_timer_;
  timers_.emplace(id, std::move(fire));
  push_deadline({when, 0, id});
  return id;
}

void scheduler::cancel_timer(std::uint64_t id) {
  timers_.erase(id);
}

bool scheduler::stale(deadline const& d) noexcept {
  return d.timer != 0 ? timers_.count(d.timer) == 0
                      : holder_of(d.waiting) == nullptr && !being_prepared(d.waiting);
}

bool scheduler::being_prepared(ticket t) const noexcept {
  return current_ != none && workers_[current_].waiting_for == t;
}

void scheduler::push_deadline(deadline d) {
  // Answered waits leave their deadline behind; swept when they outnumber the live ones.
  if (deadlines_.size() >= sweep_at_) {
    std::erase_if(deadlines_, [this](deadline const& old) { return stale(old); });
    std::make_heap(deadlines_.begin(), deadlines_.end(), std::greater<>());
    sweep_at_ = std::max<std::size_t>(1024, deadlines_.size() * 2);
  }
  deadlines_.push_back(d);
  std::push_heap(deadlines_.begin(), deadlines_.end(), std::greater<>());
}

void scheduler::drop_stale_deadlines() {
  while (!deadlines_.empty() && stale(deadlines_.front())) {
    std::pop_heap(deadlines_.begin(), deadlines_.end(), std::greater<>());
    deadlines_.pop_back();
  }
}

std::optional<clock::time_point> scheduler::next_deadline() {
  drop_stale_deadlines();
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.front().when;
}

void scheduler::expire() {
  static error const timed_out{
      error_kind::timeout, "nothing happened before the timeout", true, {}};
  auto const now = time_.now();
  for (drop_stale_deadlines(); !deadlines_.empty() && deadlines_.front().when <= now;
       drop_stale_deadlines()) {
    auto const due = deadlines_.front();
    std::pop_heap(deadlines_.begin(), deadlines_.end(), std::greater<>());
    deadlines_.pop_back();
    if (due.timer != 0) {
      auto fire = std::move(timers_.extract(due.timer).mapped());
      fire();
    } else {
      answer(due.waiting, [](lua_State* lua) { return push_failure(lua, timed_out); });
    }
  }
}

}  // namespace calluna::bindings
