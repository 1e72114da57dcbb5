// The PBX's own attended transfer (AMI's Atxfer, *2): who transfers asks somebody first, through a
// Local channel, while the other side hears music.
#include <calluna/sim/machine.hpp>

#include <algorithm>

namespace calluna::sim {
namespace {

constexpr auto patience = std::chrono::seconds(15);  // atxfernoanswertimeout
constexpr char begins[] = "*2", cancels[] = "*1";    // [featuremap]

}  // namespace

/// As if the device had pressed them, all at once.
void machine::tell_keys(channel& c, std::string const& keys) {
  for (char const key : keys)
    emit({event_kind::digit_end, &c, nullptr, nullptr, nullptr, nullptr, {key}, "Received"});
}

void machine::begin_consultation(channel& transferer, std::string const& context,
                                 std::string const& exten) {
  auto* const waits = peer_of(transferer);
  auto* const home = find_bridge(transferer.bridge);
  if (waits == nullptr || home->bridge_class != "basic" || transferer.stasis ||
      is_consulting(transferer))
    return;
  auto const to = local_target(exten + "@" + context);
  tell_keys(transferer, begins);
  emit({event_kind::hold, &transferer, nullptr, nullptr, nullptr, nullptr, "default"});
  start_music(*waits, "default");
  tell_keys(transferer, exten);
  if (!to) return take_back(transferer, *waits);
  auto& asked = make_local(*to, {}, &transferer);
  asked.called = called_by::originate;
  asked.invited = true;
  auto& side = make_bridge("basic");
  emit({event_kind::bridge_created, nullptr, nullptr, &side});
  consultations_[transferer.serial] = {home->id, asked.serial};
  start_local(asked, transferer.caller, {});
  set_connected(asked, transferer.caller);
  enter(side, asked);
  leave(transferer);
  enter(side, transferer);
  set_connected(transferer, {});
  time_.after(patience, [this, serial = asked.serial] {
    auto* const late = alive(serial);
    if (late == nullptr || late->state == channel_state::up) return;
    late->cause = 19;
    finish(*late);
  });
}

/// Whether it asks, or is asked, for somebody who waits: such a call is not handed on otherwise.
bool machine::is_consulting(channel const& c) const {
  return std::any_of(consultations_.begin(), consultations_.end(), [&](auto const& one) {
    return one.first == c.serial || one.second.asked == c.serial;
  });
}

/// They talk again, as if nothing had been asked.
void machine::take_back(channel& transferer, channel& waits) {
  stop_music(waits);
  emit({event_kind::unhold, &transferer});
  set_connected(transferer, waits.caller);
}

void machine::cancel_consultation(channel& transferer) {
  auto const at = consultations_.find(transferer.serial);
  if (at == consultations_.end()) return;
  tell_keys(transferer, cancels);
  auto* const asked = alive(at->second.asked);
  consultation_failed(transferer, at->second);
  if (asked == nullptr) return;
  asked->ending = true;
  asked->cause = 16;
  end_turn(*asked);
  drop(*asked);
}

void machine::consultation_failed(channel& transferer, consultation const& of) {
  auto const it = of;
  consultations_.erase(transferer.serial);
  auto* const side = find_bridge(transferer.bridge);
  leave(transferer);
  auto* const home = find_bridge(it.home);
  if (home != nullptr) {
    enter(*home, transferer);
    if (auto* const waits = peer_of(transferer)) take_back(transferer, *waits);
  }
  if (auto* const asked = alive(it.asked)) leave(*asked);
  if (side != nullptr) destroy_bridge(*side);
  // Whoever waited has gone meanwhile.
  if (home == nullptr) hang_up(transferer, 16, false);
}

/// `left` leaves a talk: whether that was a consultation, which then has ended.
bool machine::leaves_consultation(channel& left) {
  for (auto const& [serial, one] : consultations_)
    if (one.asked == left.serial) {
      consultation_failed(*alive(serial), one);
      return true;
    }
  auto const at = consultations_.find(left.serial);
  if (at == consultations_.end()) return false;
  auto const one = at->second;
  auto* const home = find_bridge(one.home);
  auto* const asked = alive(one.asked);
  if (home == nullptr || home->channels.empty() || asked == nullptr) {
    consultations_.erase(at);
    if (asked != nullptr) hang_up(*asked, 16, false);
    return false;
  }
  consultations_.erase(at);
  auto& waits = *alive(home->channels.front());
  auto& side = *find_bridge(left.bridge);
  handover const was{left, left, waits, {}, *home, side, home->id};
  leave(left);
  event merged{event_kind::bridge_merged, nullptr, nullptr, home};
  merged.from = &side;
  emit(std::move(merged));
  leave(*asked);
  stop_music(waits);
  enter(*home, *asked);
  event told{event_kind::attended_transfer};
  told.handover = &was;
  emit(std::move(told));
  destroy_bridge(side);
  set_connected(*asked, waits.caller);
  set_connected(waits, asked->caller);
  dials_.erase(left.serial);
  if (auto const d = dials_.find(waits.serial); d != dials_.end()) {
    if (!d->second.queue.empty()) queue_talk_ends(d->second.queue, waits, left, "transfer");
    d->second.queue.clear();
    d->second.callee = asked->serial;
  }
  return true;
}

}  // namespace calluna::sim
