// Parking: Park() lets a call wait in a space, ParkedCall() takes it from there.
#include <calluna/sim/machine.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace calluna::sim {
namespace {

constexpr int comes_back_for = 30;  // seconds

}  // namespace

void machine::add_parking_lot(parking_lot lot) {
  auto text = fmt::format("[{}]\nexten => {},1,Park({})\n", lot.context, lot.park, lot.name);
  for (int space = lot.first; space <= lot.last; ++space)
    text += fmt::format("exten => {0},1,ParkedCall({1},{0})\n", space, lot.name);
  (void)plan_.read(text);
  auto name = lot.name;
  lots_[std::move(name)] = std::move(lot);
}

bridge& machine::bridge_of(parking_lot& lot) {
  if (auto* const there = find_bridge(lot.bridge)) return *there;
  auto& b = make_bridge("parking");
  b.name = lot.name;
  b.type = "holding";
  b.technology = "holding_bridge";
  lot.bridge = b.id;
  emit({event_kind::bridge_created, nullptr, nullptr, &b});
  return b;
}

/// The first space that is free, or 0.
int machine::free_space(parking_lot const& lot) const {
  for (int space = lot.first; space <= lot.last; ++space) {
    bool const taken = std::any_of(parked_.begin(), parked_.end(), [&](auto const& one) {
      return one.second.lot == lot.name && one.second.space == space;
    });
    if (!taken) return space;
  }
  return 0;
}

result<int> machine::park(channel& c, std::string const& lot_name, std::string parker,
                          std::optional<span> timeout) {
  auto const at = lots_.find(lot_name.empty() ? "default" : lot_name);
  if (at == lots_.end()) return fail(error_kind::invalid, "Could not find parking lot");
  auto const program = led_.find(c.serial);
  if (program != led_.end() && !program->second.on_executed)
    return fail(error_kind::rejected, "it is in AGI()");
  if (is_consulting(c)) return fail(error_kind::rejected, "it is being transferred");
  auto& lot = at->second;
  auto const space = free_space(lot);
  if (space == 0) return fail(error_kind::busy, "no space is free");
  end_turn(c);
  stop_dialing(c);
  auto* const talk = find_bridge(c.bridge);
  leave(c);
  if (talk != nullptr && talk->bridge_class == "basic" && talk->channels.empty())
    destroy_bridge(*talk);
  stop_music(c);
  leave_stasis(c);
  auto& b = bridge_of(lot);
  auto& parked = parked_[c.serial] = {lot.name, space, std::move(parker), now(),
                                      timeout.value_or(lot.timeout)};
  c.variables["PARKING_SPACE"] = std::to_string(space);
  tell_parking("ParkedCall", c, parked);
  enter(b, c);
  start_music(c, "default");
  later(c, parked.timeout, [this](channel& up) { comes_back(up); });
  return space;
}

/// It is parked out of a talk: who stays is told the space, and ends.
void machine::announce_space(channel& stays, int space) {
  end_turn(stays);
  later(stays, length_of(fmt::format("digits:{}", space)), [this](channel& up) {
    up.cause = 16;
    up.ending = true;
    finish(up);
  });
}

machine::outcome machine::start_parking(channel& c, std::vector<std::string> const& arguments) {
  answer(c);
  // Who has sent the call here, else itself.
  auto const by = c.variables.find("BLINDTRANSFER");
  auto parker = by == c.variables.end() ? c.endpoint : by->second.substr(0, by->second.rfind('-'));
  return park(c, arguments.empty() ? "" : arguments[0], std::move(parker)) ? outcome::stays
                                                                           : outcome::next;
}

void machine::comes_back(channel& c) {
  auto const at = parked_.find(c.serial);
  if (at == parked_.end()) return;
  auto const parked = at->second;
  stop_music(c);
  tell_parking("ParkedCallTimeOut", c, parked);
  parked_.erase(at);
  leave(c);
  auto exten = parked.parker;
  std::replace(exten.begin(), exten.end(), '/', '_');
  (void)plan_.read(fmt::format("[park-dial]\nexten => {},1,Dial({},{})\n", exten, parked.parker,
                               comes_back_for));
  place const to{"park-dial", exten, 1, {}, {}};
  if (!agi_holds(c, to)) begin_at(c, to);
}

/// Whoever is parked leaves the lot in another way than those above.
void machine::gives_up_parking(channel const& c) {
  auto const at = parked_.find(c.serial);
  if (at == parked_.end()) return;
  tell_parking("ParkedCallGiveUp", c, at->second);
  parked_.erase(at);
}

machine::outcome machine::start_unparking(channel& c, std::vector<std::string> const& arguments) {
  auto const lot = arguments[0].empty() ? "default" : arguments[0];
  int space = 0;
  if (arguments.size() > 1)
    std::from_chars(arguments[1].data(), arguments[1].data() + arguments[1].size(), space);
  answer_first(c, [this, lot, space](channel& up) {
    for (auto const& [serial, parked] : parked_)
      if (parked.lot == lot && (space == 0 || parked.space == space))
        return take_parked(up, *alive(serial));
    finish(up);
  });
  return outcome::stays;
}

void machine::take_parked(channel& taker, channel& parkee) {
  auto const parked = parked_.at(parkee.serial);
  end_turn(parkee);
  stop_music(parkee);
  auto& talk = make_bridge("basic");
  emit({event_kind::bridge_created, nullptr, nullptr, &talk});
  tell_parking("UnParkedCall", parkee, parked, &taker);
  parked_.erase(parkee.serial);
  leave(parkee);
  enter(talk, parkee);
  enter(talk, taker);
  set_connected(parkee, taker.caller);
  set_connected(taker, parkee.caller);
}

void machine::tell_parking(std::string kind, channel const& c, parked_call const& parked,
                           channel const* taker) {
  event e{event_kind::parking_event, &c, taker};
  e.name = std::move(kind);
  e.fields = parking_fields(parked);
  emit(std::move(e));
}

std::vector<std::pair<std::string, std::string>> machine::parking_fields(
    parked_call const& parked) const {
  using std::chrono::seconds;
  auto const waited = std::chrono::duration_cast<seconds>(now() - parked.since).count();
  auto const whole = std::chrono::duration_cast<seconds>(parked.timeout).count();
  return {{"ParkerDialString", parked.parker},
          {"Parkinglot", parked.lot},
          {"ParkingSpace", std::to_string(parked.space)},
          {"ParkingTimeout", std::to_string(whole - waited)},
          {"ParkingDuration", std::to_string(waited)}};
}

}  // namespace calluna::sim
