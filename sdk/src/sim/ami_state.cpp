// AMI's actions that ask what there is.
#include "ami_request.hpp"

#include <fmt/format.h>

namespace calluna::sim {

void ami_talk::core_settings(request const& r) {
  answer(r, true, "",
         {{"AMIversion", "11.0.0"},
          {"AsteriskVersion", "22.10.1"},
          {"SystemName", front_.machine_.options().systemname},
          {"CoreMaxCalls", "0"},
          {"CoreRunUser", ""},
          {"CoreRealTimeEnabled", "No"},
          {"CoreCDRenabled", "No"},
          {"CoreHTTPenabled", "Yes"}});
}

void ami_talk::core_status(request const& r) {
  answer(r, true, "", {{"CoreCurrentCalls", std::to_string(front_.machine_.channels().size())}});
}

void ami_talk::core_show_channels(request const& r) {
  auto const& m = front_.machine_;
  list_begins(r, "Channels will follow");
  for (auto const& [serial, c] : m.channels()) {
    ami_block block{{"Event", "CoreShowChannel"}};
    if (auto const id = r.get("ActionID"); !id.empty()) block.emplace_back("ActionID", id);
    append_channel(block, *c);
    auto const age = std::chrono::duration_cast<std::chrono::seconds>(m.now() - c->created).count();
    block.emplace_back("Application", c->place.app);
    block.emplace_back("ApplicationData", c->place.data);
    block.emplace_back("Duration",
                       fmt::format("{:02}:{:02}:{:02}", age / 3600, age / 60 % 60, age % 60));
    block.emplace_back("BridgeId", c->bridge);
    send(block);
  }
  list_ends(r, "CoreShowChannelsComplete", m.channels().size());
}

void ami_talk::status(request const& r) {
  auto const& m = front_.machine_;
  auto const* only = r.get("Channel").empty() ? nullptr : channel_of(r);
  if (only == nullptr && !r.get("Channel").empty()) return answer(r, false, "No such channel");
  list_begins(r, "Channel status will follow");
  std::size_t items = 0;
  for (auto const& [serial, c] : m.channels()) {
    if (only != nullptr && only != c.get()) continue;
    ++items;
    ami_block block{{"Event", "Status"}, {"Privilege", "Call"}};
    if (auto const id = r.get("ActionID"); !id.empty()) block.emplace_back("ActionID", id);
    append_channel(block, *c);
    block.emplace_back("Type", c->endpoint.substr(0, c->endpoint.find('/')));
    block.emplace_back("BridgeID", c->bridge);
    block.emplace_back("Application", c->place.app);
    block.emplace_back("Data", c->place.data);
    auto const age = std::chrono::duration_cast<std::chrono::seconds>(m.now() - c->created);
    block.emplace_back("Seconds", std::to_string(age.count()));
    send(block);
  }
  ami_block end{{"Event", "StatusComplete"}};
  if (auto const id = r.get("ActionID"); !id.empty()) end.emplace_back("ActionID", id);
  end.emplace_back("EventList", "Complete");
  end.emplace_back("ListItems", std::to_string(items));
  end.emplace_back("Items", std::to_string(items));
  send(end);
}

void ami_talk::bridge_list(request const& r) {
  list_begins(r, "Bridge listing will follow");
  std::size_t items = 0;
  auto const type = r.get("BridgeType");
  for (auto const& [serial, b] : front_.machine_.bridges()) {
    if (!type.empty() && b->bridge_class != type) continue;
    ami_block block{{"Event", "BridgeListItem"}};
    if (auto const id = r.get("ActionID"); !id.empty()) block.emplace_back("ActionID", id);
    append_bridge(block, *b);
    send(block);
    ++items;
  }
  list_ends(r, "BridgeListComplete", items);
}

void ami_talk::bridge_info(request const& r) {
  auto const* b = front_.machine_.find_bridge(r.get("BridgeUniqueid"));
  if (b == nullptr) return answer(r, false, "Bridge not found");
  list_begins(r, "Bridge channel listing will follow");
  for (auto const serial : b->channels) {
    auto const* c = front_.machine_.alive(serial);
    ami_block block{{"Event", "BridgeInfoChannel"}};
    if (auto const id = r.get("ActionID"); !id.empty()) block.emplace_back("ActionID", id);
    append_channel(block, *c);
    send(block);
  }
  ami_block end{{"Event", "BridgeInfoComplete"}};
  if (auto const id = r.get("ActionID"); !id.empty()) end.emplace_back("ActionID", id);
  append_bridge(end, *b);
  end.emplace_back("EventList", "Complete");
  end.emplace_back("ListItems", std::to_string(b->channels.size()));
  send(end);
}

void ami_talk::device_states(request const& r) {
  list_begins(r, "Device State Changes will follow");
  auto const& all = front_.machine_.endpoints();
  for (auto const& [name, e] : all) {
    ami_block block{{"Event", "DeviceStateChange"}};
    if (auto const id = r.get("ActionID"); !id.empty()) block.emplace_back("ActionID", id);
    block.emplace_back("Device", name);
    block.emplace_back("State", e.device_state);
    send(block);
  }
  list_ends(r, "DeviceStateListComplete", all.size());
}

void ami_talk::endpoints(request const& r) {
  list_begins(r, "A listing of Endpoints follows, presented as EndpointList events");
  auto const& all = front_.machine_.endpoints();
  for (auto const& [name, e] : all) {
    ami_block block{{"Event", "EndpointList"}};
    if (auto const id = r.get("ActionID"); !id.empty()) block.emplace_back("ActionID", id);
    block.emplace_back("ObjectType", "endpoint");
    block.emplace_back("ObjectName", name.substr(name.find('/') + 1));
    block.emplace_back("DeviceState", e.online ? "Not in use" : "Unavailable");
    send(block);
  }
  list_ends(r, "EndpointListComplete", all.size());
}

}  // namespace calluna::sim
