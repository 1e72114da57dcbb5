// Pickup: a call that rings at one phone is taken from another.
#include <calluna/sim/machine.hpp>

#include <algorithm>

namespace calluna::sim {

/// A phone that rings for somebody's Dial() or Queue(), and which `fits`.
channel* machine::ringing_leg(channel const& taker,
                              std::function<bool(channel const&)> const& fits) {
  for (auto const& [serial, c] : channels_)
    if (c->state == channel_state::ringing && !c->ending && c.get() != &taker &&
        (c->called == called_by::dial || c->called == called_by::queue) && fits(*c))
      return c.get();
  return nullptr;
}

/// Pickup(101@from-phones&...): by the extension dialled, in the context of the phone that rings;
/// PickupChan(name or id): by the channel.
machine::outcome machine::start_pickup(channel& c, std::string const& which, bool by_channel) {
  for (auto const& one : split_arguments(which, '&')) {
    auto const at = one.find('@');
    auto const exten = one.substr(0, at);
    auto const context = at == std::string::npos ? c.place.context : one.substr(at + 1);
    auto* const leg = ringing_leg(c, [&](channel const& l) {
      if (by_channel) return l.name == one || l.id == one || l.endpoint == one;
      return l.place.exten == exten && l.place.context == context;
    });
    if (leg == nullptr) continue;
    pick_up(c, *leg, true);
    return outcome::stays;
  }
  return outcome::next;
}

/// *8: the first call that rings anywhere.
void machine::pick_up_any(channel& c) {
  c.place.app = "Pickup";
  if (auto* const leg = ringing_leg(c, [](channel const&) { return true; }))
    return pick_up(c, *leg, false);
  c.cause = 21;
  finish(c);
}

void machine::pick_up(channel& taker, channel& leg, bool directed) {
  auto* const caller = alive(leg.called_for);
  set_connected(taker, caller->caller);
  answer_first(taker, [this, target = leg.serial, directed](channel& up) {
    auto* const rings = alive(target);
    auto* const calls = rings == nullptr ? nullptr : alive(rings->called_for);
    auto const at = calls == nullptr ? dials_.end() : dials_.find(calls->serial);
    bool const late = rings == nullptr || at == dials_.end() || at->second.callee != 0 ||
                      rings->state != channel_state::ringing;
    if (late) return finish(up);
    take_ringing(up, *rings, *calls, directed);
  });
}

void machine::take_ringing(channel& taker, channel& leg, channel& caller, bool directed) {
  set_connected(caller, taker.caller);
  emit({event_kind::pickup, &taker, &leg});
  auto& d = dials_.at(caller.serial);
  d.legs.erase(std::remove(d.legs.begin(), d.legs.end(), leg.serial), d.legs.end());
  end_turn(leg);
  leg.ending = true;
  leg.cause = directed ? 26 : 16;
  leg.place.exten = taker.place.exten;
  if (directed)
    emit({event_kind::soft_hangup, &leg, nullptr, nullptr, nullptr, nullptr, {}, {}, 16});
  drop(leg);
  end_turn(taker);
  // From here on it is as if it had been called itself.
  taker.has_dialplan = false;
  taker.one_application = false;
  talk_begins(caller, taker);
}

}  // namespace calluna::sim
