#include "../app_impl.hpp"
#include "../options.hpp"
#include "modules.hpp"

#include <calluna/bindings/await.hpp>
#include <calluna/bindings/error.hpp>

namespace calluna::bindings {
namespace {

scheduler& tasks_of(lua_State* lua) {
  return app::of(lua).inside().tasks;
}

// spawn(owner, fn, ...): a task of `owner` (a task's number; 0: of the app).
int spawn(lua_State* lua) {
  auto const owner = static_cast<task_id>(luaL_checknumber(lua, 1));
  luaL_checktype(lua, 2, LUA_TFUNCTION);
  tasks_of(lua).spawn(lua, lua_gettop(lua) - 2, owner);
  return 0;
}

// current() -> the running task's number and its owner's, 0 for none.
int current(lua_State* lua) {
  lua_pushnumber(lua, static_cast<double>(tasks_of(lua).current()));
  lua_pushnumber(lua, static_cast<double>(tasks_of(lua).current_owner()));
  return 2;
}

// prepare(what) -> a ticket: names the wait that follows at once. Raises outside of a task.
int prepare(lua_State* lua) {
  wait w(lua, luaL_checkstring(lua, 1));
  lua_pushnumber(lua, static_cast<double>(w.id()));
  return 1;
}

// park(seconds | false) -> what `wake` gave; or nil, err on timeout or when the task has been
// ended.
int park(lua_State* lua) {
  auto& tasks = tasks_of(lua);
  if (auto const* why = tasks.doom_of_current(lua)) return push_failure(lua, *why);
  return tasks.wait(lua, seconds_argument(lua, 1));
}

// wake(ticket, ...) -> whether anybody still waited.
int wake(lua_State* lua) {
  auto const t = static_cast<ticket>(luaL_checknumber(lua, 1));
  lua_pushboolean(lua, tasks_of(lua).answer(t, lua, lua_gettop(lua) - 1));
  return 1;
}

// doom(task, kind, message): ends its waits, and those of the tasks it owns.
int doom(lua_State* lua) {
  tasks_of(lua).doom(static_cast<task_id>(luaL_checknumber(lua, 1)), error_argument(lua, 2));
  return 0;
}

// error(kind, message, retryable) -> an error value.
int make_error(lua_State* lua) {
  push_error(lua, error_argument(lua, 1));
  return 1;
}

}  // namespace

void open_task(lua_State* lua) {
  static luaL_Reg const functions[] = {
      {"spawn", spawn}, {"current", current}, {"prepare", prepare},  {"park", park},
      {"wake", wake},   {"doom", doom},       {"error", make_error}, {nullptr, nullptr}};
  lua_newtable(lua);
  set_functions(lua, functions);
}

}  // namespace calluna::bindings
