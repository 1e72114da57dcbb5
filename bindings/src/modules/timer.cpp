#include "../app_impl.hpp"
#include "modules.hpp"

#include <cmath>

namespace calluna::bindings {
namespace {

// after(seconds, fn): fn runs as a task of its own. Returns a number for cancel.
int after(lua_State* lua) {
  double const seconds = luaL_checknumber(lua, 1);
  luaL_argcheck(lua, seconds >= 0 && seconds < 1e8, 1, "seconds from 0 to 1e8");
  luaL_checktype(lua, 2, LUA_TFUNCTION);
  auto& inside = app::of(lua).inside();
  lua_pushvalue(lua, 2);
  int const function = luaL_ref(lua, LUA_REGISTRYINDEX);
  auto const when =
      inside.options.time->now() + std::chrono::duration_cast<clock::time_point::duration>(
                                       std::chrono::duration<double>(seconds));
  auto const id = inside.tasks.add_timer(when, [&inside, function] {
    lua_rawgeti(inside.lua, LUA_REGISTRYINDEX, function);
    luaL_unref(inside.lua, LUA_REGISTRYINDEX, function);
    inside.tasks.spawn(inside.lua, 0, 0);
  });
  lua_pushnumber(lua, static_cast<double>(id));
  return 1;
}

int cancel(lua_State* lua) {
  app::of(lua).inside().tasks.cancel_timer(static_cast<std::uint64_t>(luaL_checknumber(lua, 1)));
  return 0;
}

// Seconds of the app's clock, since an arbitrary moment; never goes back.
int now(lua_State* lua) {
  auto const since = app::of(lua).inside().options.time->now().time_since_epoch();
  lua_pushnumber(lua, std::chrono::duration<double>(since).count());
  return 1;
}

// Seconds since 1970, as a clock on the wall shows them.
int wall(lua_State* lua) {
  auto const since = app::of(lua).inside().options.time->wall().time_since_epoch();
  lua_pushnumber(lua, std::chrono::duration<double>(since).count());
  return 1;
}

// retired() -> whether a newer generation takes the new calls.
int retired(lua_State* lua) {
  lua_pushboolean(lua, app::of(lua).inside().retired);
  return 1;
}

}  // namespace

void open_timer(lua_State* lua) {
  lua_createtable(lua, 0, 5);
  lua_pushcfunction(lua, retired);
  lua_setfield(lua, -2, "retired");
  lua_pushcfunction(lua, after);
  lua_setfield(lua, -2, "after");
  lua_pushcfunction(lua, cancel);
  lua_setfield(lua, -2, "cancel");
  lua_pushcfunction(lua, wall);
  lua_setfield(lua, -2, "wall");
  lua_pushcfunction(lua, now);
  lua_setfield(lua, -2, "now");
}

}  // namespace calluna::bindings
