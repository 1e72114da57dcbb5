#include "live_story.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace calluna::integration {
namespace {

std::string given(ami::message_view const& e, char const* key) {
  auto const value = e.get(key);
  return value == "<unknown>" ? std::string() : std::string(value);
}

std::string given_name(ami::message_view const& e, char const* key) {
  return ami::unescape(given(e, key));
}

template <class Visit>
void each_of(std::string_view list, Visit visit) {
  while (!list.empty()) {
    auto const one = list.substr(0, list.find('&'));
    visit(std::string(one));
    list.remove_prefix(std::min(list.size(), one.size() + 1));
  }
}

}  // namespace

channel_record* live_story::find(std::string_view uniqueid) {
  auto const at = serials_.find(uniqueid);
  return at == serials_.end() ? nullptr : story_->find(at->second);
}

std::uint64_t live_story::call_after(std::uint64_t count, std::string const& endpoint) const {
  for (auto serial = count + 1; serial <= serials_.size(); ++serial)
    if (auto const* r = story_->find(serial); r->called_us && r->endpoint == endpoint)
      return serial;
  return 0;
}

void live_story::hear(ami::message_view const& e) {
  auto const event = e.event();
  if (event == "Newchannel") begin(e);
  // Parking tells of its callers under names of their own.
  if (event == "ParkedCall" || event == "UnParkedCall" || event == "ParkedCallTimeOut" ||
      event == "ParkedCallGiveUp") {
    if (auto* const r = find(e.get("ParkeeUniqueid"))) {
      r->parked = event == "ParkedCall" ? std::string(e.get("ParkingSpace")) : std::string();
      story_->say(*r, fmt::format("{} ({})", event, e.get("ParkingSpace")));
    }
    return;
  }
  auto* const r = find(e.get("Uniqueid"));
  if (r == nullptr || r->ended) return;
  look_at(*r, e);
  change(*r, e);
}

void live_story::begin(ami::message_view const& e) {
  auto const serial = serials_.size() + 1;
  serials_.emplace(e.get("Uniqueid"), serial);
  auto& r = story_->record(serial);
  r.serial = serial;
  r.id = e.get("Uniqueid");
  r.name = e.get("Channel");
  r.endpoint = r.name.substr(0, r.name.rfind('-'));
  r.called_us = e.get("ChannelStateDesc") == "Ring";
  if (r.name.rfind("Local/", 0) == 0) halves_[r.name] = serial;
  auto const caller = given(e, "CallerIDNum");
  auto const own = numbers_.find(r.endpoint);
  bool const is_own = own != numbers_.end() && own->second == caller;
  r.who = r.called_us && !is_own && !caller.empty() ? caller : r.endpoint;
}

void live_story::look_at(channel_record& r, ami::message_view const& e) {
  if (!e.find("ChannelStateDesc")) return;
  r.linkedid = e.get("Linkedid");
  r.state = e.get("ChannelStateDesc");
  r.answered |= r.state == "Up";
  r.caller_name = given_name(e, "CallerIDName");
  r.caller_number = given(e, "CallerIDNum");
  if (displays_.count(r.serial) == 0) {
    r.connected_name = given_name(e, "ConnectedLineName");
    r.connected_number = given(e, "ConnectedLineNum");
  }
  r.context = e.get("Context");
  r.exten = e.get("Exten");
}

void live_story::change(channel_record& r, ami::message_view const& e) {
  auto const say = [&](std::string const& text) { story_->say(r, text); };
  auto const event = e.event();
  if (event == "Newchannel")
    return say(r.called_us ? fmt::format("calls {} in [{}]", r.exten, r.context) : "is called");
  if (event == "Newstate")
    return say(r.state == "Up" ? "is up" : r.state == "Ringing" ? "rings" : r.state);
  if (event == "NewCallerid")
    return say(fmt::format("is now called \"{}\" <{}>", r.caller_name, r.caller_number));
  if (event == "Newexten") return at_step(r, e);
  if (event == "VarSet") {
    auto const name = std::string(e.get("Variable"));
    r.variables[name] = ami::unescape(e.get("Value"));
    return say(fmt::format("has {}={}", name, r.variables[name]));
  }
  if (event == "MusicOnHoldStart") {
    r.music = e.get("Class");
    return say("hears music: " + r.music);
  }
  if (event == "MusicOnHoldStop") {
    r.music.clear();
    return say("hears no more music");
  }
  if (event == "BridgeEnter") return enter(r, e);
  if (event == "BridgeLeave") return leave(r, e);
  if (event == "DTMFEnd" && e.get("Direction") == "Received") {
    r.pressed += e.get("Digit");
    return say(fmt::format("presses {}", e.get("Digit")));
  }
  if (event == "Rename") r.name = e.get("Newname");
  if (event == "Hold") return say("puts the other side on hold");
  if (event == "Unhold") return say("takes the other side back");
  if (event == "Hangup") end(r, e);
}

