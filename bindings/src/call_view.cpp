#include "call_view.hpp"

#include <calluna/bindings/app.hpp>

#include <algorithm>
#include <new>
#include <unordered_map>

namespace calluna::bindings {
namespace {

using calls::call;
using calls::leg;
using calls::moment;

constexpr char call_class[] = "calluna.call";
constexpr char leg_class[] = "calluna.call_leg";

struct held_leg {
  std::shared_ptr<call_place> place;
  /// The call it was last seen in: one with very many legs forgets the oldest.
  std::shared_ptr<call const> seen;
  std::string channel;
};

void push(lua_State* lua, std::string_view text) {
  if (text.empty())
    lua_pushnil(lua);
  else
    lua_pushlstring(lua, text.data(), text.size());
}

void push(lua_State* lua, bool value) {
  lua_pushboolean(lua, value);
}

void push(lua_State* lua, unsigned value) {
  lua_pushnumber(lua, value);
}

double seconds(calls::span_of_time span) {
  return std::chrono::duration<double>(span).count();
}

void push(lua_State* lua, moment at) {
  if (calls::told(at))
    lua_pushnumber(lua, seconds(at.time_since_epoch()));
  else
    lua_pushnil(lua);
}

template <class T>
void set(lua_State* lua, char const* name, T const& value) {
  push(lua, value);
  lua_setfield(lua, -2, name);
}

template <class List, class One>
void push_list(lua_State* lua, List const& list, One push_one) {
  lua_createtable(lua, static_cast<int>(list.size()), 0);
  int at = 0;
  for (auto const& one : list) {
    push_one(one);
    lua_rawseti(lua, -2, ++at);
  }
}

/// Live calls count up to now.
moment now_of(lua_State* lua, call const& c) {
  return std::max(app::of(lua).options().time->wall(), c.started_at);
}

std::string_view remote_number(call const& c) {
  return c.remote_e164.empty() ? c.remote : c.remote_e164;
}

// -- what a call has had, as plain tables

void push_episode(lua_State* lua, calls::queue_episode const& e) {
  lua_createtable(lua, 0, 6);
  set(lua, "name", std::string_view(e.queue));
  set(lua, "agent", std::string_view(e.agent));
  set(lua, "position", e.position);
  set(lua, "outcome", to_string(e.outcome));
  set(lua, "entered_at", e.entered_at);
  set(lua, "left_at", e.left_at);
}

void push_transfer(lua_State* lua, calls::transfer const& t) {
  lua_createtable(lua, 0, 5);
  set(lua, "attended", t.attended);
  set(lua, "by", std::string_view(t.by));
  set(lua, "to", std::string_view(t.to));
  set(lua, "reached", std::string_view(t.reached));
  set(lua, "at", t.at);
}

void push_parking(lua_State* lua, calls::parking const& p) {
  lua_createtable(lua, 0, 7);
  set(lua, "by", std::string_view(p.by));
  set(lua, "lot", std::string_view(p.lot));
  set(lua, "space", std::string_view(p.space));
  set(lua, "taken_by", std::string_view(p.taken_by));
  set(lua, "outcome", to_string(p.outcome));
  set(lua, "at", p.at);
  set(lua, "ended_at", p.ended_at);
}

void push_recording(lua_State* lua, calls::recording const& r) {
  lua_createtable(lua, 0, 4);
  set(lua, "name", std::string_view(r.name));
  set(lua, "channel", std::string_view(r.channel));
  set(lua, "started_at", r.started_at);
  set(lua, "stopped_at", r.stopped_at);
}

// -- fields

template <class T>
using field = void (*)(lua_State*, T const&);
template <class T>
using fields = std::unordered_map<std::string_view, field<T>>;

// One that is but a member, or a function of it.
#define CALLUNA_TEXT(name, expression)                                                   \
  {                                                                                      \
    name, [](lua_State* lua, auto const& c) { push(lua, std::string_view(expression)); } \
  }
#define CALLUNA_VALUE(name, expression)                                \
  {                                                                    \
    name, [](lua_State* lua, auto const& c) { push(lua, expression); } \
  }
#define CALLUNA_SPAN(name, part)                                  \
  {                                                               \
    name, [](lua_State* lua, auto const& c) {                     \
      lua_pushnumber(lua, seconds(c.times(now_of(lua, c)).part)); \
    }                                                             \
  }

fields<call> const& call_fields() {
  static fields<call> const all{
      CALLUNA_TEXT("id", c.id),
      CALLUNA_TEXT("direction", to_string(c.direction)),
      CALLUNA_TEXT("status", to_string(c.status)),
      CALLUNA_TEXT("cause_text", c.cause_text),
      CALLUNA_VALUE("cause", static_cast<unsigned>(c.cause)),
      CALLUNA_VALUE("click", c.click),
      CALLUNA_TEXT("click_id", c.click_id),
      CALLUNA_VALUE("uncertain", c.uncertain),
      CALLUNA_VALUE("ended", c.ended()),
      CALLUNA_TEXT("caller_number", c.caller),
      CALLUNA_TEXT("caller_name", c.caller_name),
      CALLUNA_TEXT("dialed_number", c.dialed),
      CALLUNA_TEXT("remote_number", remote_number(c)),
      CALLUNA_TEXT("answered_by", c.answered_by),
      CALLUNA_TEXT("hung_up_by", c.hung_up_by),
      CALLUNA_TEXT("picked_up_by", c.picked_up_by),
      CALLUNA_TEXT("conference", c.conference),
      CALLUNA_TEXT("stasis", c.stasis),
      CALLUNA_VALUE("started_at", c.started_at),
      CALLUNA_VALUE("answered_at", c.answered_at),
      CALLUNA_VALUE("ended_at", c.ended_at),
      CALLUNA_SPAN("ring_seconds", ring),
      CALLUNA_SPAN("wait_seconds", wait),
      CALLUNA_SPAN("talk_seconds", talk),
      CALLUNA_SPAN("hold_seconds", hold),
      CALLUNA_SPAN("parked_seconds", parked),
      CALLUNA_SPAN("total_seconds", total),
      CALLUNA_VALUE("holds", c.holds),
      CALLUNA_VALUE("dtmf_count", c.digits),
      {"queue",
       [](lua_State* lua, call const& c) {
         c.queues.empty() ? lua_pushnil(lua) : push_episode(lua, c.queues.back());
       }},
      {"queues",
       [](lua_State* lua, call const& c) {
         push_list(lua, c.queues, [lua](auto const& e) { push_episode(lua, e); });
       }},
      {"transfers",
       [](lua_State* lua, call const& c) {
         push_list(lua, c.transfers, [lua](auto const& t) { push_transfer(lua, t); });
       }},
      {"parkings",
       [](lua_State* lua, call const& c) {
         push_list(lua, c.parkings, [lua](auto const& p) { push_parking(lua, p); });
       }},
      {"recordings",
       [](lua_State* lua, call const& c) {
         push_list(lua, c.recordings, [lua](auto const& r) { push_recording(lua, r); });
       }},
      {"participants",
       [](lua_State* lua, call const& c) {
         push_list(lua, c.participants(), [lua](auto const& e) { push(lua, std::string_view(e)); });
       }},
      {"linkedids",
       [](lua_State* lua, call const& c) {
         push_list(lua, c.linkedids, [lua](auto const& e) { push(lua, std::string_view(e)); });
       }},
  };
  return all;
}

fields<leg> const& leg_fields() {
  static fields<leg> const all{
      CALLUNA_TEXT("id", c.channel),
      CALLUNA_TEXT("channel", c.name),
      CALLUNA_TEXT("endpoint", c.endpoint),
      CALLUNA_TEXT("number", c.number),
      CALLUNA_TEXT("extension", c.exten),
      CALLUNA_TEXT("role", to_string(c.role)),
      CALLUNA_TEXT("stasis", c.stasis),
      CALLUNA_VALUE("outside", c.outside),
      CALLUNA_VALUE("talked", c.talked),
      CALLUNA_VALUE("held", calls::told(c.held_at)),
      CALLUNA_VALUE("ended", c.ended()),
      CALLUNA_VALUE("hung_up", c.end == calls::leg_end::hung_up),
      CALLUNA_TEXT("outcome", c.ended() ? to_string(c.end) : std::string_view()),
      CALLUNA_VALUE("began_at", c.began_at),
      CALLUNA_VALUE("rang_at", c.rang_at),
      CALLUNA_VALUE("answered_at", c.answered_at),
      CALLUNA_VALUE("ended_at", c.ended_at),
      CALLUNA_VALUE("cause", static_cast<unsigned>(c.cause)),
      CALLUNA_TEXT("cause_text", c.cause_text),
      CALLUNA_TEXT("dial_status", c.dial_status),
      CALLUNA_VALUE("dtmf_count", c.digits),
  };
  return all;
}

#undef CALLUNA_TEXT
#undef CALLUNA_VALUE
#undef CALLUNA_SPAN

// -- userdata

template <class T>
int collect(lua_State* lua) {
  static_cast<T*>(lua_touserdata(lua, 1))->~T();
  return 0;
}

int read_only(lua_State* lua) {
  return luaL_error(lua, "calls are read-only");
}

void open_class(lua_State* lua, char const* name, lua_CFunction gc) {
  luaL_newmetatable(lua, name);
  lua_pushcfunction(lua, gc);
  lua_setfield(lua, -2, "__gc");
  lua_pushcfunction(lua, read_only);
  lua_setfield(lua, -2, "__newindex");
}

template <class T>
T* as(lua_State* lua, int at, char const* name) {
  auto* const held = static_cast<T*>(lua_touserdata(lua, at));
  if (held == nullptr || lua_getmetatable(lua, at) == 0) return nullptr;
  luaL_getmetatable(lua, name);
  bool const same = lua_rawequal(lua, -1, -2) != 0;
  lua_pop(lua, 2);
  return same ? held : nullptr;
}

leg const& leg_of(held_leg& held) {
  auto const& now = current(*held.place).now;
  if (auto const* l = now->find_leg(held.channel)) {
    held.seen = now;
    return *l;
  }
  return *held.seen->find_leg(held.channel);
}

void push_legs(lua_State* lua, std::shared_ptr<call_place> const& place) {
  push_list(lua, current(*place).now->legs, [&](leg const& l) { push_leg(lua, place, l.channel); });
}

template <class T>
bool push_field(lua_State* lua, fields<T> const& all, std::string_view name, T const& of) {
  auto const found = all.find(name);
  if (found == all.end()) return false;
  found->second(lua, of);
  return true;
}

template <class T>
void add_names(lua_State* lua, fields<T> const& all) {
  for (auto const& [name, unused] : all) {
    lua_pushlstring(lua, name.data(), name.size());
    lua_pushboolean(lua, 1);
    lua_rawset(lua, -3);
  }
}

}  // namespace

call_place const& current(call_place const& place) noexcept {
  auto const* at = &place;
  while (at->merged_into) at = at->merged_into.get();
  return *at;
}

void open_call_views(lua_State* lua) {
  open_class(lua, call_class, collect<std::shared_ptr<call_place>>);
  open_class(lua, leg_class, collect<held_leg>);
}

void push_call(lua_State* lua, std::shared_ptr<call_place> place) {
  new (lua_newuserdata(lua, sizeof place)) std::shared_ptr<call_place>(std::move(place));
  luaL_getmetatable(lua, call_class);
  lua_setmetatable(lua, -2);
}

std::shared_ptr<call_place> const& call_argument(lua_State* lua, int at) {
  return *static_cast<std::shared_ptr<call_place>*>(luaL_checkudata(lua, at, call_class));
}

void push_leg(lua_State* lua, std::shared_ptr<call_place> place, std::string_view channel) {
  auto seen = current(*place).now;
  if (seen->find_leg(channel) == nullptr) return lua_pushnil(lua);
  new (lua_newuserdata(lua, sizeof(held_leg)))
      held_leg{std::move(place), std::move(seen), std::string(channel)};
  luaL_getmetatable(lua, leg_class);
  lua_setmetatable(lua, -2);
}

int call_field(lua_State* lua) {
  std::size_t size = 0;
  char const* const text = luaL_checklstring(lua, 2, &size);
  std::string_view const name(text, size);
  if (auto* const held = as<held_leg>(lua, 1, leg_class)) {
    if (name == "pbx") return push(lua, std::string_view(*held->place->pbx)), 1;
    if (push_field(lua, leg_fields(), name, leg_of(*held))) return 1;
  } else {
    auto const& place = call_argument(lua, 1);
    if (name == "pbx") return push(lua, std::string_view(*place->pbx)), 1;
    if (name == "legs") return push_legs(lua, place), 1;
    if (push_field(lua, call_fields(), name, *current(*place).now)) return 1;
  }
  lua_pushnil(lua);
  lua_pushboolean(lua, 0);
  return 2;
}

int call_field_names(lua_State* lua) {
  lua_newtable(lua);
  set(lua, "pbx", true);
  if (as<held_leg>(lua, 1, leg_class) != nullptr) return add_names(lua, leg_fields()), 1;
  set(lua, "legs", true);
  add_names(lua, call_fields());
  return 1;
}

void push_call_event(lua_State* lua, calls::call_news const& news, std::string const* pbx) {
  using kind = calls::call_event_kind;
  auto const what = news.kind.value_or(kind::gap);
  lua_createtable(lua, 0, 6);
  set(lua, "name", to_string(what));
  set(lua, "at", news.at);
  set(lua, "synthetic", news.synthetic);
  if (what == kind::gap) set(lua, "from", news.from);
  if (pbx != nullptr) set(lua, "pbx", std::string_view(*pbx));
  if (!news.other.empty()) set(lua, "other", std::string_view(news.other));
  if (!news.call) return;
  auto const& c = *news.call;
  auto const last = [&](char const* name, auto const& list, auto push_one) {
    if (list.empty()) return;
    push_one(lua, list.back());
    lua_setfield(lua, -2, name);
  };
  if (what == kind::queued || what == kind::dequeued) last("queue", c.queues, push_episode);
  if (what == kind::transferred) last("transfer", c.transfers, push_transfer);
  if (what == kind::parked || what == kind::unparked) last("parking", c.parkings, push_parking);
  if (what == kind::recording) last("recording", c.recordings, push_recording);
}

}  // namespace calluna::bindings
