/// How a call and its legs ended. Facts decide; Asterisk's hang-up cause only where nothing else
/// was told, because cause 16 is everybody's: the one who talked, and the one who gave up.
#include "model_impl.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace calluna::calls {
namespace {

/// Causes (ITU Q.850, as Asterisk uses them) of a party that was not reached.
leg_end by_cause(int cause) {
  switch (cause) {
    case 17:
      return leg_end::busy;
    case 21:
      return leg_end::rejected;
    case 18:  // no user responding
    case 19:  // rang, no answer
      return leg_end::noanswer;
    case 26:
      return leg_end::elsewhere;
    case 3:   // no route: Asterisk's word for a phone that is not registered
    case 20:  // subscriber absent
    case 27:  // out of order
      return leg_end::offline;
    case 34:  // no circuit
    case 38:  // network out of order
    case 41:  // temporary failure
    case 42:  // switching congestion
    case 44:  // circuit not available
      return leg_end::congestion;
    default:
      return leg_end::none;
  }
}

/// The results of Dial and of dialling from outside the dialplan.
leg_end by_dial_status(std::string const& status) {
  if (status == "BUSY") return leg_end::busy;
  if (status == "NOANSWER") return leg_end::noanswer;
  if (status == "CONGESTION") return leg_end::congestion;
  if (status == "CHANUNAVAIL") return leg_end::offline;
  if (status == "DONTCALL" || status == "TORTURE") return leg_end::rejected;
  return leg_end::none;
}

bool was_called(leg const& l) {
  return l.role == leg_role::callee || l.role == leg_role::user;
}

bool hung_up_itself(leg const& l) {
  return l.asked_by == asker::device;
}

/// Whether somebody else answered while this one rang.
bool answered_elsewhere(call const& c, leg const& l) {
  if (!c.picked_up_by.empty() && l.dial_status.empty() && l.role == leg_role::callee) return true;
  bool const given_up = l.asked_by == asker::pbx || l.dial_status == "CANCEL";
  return given_up && std::any_of(c.legs.begin(), c.legs.end(), [&](leg const& o) {
           return &o != &l && o.role == l.role && told(o.answered_at) &&
                  o.answered_at >= l.began_at && o.answered_at <= l.ended_at;
         });
}

/// Whether the one who called gave up while this one rang.
bool caller_gave_up(call const& c, leg const& l) {
  return std::any_of(c.legs.begin(), c.legs.end(), [&](leg const& o) {
    return &o != &l && o.role != leg_role::callee && hung_up_itself(o) && o.asked_at <= l.ended_at;
  });
}

/// A party that was called and never answered.
leg_end unreached(call const& c, leg const& l) {
  if (hung_up_itself(l)) {
    // The phone itself said no: why, says the cause.
    auto const cause = l.asked_cause != 0 ? l.asked_cause : l.cause;
    auto const end = by_cause(cause);
    if (end != leg_end::none) return end;
    auto const dial = by_dial_status(l.dial_status);
    return dial != leg_end::none ? dial : leg_end::rejected;
  }
  auto const end = by_cause(l.cause);
  if (end == leg_end::elsewhere || end == leg_end::busy || end == leg_end::rejected) return end;
  if (answered_elsewhere(c, l)) return leg_end::elsewhere;
  if (auto const dial = by_dial_status(l.dial_status); dial != leg_end::none) return dial;
  if (caller_gave_up(c, l)) return leg_end::cancelled;
  if (end != leg_end::none) return end;
  if (l.dial_status == "CANCEL") return leg_end::cancelled;
  return told(l.rang_at) ? leg_end::noanswer : leg_end::cleared;
}

/// Whether the party that this one talked to last ended it.
bool left_alone(call const& c, leg const& l) {
  auto const* const other = c.find_leg(l.parted_from);
  if (other == nullptr) return false;
  if (hung_up_itself(*other) && other->asked_at <= l.ended_at) return true;
  if (other->transferred) return false;
  for (auto const& p : c.parkings)
    if (p.channel == other->channel && p.at <= l.ended_at) return false;
  // It went on without this one (a consultation that was given up).
  return !other->ended() || other->ended_at - l.ended_at > std::chrono::seconds(1);
}

}  // namespace