void live_story::at_step(channel_record& r, ami::message_view const& e) {
  r.app = e.get("Application");
  auto const data = std::string(e.get("AppData"));
  r.dialplan.push_back(
      fmt::format("{},{},{} {}({})", r.context, r.exten, e.get("Priority"), r.app, data));
  r.stasis = r.app == "Stasis" ? data.substr(0, data.find(',')) : std::string();
  if (r.app == "Playback")
    each_of(data.substr(0, data.find(',')),
            [&](std::string const& sound) { r.heard.push_back("sound:" + sound); });
  story_->say(r, "is at " + r.dialplan.back());
}

void live_story::enter(channel_record& r, ami::message_view const& e) {
  auto& b = bridges_[std::string(e.get("BridgeUniqueid"))];
  b.holding = e.get("BridgeTechnology") == "holding_bridge";
  b.channels.insert(r.serial);
  connect();
  std::string others;
  for (auto const serial : r.bridged)
    others += (others.empty() ? "" : ", ") + story_->record(serial).who;
  story_->say(r, others.empty() ? "enters a bridge, alone" : "is bridged with " + others);
}

void live_story::leave(channel_record& r, ami::message_view const& e) {
  bridges_[std::string(e.get("BridgeUniqueid"))].channels.erase(r.serial);
  connect();
  story_->say(r, "leaves the bridge");
}

/// Who hears that channel: those in its bridge, and through a Local channel those in another.
std::set<std::uint64_t> live_story::with(std::uint64_t serial) const {
  std::set<std::uint64_t> found{serial};
  std::vector<std::uint64_t> next{serial};
  auto const reach = [&](std::uint64_t one) {
    if (found.insert(one).second) next.push_back(one);
  };
  while (!next.empty()) {
    auto const at = next.back();
    next.pop_back();
    for (auto const& [id, b] : bridges_)
      if (!b.holding && b.channels.count(at) != 0)
        for (auto const other : b.channels) reach(other);
    auto name = story_->find(at)->name;
    if (name.rfind("Local/", 0) != 0) continue;
    name.back() = name.back() == '1' ? '2' : '1';
    if (auto const half = halves_.find(name); half != halves_.end()) reach(half->second);
  }
  found.erase(serial);
  return found;
}

void live_story::connect() {
  for (auto const& [id, serial] : serials_) {
    auto& r = story_->record(serial);
    r.bridged = r.ended ? std::set<std::uint64_t>{} : with(serial);
    r.ever_bridged.insert(r.bridged.begin(), r.bridged.end());
  }
}

void live_story::end(channel_record& r, ami::message_view const& e) {
  r.ended = true;
  halves_.erase(r.name);
  connect();
  r.cause = std::atoi(std::string(e.get("Cause")).c_str());
  r.state = "Down";
  r.stasis.clear(), r.music.clear(), r.app.clear(), r.parked.clear();
  r.sounding = false;
  story_->say(r, fmt::format("is gone: {} ({})", e.get("Cause-txt"), r.cause));
}

void live_story::shows(std::uint64_t serial, std::string const& name, std::string const& number) {
  auto* const r = story_->find(serial);
  if (r == nullptr) return;
  displays_.insert(serial);
  if (r->connected_name == name && r->connected_number == number) return;
  r->connected_name = name;
  r->connected_number = number;
  story_->say(*r, fmt::format("shows \"{}\" <{}>", name, number));
}

// -- playbacks

std::set<std::uint64_t> live_story::targets(std::string const& uri) {
  auto const id = uri.substr(uri.find(':') + 1);
  if (uri.rfind("bridge:", 0) == 0) return bridges_[id].channels;
  auto const* const r = find(id);
  return r == nullptr ? std::set<std::uint64_t>{} : std::set<std::uint64_t>{r->serial};
}

void live_story::hear(ari::event_view const& e) {
  bool const begins = e.type == "PlaybackStarted" || e.type == "PlaybackContinuing";
  if (!begins && e.type != "PlaybackFinished") return;
  auto const event = nlohmann::json::parse(e.json, nullptr, false);
  if (!event.is_object() || !event.contains("playback")) return;
  auto const& playback = event["playback"];
  auto media = playback.value("media_uri", "");
  for (auto const serial : targets(playback.value("target_uri", ""))) {
    auto& r = story_->record(serial);
    r.sounding = begins && !r.ended;
    if (begins) {
      r.heard.push_back(media);
      story_->say(r, "hears " + media);
    } else if (playback.value("state", "") == "failed" && !r.heard.empty()) {
      // There is no such sound, or the channel had gone: nothing was heard.
      r.heard.pop_back();
      story_->say(r, "has not heard it: the playback failed");
    }
  }
}

}  // namespace calluna::integration
