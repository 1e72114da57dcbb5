#pragma once
#include <calluna/ami/message.hpp>
#include <calluna/ari/event.hpp>

#include <lua.hpp>

#include <string>
#include <string_view>

namespace calluna::bindings {

// Events in Lua are userdata that hold a copy of the event's text and decode a field when it is
// read: most handlers read one or two. The copy (some hundred bytes) needs no finalizer and counts
// against the app's memory.

/// Makes the two classes known. Once per state.
void open_events(lua_State* lua);

/// Pushes an AMI message: `ev.CallerIDNum` (case ignored), `ev.pbx`, `ev:to_table()`, `pairs(ev)`.
void push_ami_event(lua_State* lua, ami::message_view const& event, std::string const* pbx);

/// Pushes an ARI event, or any JSON object: `ev.channel.id`, `ev.pbx`, `ev:to_table()`,
/// `pairs(ev)`.
void push_ari_event(lua_State* lua, ari::event_view const& event, std::string const* pbx);
void push_json_object(lua_State* lua, std::string_view text);

/// The JSON text of the value at `at` if it is a JSON object of ours; else empty.
std::string_view json_text_of(lua_State* lua, int at) noexcept;

}  // namespace calluna::bindings
