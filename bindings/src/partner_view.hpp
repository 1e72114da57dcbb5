#pragma once
#include <calluna/directory/record.hpp>

#include <lua.hpp>

namespace calluna::bindings {

// A partner in Lua is userdata with a copy of its record: its fields are made when they are read,
// it cannot be changed, and it outlives the snapshot it came from.

/// Makes the class known. Once per state.
void open_partner_views(lua_State* lua);

void push_partner(lua_State* lua, directory::record const& partner);

}  // namespace calluna::bindings
