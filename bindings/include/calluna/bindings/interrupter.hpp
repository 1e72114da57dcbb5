#pragma once
#include <lua.hpp>

#include <atomic>
#include <memory>
#include <pthread.h>
#include <string>

namespace calluna::bindings {

/// Breaks off Lua code that does not come back by itself: also loops that LuaJIT has compiled, and
/// loops inside pcall.
///
/// A debug hook never fires inside compiled code. So the state is compiled with LuaJIT's profiler
/// points in it (mode "l"), at which compiled code looks at one flag. To interrupt: a signal sets
/// that flag on the app's own thread, the profiler's call-back switches the compiler off and throws
/// the compiled code away, and a second signal arms a hook which raises at every next instruction
/// until the scheduler has control again. LuaJIT has one profiler per process: its sleeping owner
/// is a state of ours, and it is lent to one interruption at a time.
///
/// Not within reach: one long C call (a pathological string.find), and an error handler that loops.
///
/// Constructed on the app's thread; `enter` and `leave` are called there around every stretch of
/// Lua. `step` is called from the watchdog's thread, every few milliseconds while it interrupts.
class interrupter {
 public:
  explicit interrupter(lua_State* lua);
  ~interrupter();
  interrupter(interrupter const&) = delete;
  interrupter& operator=(interrupter const&) = delete;

  void enter() noexcept;
  /// Also undoes an interruption: the hook is off and the compiler on again.
  void leave() noexcept;

  /// One more push at the running code. No effect outside of `enter` ... `leave`.
  void step() noexcept;
  /// An interruption was begun since the last call of this; on the app's thread.
  bool was_interrupted() noexcept;
  /// Where the last interruption met the code first: "init.lua:6"; empty if there was none.
  std::string const& met_at() const noexcept { return met_at_; }

 private:
  static void raise(lua_State* lua, lua_Debug* where);
  static void profiled(void* self, lua_State* lua, int samples, int vmstate);
  static void hook_signal(int);

  lua_State* lua_;
  interrupter* around_ = nullptr;  // whose code called ours, on the same thread
  pthread_t thread_;
  std::atomic<bool> inside_{false};
  std::atomic<bool> compiled_code_gone_{false};
  std::atomic<bool> interrupted_{false};
  std::atomic<bool> armed_{false};  // the next raise is the first one
  std::string met_at_;
  bool holds_profiler_ = false;  // under the profiler's mutex
};

}  // namespace calluna::bindings
