#pragma once
#include <calluna/bindings/error.hpp>
#include <calluna/bindings/scheduler.hpp>
#include <calluna/result.hpp>
#include <calluna/unique_function.hpp>

#include <lua.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace calluna::bindings {

class app;

/// One wait of a C function: the task sleeps, the thread goes on.
///
///     int lookup(lua_State* lua) {
///       wait w(lua, "lookup");
///       if (int refused = w.refused()) return refused;
///       start_something(w.completion<int>([](lua_State* l, int v) { lua_pushinteger(l, v); return
///       1; })); return w.suspend(lua, 5.0);                    // nil, err{kind="timeout"} after
///       five seconds
///     }
///
/// Raises a Lua error if no task runs (an app file's top level). On the app's thread.
class wait {
 public:
  /// `what` names the function in errors; static storage.
  wait(lua_State* lua, char const* what);

  /// For waits that do nothing but wait (sleep, events): in a task that has been ended, pushes nil
  /// and the reason and returns 2; else 0. Requests that still may be useful for cleaning up do not
  /// ask.
  int refused_if_doomed();

  /// Names this wait for `scheduler::answer`.
  ticket id() const noexcept { return ticket_; }

  /// A completion for this wait, to be called once from any thread: it takes the outcome to the
  /// app's thread, where `push` pushes it on success; a failure becomes `nil, err`. Too late or
  /// after the app's end it does nothing.
  template <class T>
  unique_function<void(result<T>)> completion(int (*push)(lua_State*, T const&));

  /// The same for whoever calls it on the app's own thread (and never from inside this call): no
  /// hop.
  template <class T>
  unique_function<void(result<T>)> local_completion(int (*push)(lua_State*, T const&));

  /// Gives the thread back: `return w.suspend(lua, seconds)`. Nothing for `timeout`: endless.
  int suspend(std::optional<double> timeout);

 private:
  lua_State* lua_;
  scheduler& scheduler_;
  ticket ticket_;
};

/// Takes `push` to the app's thread and answers `t` with what it pushes; nothing if the app or the
/// wait is over. Any thread.
class answerer {
 public:
  explicit answerer(lua_State* lua);
  explicit answerer(std::weak_ptr<app> app) : app_(std::move(app)) {}
  void operator()(ticket t, unique_function<int(lua_State*)> push) const;
  /// The same at once; on the app's thread.
  void here(ticket t, unique_function<int(lua_State*)> push) const;

 private:
  std::weak_ptr<app> app_;
};

template <class T>
unique_function<void(result<T>)> wait::completion(int (*push)(lua_State*, T const&)) {
  return [answer = answerer(lua_), t = ticket_, push](result<T> outcome) {
    answer(t, [outcome = std::move(outcome), push](lua_State* lua) {
      return outcome ? push(lua, *outcome) : push_failure(lua, outcome.error());
    });
  };
}

template <class T>
unique_function<void(result<T>)> wait::local_completion(int (*push)(lua_State*, T const&)) {
  return [answer = answerer(lua_), t = ticket_, push](result<T> outcome) {
    answer.here(t, [&outcome, push](lua_State* lua) {
      return outcome ? push(lua, *outcome) : push_failure(lua, outcome.error());
    });
  };
}

}  // namespace calluna::bindings