leg_end decide_end(call const& c, leg const& l) {
  if (l.transferred) return leg_end::transferred;
  if (was_called(l) && !told(l.answered_at)) return unreached(c, l);
  if (hung_up_itself(l)) return leg_end::hung_up;
  return left_alone(c, l) ? leg_end::other_hung_up : leg_end::cleared;
}

namespace {

struct status_rule {
  leg_end end;
  call_status status;
};
/// Of several that were called in vain, the first of these decides.
constexpr std::array status_rules{
    status_rule{leg_end::noanswer, call_status::noanswer},
    status_rule{leg_end::rejected, call_status::rejected},
    status_rule{leg_end::busy, call_status::busy},
    status_rule{leg_end::congestion, call_status::congestion},
    status_rule{leg_end::offline, call_status::offline},
    status_rule{leg_end::cancelled, call_status::cancelled},
    status_rule{leg_end::cleared, call_status::failed},
};

/// Nobody was called, or nothing came of it: what the PBX told the caller.
call_status status_by_cause(call const& c) {
  if (c.legs.empty()) return call_status::failed;
  auto const& caller = c.legs.front();
  auto const end = by_cause(caller.cause);
  for (auto const& rule : status_rules)
    if (rule.end == end) return rule.status;
  // It listened to a prompt to its end, or left the queue with nowhere to go.
  bool const was_up = !c.queues.empty() || caller.cause == 16;
  return was_up ? call_status::noanswer : call_status::failed;
}

/// Of a caller who hung up unanswered: whether there was still something to wait for. Whoever hangs
/// up on the voicebox, after all phones have rung in vain, has not given up.
bool gave_up(call const& c) {
  auto const reached_for = [](leg const& l) { return was_called(l) && !told(l.answered_at); };
  auto const still_rang = [&](leg const& l) {
    return reached_for(l) && (l.end == leg_end::cancelled || l.end == leg_end::unseen);
  };
  return std::any_of(c.legs.begin(), c.legs.end(), still_rang) ||
         std::none_of(c.legs.begin(), c.legs.end(), reached_for) ||
         std::any_of(c.queues.begin(), c.queues.end(),
                     [](queue_episode const& e) { return e.outcome == queue_outcome::abandoned; });
}

call_status end_status(call const& c) {
  if (told(c.answered_at)) return call_status::answered;
  auto const any = [&c](auto&& test) { return std::any_of(c.legs.begin(), c.legs.end(), test); };
  if (any([](leg const& l) { return l.role != leg_role::callee && l.end == leg_end::hung_up; }) &&
      gave_up(c))
    return call_status::cancelled;
  // The caller's end was missed, so what led to it may have been, too.
  if (!c.legs.empty() && c.legs.front().end == leg_end::unseen) return call_status::unknown_end;
  for (auto const& rule : status_rules)
    if (any([&](leg const& l) {
          return was_called(l) && !told(l.answered_at) && l.end == rule.end;
        }))
      return rule.status;
  if (any([](leg const& l) { return l.end == leg_end::unseen; })) return call_status::unknown_end;
  return status_by_cause(c);
}

/// The last who hung up; of a call that reached nobody, who declined it.
leg const* who_ended(call const& c) {
  leg const* last = nullptr;
  for (auto const& l : c.legs)
    if (l.end == leg_end::hung_up && (last == nullptr || l.asked_at >= last->asked_at)) last = &l;
  if (last != nullptr || c.status != call_status::rejected) return last;
  for (auto const& l : c.legs)
    if (l.end == leg_end::rejected) last = &l;
  return last;
}

}  // namespace

void decide(call& c) {
  for (auto& l : c.legs)
    if (l.end != leg_end::unseen) l.end = decide_end(c, l);
  c.status = end_status(c);
  if (auto const* const l = who_ended(c)) c.hung_up_by = l->endpoint;
  if (c.legs.empty()) return;
  if (std::any_of(c.legs.begin(), c.legs.end(),
                  [](leg const& l) { return l.end == leg_end::unseen; }))
    c.uncertain = true;
  c.cause = c.legs.front().cause;
  c.cause_text = c.legs.front().cause_text;
}

call_status live_status(call const& c) {
  for (auto const& p : c.parkings)
    if (p.outcome == park_outcome::waiting && !told(p.ended_at)) return call_status::parked;
  if (told(c.answered_at)) return call_status::up;
  for (auto const& e : c.queues)
    if (!told(e.left_at)) return call_status::queued;
  return call_status::ringing;
}

}  // namespace calluna::calls
