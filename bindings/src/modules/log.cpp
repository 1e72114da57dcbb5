#include "../app_impl.hpp"
#include "modules.hpp"

namespace calluna::bindings {
namespace {

int write(lua_State* lua) {
  static char const* const names[] = {"debug", "info", "warning", "error", nullptr};
  auto const level = static_cast<log_level>(luaL_checkoption(lua, 1, nullptr, names));
  std::size_t size = 0;
  char const* const text = luaL_checklstring(lua, 2, &size);
  app::of(lua).inside().options.log.write(level, {text, size});
  return 0;
}

}  // namespace

void open_log(lua_State* lua) {
  lua_createtable(lua, 0, 1);
  lua_pushcfunction(lua, write);
  lua_setfield(lua, -2, "write");
}

}  // namespace calluna::bindings
