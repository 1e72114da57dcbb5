#pragma once
#include <calluna/bindings/http_door.hpp>

#include <lua.hpp>

#include <memory>

namespace calluna::bindings {

/// The request at `at`; raises if there is none.
std::shared_ptr<http_exchange> const& exchange_argument(lua_State* lua, int at);

/// Sets what concerns WebSockets into the table on top.
void open_http_socket(lua_State* lua);

}  // namespace calluna::bindings
