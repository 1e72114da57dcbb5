// AMI's actions that hand calls on, park them, and look after conferences.
#include "ami_request.hpp"

#include <fmt/format.h>

namespace calluna::sim {

void ami_talk::blind_transfer(request const& r) {
  auto* const c = channel_of(r);
  if (c == nullptr) return answer(r, false, "Channel specified does not exist");
  auto const context = r.get("Context").empty() ? c->place.context : r.get("Context");
  auto const done = front_.machine_.blind_transfer(*c, context, r.get("Exten"));
  answer(r, done.has_value(), done ? "Transfer succeeded" : "Transfer failed");
}

void ami_talk::atxfer(request const& r) {
  auto* const c = channel_of(r);
  if (c == nullptr) return answer(r, false, "Channel specified does not exist");
  auto const context = r.get("Context").empty() ? c->place.context : r.get("Context");
  answer(r, true, "Atxfer successfully queued");
  front_.machine_.begin_consultation(*c, context, r.get("Exten"));
}

void ami_talk::cancel_atxfer(request const& r) {
  auto* const c = channel_of(r);
  if (c == nullptr) return answer(r, false, "Channel specified does not exist");
  answer(r, true, "CancelAtxfer successfully queued");
  front_.machine_.cancel_consultation(*c);
}

void ami_talk::park(request const& r) {
  auto& m = front_.machine_;
  auto* const c = channel_of(r);
  if (c == nullptr) return answer(r, false, "Channel does not exist");
  if (c->bridge.empty() && c->state != channel_state::up)
    return answer(r, false, "Channel not in a bridge");
  auto const by_name =
      r.get("TimeoutChannel").empty() ? r.get("AnnounceChannel") : r.get("TimeoutChannel");
  auto const dash = by_name.rfind('-');
  auto const parker = by_name.empty() ? c->endpoint : by_name.substr(0, dash);
  auto const milliseconds = r.number("Timeout", 0);
  auto* const stays = m.peer_of(*c);
  auto const space =
      m.park(*c, r.get("Parkinglot"), parker,
             milliseconds > 0 ? std::optional<span>(std::chrono::milliseconds(milliseconds))
                              : std::nullopt);
  if (!space) return answer(r, false, "Parking failed: " + space.error().message);
  if (stays != nullptr) m.announce_space(*stays, *space);
  answer(r, true, "Park successful");
}

void ami_talk::parked_calls(request const& r) {
  auto& m = front_.machine_;
  list_begins(r, "Parked calls will follow");
  auto const id = r.get("ActionID");
  std::size_t total = 0;
  for (auto const& [serial, parked] : m.parked()) {
    if (auto const only = r.get("ParkingLot"); !only.empty() && only != parked.lot) continue;
    auto const* c = m.alive(serial);
    if (c == nullptr) continue;
    ami_block block{{"Event", "ParkedCall"}};
    append_channel(block, *c, "Parkee");
    for (auto const& field : m.parking_fields(parked)) block.push_back(field);
    if (!id.empty()) block.emplace_back("ActionID", id);
    send(block);
    ++total;
  }
  ami_block end{{"Event", "ParkedCallsComplete"}};
  if (!id.empty()) end.emplace_back("ActionID", id);
  end.emplace_back("EventList", "Complete");
  end.emplace_back("ListItems", std::to_string(total));
  end.emplace_back("Total", std::to_string(total));
  send(end);
}

void ami_talk::parking_lots(request const& r) {
  list_begins(r, "Parking lots will follow");
  auto const& all = front_.machine_.parking_lots();
  for (auto const& [name, lot] : all) {
    ami_block block{{"Event", "Parkinglot"}};
    if (auto const id = r.get("ActionID"); !id.empty()) block.emplace_back("ActionID", id);
    block.emplace_back("Name", name);
    block.emplace_back("StartSpace", std::to_string(lot.first));
    block.emplace_back("StopSpace", std::to_string(lot.last));
    auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(lot.timeout);
    block.emplace_back("Timeout", std::to_string(seconds.count()));
    send(block);
  }
  list_ends(r, "ParkinglotsComplete", all.size());
}

void ami_talk::conference_list(request const& r) {
  auto& m = front_.machine_;
  auto const* b = m.find_conference(r.get("Conference"));
  if (b == nullptr) return answer(r, false, "No Conference by that name found.");
  list_begins(r, "Confbridge user list will follow");
  for (auto const serial : b->channels) {
    ami_block block{{"Event", "ConfbridgeList"}};
    if (auto const id = r.get("ActionID"); !id.empty()) block.emplace_back("ActionID", id);
    block.emplace_back("Conference", b->name);
    for (auto const* flag : {"Admin", "MarkedUser", "WaitMarked", "EndMarked", "Waiting", "Muted"})
      block.emplace_back(flag, "No");
    append_channel(block, *m.alive(serial));
    send(block);
  }
  list_ends(r, "ConfbridgeListComplete", b->channels.size());
}

void ami_talk::conference_kick(request const& r) {
  auto& m = front_.machine_;
  auto const* b = m.find_conference(r.get("Conference"));
  if (b == nullptr) return answer(r, false, "No Conference by that name found.");
  auto* const c = channel_of(r);
  if (c == nullptr || c->bridge != b->id)
    return answer(r, false, "No Channel by that name found in Conference.");
  m.kick(*c);
  answer(r, true, "User kicked");
}

}  // namespace calluna::sim
