#include <calluna/bindings/interrupter.hpp>

#include <csignal>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace calluna::bindings {
namespace {

// An interval that never passes: signals are sent by hand, to the one thread they are for.
constexpr char asleep[] = "i2000000";
int const hook_signal_number = SIGRTMIN + 5;

thread_local interrupter* current = nullptr;

/// The process's one profiler and the state that owns it while nobody is interrupted.
class profiler {
 public:
  static profiler& instance() {
    static profiler one;
    return one;
  }

  std::mutex mutex;
  bool lent = false;

  void take_back() {
    luaJIT_profile_start(
        keeper_, asleep, [](void*, lua_State*, int, int) {}, nullptr);
  }
  void give_up() { luaJIT_profile_stop(keeper_); }

 private:
  profiler() : keeper_(luaL_newstate()) {
    if (keeper_ == nullptr) throw std::bad_alloc();
    take_back();
  }
  lua_State* keeper_;
};

}  // namespace

interrupter::interrupter(lua_State* lua) : lua_(lua), thread_(pthread_self()) {
  struct sigaction action = {};
  action.sa_handler = &interrupter::hook_signal;
  action.sa_flags = SA_RESTART;
  sigaction(hook_signal_number, &action, nullptr);
  auto& p = profiler::instance();
  std::lock_guard const lock(p.mutex);
  luaJIT_profile_start(lua_, "l", &interrupter::profiled,
                       this);  // only marks this state: the keeper has the profiler
}

interrupter::~interrupter() {
  if (current == this) current = nullptr;
}

void interrupter::enter() noexcept {
  around_ = std::exchange(current, this);
  inside_.store(true, std::memory_order_release);
}

void interrupter::leave() noexcept {
  inside_.store(false, std::memory_order_release);
  current = std::exchange(around_, nullptr);
  if (!interrupted_.load(std::memory_order_acquire)) return;
  auto& p = profiler::instance();
  std::lock_guard const lock(p.mutex);
  lua_sethook(lua_, nullptr, 0, 0);
  if (holds_profiler_) {
    luaJIT_profile_stop(lua_);  // unmarks this state, so it is marked again
    p.take_back();
    luaJIT_profile_start(lua_, "l", &interrupter::profiled, this);
    luaJIT_setmode(lua_, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_ON);
    holds_profiler_ = false;
    p.lent = false;
  }
  compiled_code_gone_ = false;
}

bool interrupter::was_interrupted() noexcept {
  return interrupted_.exchange(false);
}

void interrupter::step() noexcept {
  auto& p = profiler::instance();
  std::lock_guard const lock(p.mutex);
  if (!inside_.load(std::memory_order_acquire)) return;
  if (!interrupted_.exchange(true, std::memory_order_acq_rel)) armed_ = true;
  if (!holds_profiler_ && !p.lent) {
    p.give_up();
    luaJIT_profile_start(lua_, asleep, &interrupter::profiled, this);
    holds_profiler_ = p.lent = true;
  }
  // While another interruption has the profiler, the hook alone still reaches code that is not
  // compiled.
  if (holds_profiler_ && !compiled_code_gone_.load(std::memory_order_acquire))
    pthread_kill(thread_, SIGPROF);
  else
    pthread_kill(thread_, hook_signal_number);
}

void interrupter::profiled(void* self, lua_State* lua, int, int) {
  luaJIT_setmode(lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
  luaJIT_setmode(lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_FLUSH);
  static_cast<interrupter*>(self)->compiled_code_gone_.store(true, std::memory_order_release);
}

void interrupter::hook_signal(int) {
  auto* const self = current;
  if (self != nullptr && self->inside_.load(std::memory_order_acquire))
    lua_sethook(self->lua_, &interrupter::raise, LUA_MASKCOUNT, 1);
}

void interrupter::raise(lua_State* lua, lua_Debug* where) {
  lua_getinfo(lua, "Sl", where);
  // It is raised again and again, further and further out.
  if (current != nullptr && current->armed_.exchange(false))
    current->met_at_ = std::string(where->short_src) + ":" + std::to_string(where->currentline);
  luaL_error(lua, "%s:%d: interrupted: this code ran too long without waiting", where->short_src,
             where->currentline);
}

}  // namespace calluna::bindings
