#pragma once
#include <calluna/calls/call_news.hpp>

#include <lua.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace calluna::bindings {

// A call in Lua is userdata: one for each call and state, always as new as what was heard last. It
// outlives the call. What it can do is written in Lua (scripts/calluna/call.lua).

/// A call as an app knows it. On the app's thread.
struct call_place {
  /// Never null.
  std::shared_ptr<calls::call const> now;
  /// Its PBX's name; the app's.
  std::string const* pbx = nullptr;
  /// It became part of this one.
  std::shared_ptr<call_place> merged_into;
};

/// Where a call is by now: itself, or what it was merged into.
call_place const& current(call_place const& place) noexcept;

/// Makes the classes known and pushes them: the metatables of calls and legs. Once per state.
void open_call_views(lua_State* lua);

void push_call(lua_State* lua, std::shared_ptr<call_place> place);
/// The place of the call at `at`; raises for anything else.
std::shared_ptr<call_place> const& call_argument(lua_State* lua, int at);
/// One party's leg, which stays as new as its call. Pushes nil for a channel the call never had.
void push_leg(lua_State* lua, std::shared_ptr<call_place> place, std::string_view channel);
/// {name, at, synthetic, ...}: what happened, in the words of `calls.on`.
void push_call_event(lua_State* lua, calls::call_news const& news, std::string const* pbx);

/// field(call or leg, name) -> its value; or nil, false if there is no such field.
int call_field(lua_State* lua);
/// field_names(call or leg) -> { name = true, ... }
int call_field_names(lua_State* lua);

}  // namespace calluna::bindings
