// Dial(): ringing phones for a channel, and the talk with the one that answers.
#include <calluna/sim/machine.hpp>

#include <algorithm>

namespace calluna::sim {

/// "PJSIP/101", "PJSIP/0171@trunk", "PJSIP/101/sip:..." -> who is called.
std::optional<machine::target> machine::find_target(std::string_view dial_string) {
  auto const slash = dial_string.find('/');
  if (slash == std::string_view::npos) return {};
  auto rest = dial_string.substr(slash + 1);
  if (dial_string.substr(0, slash) == "Local") return local_target(rest);
  auto const tech = dial_string.substr(0, slash + 1);
  auto const at = rest.find('@');
  auto const where =
      at == std::string_view::npos ? rest.substr(0, rest.find('/')) : rest.substr(at + 1);
  auto* const e = find_endpoint(std::string(tech).append(where));
  if (e == nullptr) return {};
  return target{e->name, e->online, std::string(rest), std::string(rest.substr(0, at))};
}

void machine::ring_leg(channel& caller, target const& to, bool only_one, called_by how) {
  auto& leg = to.local ? make_local(to, {}, &caller) : make_channel(to.name, {}, &caller);
  leg.called = how;
  leg.called_for = caller.serial;
  dials_[caller.serial].legs.push_back(leg.serial);
  if (!to.local) emit({event_kind::channel_created, &leg});
  if (how == called_by::queue) {
    auto const& q = queues_[dials_[caller.serial].queue];
    auto name = leg.endpoint;
    for (auto const& m : q.members)
      if (m.interface == leg.endpoint) name = m.name;
    queue_tell("AgentCalled", q, &caller, &leg,
               {{"Interface", leg.endpoint}, {"MemberName", name}});
  }
  leg.place.exten = caller.place.exten;
  leg.place.app = how == called_by::queue ? "AppQueue" : "AppDial";
  leg.place.data = "(Outgoing Line)";
  if (leg.caller.number.empty()) set_callerid(leg, {caller.place.exten, {}});
  if (how == called_by::queue) {
    leg.connected = caller.caller;
    leg.connected_untold = true;
  } else {
    set_connected(leg, caller.caller);
  }
  if (to.local) start_local(leg, caller.caller, leg.caller);
  event begin{event_kind::dial_begin, &caller, &leg};
  begin.name = to.number;
  emit(std::move(begin));
  if (to.local) {
    leg.invited = true;
    return;
  }
  if (only_one) set_connected(caller, leg.caller);
  invite(leg, to.dialled);
}

void machine::leg_answered(channel& leg) {
  auto* const caller = alive(leg.called_for);
  auto const at = caller == nullptr ? dials_.end() : dials_.find(caller->serial);
  if (at == dials_.end() || at->second.callee != 0) return hang_up(leg, 16, false);
  auto& d = at->second;
  d.legs.erase(std::remove(d.legs.begin(), d.legs.end(), leg.serial), d.legs.end());
  talk_begins(*caller, leg);
}

/// Somebody has answered the Dial() or Queue() of `caller`.
void machine::talk_begins(channel& caller, channel& callee) {
  auto& d = dials_.at(caller.serial);
  cancel_legs(caller, d, "CANCEL", 26);
  d.callee = callee.serial;
  callee.place.exten.clear();
  callee.called = called_by::nobody;
  emit({event_kind::dial_end, &caller, &callee, nullptr, nullptr, nullptr, {}, "ANSWER"});
  if (!d.queue.empty()) queue_answered(caller, callee);
  end_turn(caller);
  stop_music(caller);
  set_variable(caller, "DIALSTATUS", "ANSWER");
  set_connected(caller, callee.caller);
  set_state(caller, channel_state::up);
  auto& b = make_bridge("basic");
  emit({event_kind::bridge_created, nullptr, nullptr, &b});
  enter(b, callee);
  enter(b, caller);
}

/// A leg that rang has ended by itself or was given up.
void machine::leg_failed(channel& leg) {
  auto* const caller = alive(leg.called_for);
  auto const at = caller == nullptr ? dials_.end() : dials_.find(caller->serial);
  auto const serial = leg.serial;
  auto const cause = leg.cause;
  if (at == dials_.end()) return drop(leg);
  auto& d = at->second;
  bool const busy = cause == 17;
  bool const queue = !d.queue.empty();
  if (queue) queue_missed(queues_[d.queue], *caller, leg, d);
  event end{event_kind::dial_end, caller, &leg};
  end.value = busy && !queue ? "BUSY" : cause == 34 ? "CONGESTION" : "NOANSWER";
  emit(std::move(end));
  drop(leg);
  d.legs.erase(std::remove(d.legs.begin(), d.legs.end(), serial), d.legs.end());
  d.status = busy ? "BUSY" : cause == 34 ? "CONGESTION" : cause == 19 ? "NOANSWER" : "CHANUNAVAIL";
  if (!queue) caller->cause = cause;
  if (d.legs.empty() && d.callee == 0 && !caller->ending) dial_is_over(*caller, d.status);
}

void machine::cancel_legs(channel& caller, dialing& d, std::string const& status, int cause) {
  auto const legs = std::exchange(d.legs, {});
  for (auto const serial : legs) {
    auto* const leg = alive(serial);
    if (leg == nullptr) continue;
    emit({event_kind::dial_end, &caller, leg, nullptr, nullptr, nullptr, {}, status});
    // A queue says it once more when it clears up behind a call that nobody took.
    if (!d.queue.empty() && d.callee == 0 && cause != 26)
      emit({event_kind::dial_end, &caller, leg, nullptr, nullptr, nullptr, {}, "CANCEL"});
  }
  for (auto const serial : legs)
    if (auto* const leg = alive(serial)) {
      leg->ending = true;
      leg->cause = cause;
      end_turn(*leg);
      drop(*leg);
    }
}

void machine::dial_is_over(channel& caller, std::string status) {
  auto const at = dials_.find(caller.serial);
  if (at != dials_.end() && !at->second.queue.empty()) return queue_round_is_over(caller);
  dials_.erase(caller.serial);
  end_turn(caller);
  set_variable(caller, "DIALSTATUS", status);
  next(caller);
}

/// `left` ends, or is led elsewhere, and leaves the bridge of a Dial: the other has to leave too.
void machine::talk_ends(channel& left, bridge& talk) {
  if (leaves_consultation(left)) return;
  auto const others = talk.channels;
  for (auto const serial : others) {
    auto const d = dials_.find(serial);
    if (d == dials_.end() || d->second.queue.empty() || d->second.callee == 0) continue;
    auto* const caller = alive(serial);
    auto* const agent = alive(d->second.callee);
    if (caller != nullptr && agent != nullptr)
      queue_talk_ends(d->second.queue, *caller, *agent, caller == &left ? "caller" : "agent");
  }
  leave(left);
  for (auto const serial : others)
    if (auto* const other = alive(serial); other != &left && other != nullptr) leave(*other);
  destroy_bridge(talk);
  dials_.erase(left.serial);
  for (auto const serial : others) {
    auto* const other = alive(serial);
    if (other == nullptr || other == &left) continue;
    end_turn(*other);
    if (!other->has_dialplan) {  // it was called
      other->ending = true;
      other->cause = left.cause == 0 ? 16 : left.cause;
      drop(*other);
      continue;
    }
    bool goes_on = false;
    if (auto const d = dials_.find(serial); d != dials_.end()) {
      goes_on = d->second.goes_on;
      dials_.erase(serial);
    }
    later(*other, span(0), [this, goes_on](channel& c) {
      if (goes_on) return next(c);
      if (executed_for_agi(c, -1)) return;
      if (c.cause == 0) c.cause = 16;
      finish(c);
    });
  }
}

}  // namespace calluna::sim
