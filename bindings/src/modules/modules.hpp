#pragma once
#include <lua.hpp>

namespace calluna::bindings {

struct app_options;

// Each pushes the native half of a module: the functions that the Lua library (scripts/calluna)
// builds on.
void open_log(lua_State* lua);
void open_json(lua_State* lua);
void open_timer(lua_State* lua);
void open_task(lua_State* lua);
void open_ami(lua_State* lua);
void open_ari(lua_State* lua);
void open_calls(lua_State* lua);
void open_phone(lua_State* lua);
void open_partners(lua_State* lua, app_options const& options);
void open_users(lua_State* lua, app_options const& options);
void open_erp(lua_State* lua);
void open_http(lua_State* lua);
void open_http_client(lua_State* lua);
void open_agi(lua_State* lua);
void open_push(lua_State* lua);

}  // namespace calluna::bindings
