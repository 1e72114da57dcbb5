// Local channels: one half is called, the other runs the dialplan; what happens to one is passed on
// to the other.
#include <calluna/sim/machine.hpp>

#include <fmt/format.h>

namespace calluna::sim {
namespace {

constexpr auto some_sound = std::chrono::milliseconds(20);  // then a half is of no use any more

}  // namespace

/// "Local/101@agents/n" -> where its dialplan begins.
std::optional<machine::target> machine::local_target(std::string_view rest) {
  bool const stays = rest.size() > 2 && rest.substr(rest.size() - 2) == "/n";
  auto const where = rest.substr(0, rest.find('/'));
  auto const at = where.find('@');
  target to;
  to.name = "Local/" + std::string(where);
  to.number = rest;
  to.local = place{at == std::string_view::npos ? "default" : std::string(where.substr(at + 1)),
                   std::string(where.substr(0, at)),
                   1,
                   {},
                   {}};
  to.optimises = !stays;
  if (!plan_.has(to.local->context, to.local->exten)) return {};
  return to;
}

/// Both halves; the first one is returned.
channel& machine::make_local(target const& to, std::string id, channel const* linked_to) {
  auto const number = next_in_tech_["Local"];
  auto& one = make_channel(to.name, std::move(id), linked_to);
  auto& two = make_channel(to.name, {}, &one);
  next_in_tech_["Local"] = number + 1;
  one.name = fmt::format("{}-{:08x};1", to.name, number);
  two.name = fmt::format("{}-{:08x};2", to.name, number);
  one.place = two.place = *to.local;
  two.state = channel_state::ring;
  two.has_dialplan = true;
  one.half = two.serial;
  two.half = one.serial;
  two.is_second_half = true;
  one.optimises = to.optimises;
  emit({event_kind::channel_created, &one});
  emit({event_kind::channel_created, &two});
  return one;
}

/// The dialplan of its second half begins, with the two as who calls whom.
void machine::start_local(channel& one, party const& caller, party const& called) {
  auto& two = *alive(one.half);
  bool const known = !caller.number.empty() || !caller.name.empty();
  if (known && two.caller != caller) set_callerid(two, caller);
  two.connected = called;
  if (!called.number.empty()) emit({event_kind::channel_connected, &two});
  event joined{event_kind::local_event, &one, &two};
  joined.name = "LocalBridge";
  joined.fields = {{"Context", two.place.context},
                   {"Exten", two.place.exten},
                   {"LocalOptimization", one.optimises ? "Yes" : "No"}};
  emit(std::move(joined));
  later(two, span(0), [this](channel& up) { proceed(up); });
}

/// Whoever `c` calls rings.
void machine::hears_ringing(channel& c) {
  auto* const one = c.is_second_half ? alive(c.half) : nullptr;
  if (one == nullptr || one->ending || one->state != channel_state::down) return;
  set_state(*one, channel_state::ringing);
  if (one->caller != c.connected) set_callerid(*one, c.connected);
  emit({event_kind::dial_state,
        alive(one->called_for),
        one,
        nullptr,
        nullptr,
        nullptr,
        {},
        "RINGING"});
}

/// It has been told who the other side is: so are those behind its other half.
void machine::passes_on_connected(channel& c) {
  auto* const other = alive(c.half);
  if (other == nullptr || other->ending) return;
  if (!c.is_second_half || other->state == channel_state::up) {
    if (other->caller != c.connected) set_callerid(*other, c.connected);
    if (auto* const peer = peer_of(*other)) return set_connected(*peer, c.connected);
    if (auto const d = dials_.find(other->serial); d != dials_.end())
      for (auto const leg : d->second.legs)
        if (auto* const rings = alive(leg)) set_connected(*rings, c.connected);
  } else if (auto* const calls = alive(other->called_for)) {
    set_connected(*calls, c.connected);
  } else if (auto* const asks = peer_of(*other)) {
    set_connected(*asks, c.connected);
  }
}

/// The second half is up: whoever called the first one is answered.
void machine::passes_on_answer(channel& c) {
  time_.after(span(0), [this, half = c.half] { device_answers(half); });
}

/// Half of it has ended, and with it the other.
void machine::half_ends(std::uint64_t serial, int cause) {
  time_.after(span(0), [this, serial, cause] {
    auto* const c = alive(serial);
    if (c == nullptr || c->ending) return;
    c->ending = true;
    c->cause = cause == 0 ? 16 : cause;
    emit({event_kind::hangup_request, c, nullptr, nullptr, nullptr, nullptr, {}, {}, c->cause});
    finish(*c);
  });
}

/// Both halves talk: those behind them need no Local channel.
void machine::optimise_later(channel const& c) {
  time_.after(some_sound, [this, serial = c.is_second_half ? c.half : c.serial] {
    if (auto* const one = alive(serial)) optimise(*one);
  });
}

void machine::optimise(channel& one) {
  auto* const two = alive(one.half);
  if (two == nullptr || is_consulting(one) || is_consulting(*two) || !one.optimises ||
      !sound_flows_ || one.state != channel_state::up || two->state != channel_state::up)
    return;
  auto* const first = find_bridge(one.bridge);
  auto* const second = find_bridge(two->bridge);
  auto* const before = peer_of(one);
  auto* const behind = peer_of(*two);
  if (before == nullptr || behind == nullptr || first->bridge_class != "basic" ||
      second->bridge_class != "basic" || first->channels.size() > 2 || second->channels.size() > 2)
    return;
  // A queue keeps the one it has rung, so that it can say who that was.
  for (auto const* end : {before, behind})
    if (auto const d = dials_.find(end->serial); d != dials_.end() && !d->second.queue.empty())
      return;
  // Out of the younger bridge into the older one.
  bool const into_second = second->serial < first->serial;
  auto& moved = into_second ? *before : *behind;
  auto& replaced = into_second ? *two : one;
  auto& rest = into_second ? one : *two;
  auto& to = into_second ? *second : *first;
  auto& empty = into_second ? *first : *second;
  tell_optimisation("LocalOptimizationBegin", one, *two, &moved);
  leave(moved);
  leave(replaced);
  enter(to, moved, &replaced);
  tell_optimisation("LocalOptimizationEnd", one, *two, nullptr);
  for (auto* const one_of : {before, behind})
    if (auto const at = dials_.find(one_of->serial); at != dials_.end())
      if (at->second.callee == one.serial || at->second.callee == two->serial)
        at->second.callee = (one_of == before ? behind : before)->serial;
  dials_.erase(one.serial);
  dials_.erase(two->serial);
  for (auto* const half : {&one, two}) {
    half->ending = true;
    half->cause = 16;
    end_turn(*half);
  }
  emit({event_kind::hangup_request, two, nullptr, nullptr, nullptr, nullptr, {}, {}, 16});
  leave(rest);
  destroy_bridge(empty);
  auto const other = two->serial;
  drop(one);
  drop(*alive(other));
}

void machine::tell_optimisation(std::string kind, channel const& one, channel const& two,
                                channel const* moved) {
  event e{event_kind::local_event, &one, &two};
  e.source = moved;
  bool const begins = moved != nullptr;
  e.name = std::move(kind);
  if (begins)
    e.fields = {{"DestUniqueId", two.id}, {"Id", "0"}};
  else
    e.fields = {{"Success", "No"}, {"Id", "0"}};  // Asterisk's word for it
  emit(std::move(e));
}

}  // namespace calluna::sim
