#include <calluna/ami/message.hpp>
#include <calluna/calls/snapshot.hpp>

#include <charconv>
#include <chrono>
#include <string_view>

namespace calluna::calls {
namespace {

std::string plain(std::string_view value) {
  return value == "<unknown>" ? std::string() : std::string(value);
}

int number(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// "HH:MM:SS", hours without bound.
std::chrono::seconds duration(std::string_view text) {
  std::chrono::seconds total{};
  while (!text.empty()) {
    auto const colon = text.find(':');
    total = total * 60 + std::chrono::seconds(number(text.substr(0, colon)));
    if (colon == std::string_view::npos) break;
    text.remove_prefix(colon + 1);
  }
  return total;
}

channel_state state_of(int state) {
  switch (state) {
    case 0:
      return channel_state::down;
    case 4:
      return channel_state::calling;
    case 5:
      return channel_state::ringing;
    case 6:
      return channel_state::up;
    default:
      return channel_state::other;
  }
}

known_channel channel_of(ami::message_view const& e, moment at) {
  known_channel c;
  c.id = e.get("Uniqueid");
  c.name = e.get("Channel");
  c.linkedid = e.get("Linkedid");
  c.state = state_of(number(e.get("ChannelState")));
  c.number = plain(e.get("CallerIDNum"));
  c.caller_name = ami::unescape(plain(e.get("CallerIDName")));
  c.exten = e.get("Exten");
  c.application = e.get("Application");
  c.bridge = e.get("BridgeId");
  c.since = at - duration(e.get("Duration"));
  c.dialed = e.get("ApplicationData") == "(Outgoing Line)" || c.state == channel_state::ringing ||
             c.state == channel_state::down;
  return c;
}

known_bridge bridge_of(ami::message_view const& e) {
  known_bridge b;
  b.id = e.get("BridgeUniqueid");
  b.name = plain(e.get("BridgeName"));
  if (e.get("BridgeType") == "parking") {
    b.kind = bridge_kind::parking;
  } else if (e.get("BridgeCreator") == "ConfBridge") {
    b.kind = bridge_kind::conference;
  } else if (e.get("BridgeTechnology") == "holding_bridge") {
    b.kind = bridge_kind::holding;
  }
  return b;
}

}  // namespace

void add_from_ami(snapshot& into, ami::message_view const& event, moment at) {
  auto const name = event.event();
  if (name == "CoreShowChannel") {
    into.channels.push_back(channel_of(event, at));
  } else if (name == "BridgeListItem") {
    into.bridges.push_back(bridge_of(event));
  } else if (name == "QueueEntry") {
    into.has_queues = true;
    into.waiting.push_back({std::string(event.get("Uniqueid")), std::string(event.get("Queue")),
                            static_cast<unsigned>(number(event.get("Position"))),
                            at - std::chrono::seconds(number(event.get("Wait")))});
  } else if (name == "ParkedCall") {
    into.has_parked = true;
    into.parked.push_back(
        {std::string(event.get("ParkeeUniqueid")), std::string(event.get("ParkerDialString")),
         std::string(event.get("Parkinglot")), std::string(event.get("ParkingSpace"))});
  }
}

}  // namespace calluna::calls
