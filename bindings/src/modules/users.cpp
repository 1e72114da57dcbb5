#include "modules.hpp"

namespace calluna::bindings {

void open_users(lua_State* lua) { lua_newtable(lua); }

}  // namespace calluna::bindings
