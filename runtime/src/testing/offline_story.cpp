#include "offline_story.hpp"

#include <fmt/format.h>

namespace calluna::runtime::testing {
namespace {

using sim::event_kind;

std::string parking_space(sim::event const& e) {
  for (auto const& [name, value] : e.fields)
    if (name == "ParkingSpace") return value;
  return {};
}

}  // namespace

void copy_state(sim::channel const& from, channel_record& to) {
  to.linkedid = from.linkedid;
  to.state = sim::to_string(from.state);
  to.answered |= from.state == sim::channel_state::up;
  to.caller_name = from.caller.name;
  to.caller_number = from.caller.number;
  to.connected_name = from.connected.name;
  to.connected_number = from.connected.number;
  to.stasis = from.stasis.value_or("");
  to.music = from.music;
  to.context = from.place.context;
  to.exten = from.place.exten;
  to.app = from.place.app;
}

offline_story::offline_story(sim::machine& of, std::shared_ptr<timeline> into)
    : machine_(of), story_(std::move(into)) {
  of.listen([this](sim::event const& e) { hear(e); });
}

channel_record& offline_story::record(sim::channel const& c) {
  auto& r = story_->record(c.serial);
  if (r.serial == 0) {
    r.serial = c.serial;
    r.id = c.id;
    r.name = c.name;
    r.endpoint = c.endpoint;
    r.called_us = c.state == sim::channel_state::ring;
    auto const* const endpoint = machine_.find_endpoint(c.endpoint);
    bool const own = endpoint != nullptr && endpoint->callerid.number == c.caller.number;
    r.who = r.called_us && !own && !c.caller.number.empty() ? c.caller.number : c.endpoint;
  }
  copy_state(c, r);
  return r;
}

void offline_story::hear(sim::event const& e) {
  if (e.handover != nullptr)
    story_->say(record(e.handover->first), fmt::format("hands {} on to whom it has asked",
                                                       record(e.handover->transferee).who));
  if (e.channel != nullptr) change(record(*e.channel), e);
  if (e.other != nullptr) record(*e.other);
  if (e.kind != event_kind::playback_started && e.kind != event_kind::playback_continuing) return;
  auto const& p = *e.playback;
  auto const media = p.media[p.at];
  auto const heard_by = [&](sim::channel const& c) {
    auto& r = record(c);
    r.heard.push_back(media);
    story_->say(r, "hears " + media);
  };
  if (p.target.rfind("channel:", 0) == 0) {
    if (auto const* c = machine_.find(p.target.substr(8))) heard_by(*c);
  } else if (auto const* b = machine_.find_bridge(p.target.substr(p.target.find(':') + 1))) {
    for (auto const serial : b->channels)
      if (auto const* c = machine_.alive(serial)) heard_by(*c);
  }
}

void offline_story::change(channel_record& r, sim::event const& e) {
  auto const say = [&](std::string const& text) { story_->say(r, text); };
  auto const& c = *e.channel;
  switch (e.kind) {
    case event_kind::channel_created:
      return say(r.called_us ? fmt::format("calls {} in [{}]", r.exten, r.context) : "is called");
    case event_kind::channel_state:
      return say(c.state == sim::channel_state::up        ? "is up"
                 : c.state == sim::channel_state::ringing ? "rings"
                                                          : r.state);
    case event_kind::channel_callerid:
      return say(fmt::format("is now called \"{}\" <{}>", r.caller_name, r.caller_number));
    case event_kind::channel_dialplan:
      r.dialplan.push_back(fmt::format("{},{},{} {}({})", c.place.context, c.place.exten,
                                       c.place.priority, c.place.app, c.place.data));
      if (c.place.app == "Playback")
        for (auto const& sound : sim::split_arguments(sim::split_arguments(c.place.data)[0], '&'))
          r.heard.push_back("sound:" + sound);
      return say("is at " + r.dialplan.back());
    case event_kind::channel_variable:
      r.variables[e.name] = e.value;
      return say(fmt::format("has {}={}", e.name, e.value));
    case event_kind::stasis_start:
      return say("enters Stasis application " + e.name);
    case event_kind::stasis_end:
      return say("leaves Stasis application " + e.name);
    case event_kind::bridge_entered: {
      std::string others;
      for (auto const serial : e.bridge->channels) {
        if (serial == c.serial || e.bridge->type == "holding") continue;
        auto& other = story_->record(serial);
        r.bridged.insert(serial), r.ever_bridged.insert(serial);
        other.bridged.insert(c.serial), other.ever_bridged.insert(c.serial);
        others += (others.empty() ? "" : ", ") + other.who;
      }
      return say(others.empty() ? "enters a bridge, alone" : "is bridged with " + others);
    }
    case event_kind::bridge_left:
      for (auto const serial : std::exchange(r.bridged, {}))
        story_->record(serial).bridged.erase(c.serial);
      return say("leaves the bridge");
    case event_kind::music_started:
      return say("hears music: " + e.name);
    case event_kind::music_stopped:
      return say("hears no more music");
    case event_kind::sound:
      r.heard.push_back(e.name);
      return say("hears " + e.name);
    case event_kind::agi_begin:
      return say("is told by AGI: " + e.name);
    case event_kind::spy_begin:
      return say("listens to " + record(*e.other).who);
    case event_kind::spy_end:
      return say("listens no more");
    case event_kind::digit_end:
      if (e.value == "Received") r.pressed += e.name, say("presses " + e.name);
      return;
    case event_kind::hold:
      return say("puts the other side on hold");
    case event_kind::unhold:
      return say("takes the other side back");
    case event_kind::blind_transfer:
      return say("transfers the other side");
    case event_kind::pickup:
      return say("picks up what rings at " + record(*e.other).who);
    case event_kind::parking_event:
      return say(e.other == nullptr ? fmt::format("{} ({})", e.name, parking_space(e))
                                    : fmt::format("is taken out of {} by {}", parking_space(e),
                                                  record(*e.other).who));
    case event_kind::channel_ended:
      r.ended = true;
      r.cause = static_cast<int>(e.number);
      r.stasis.clear();
      return say(fmt::format("is gone: {} ({})", e.name, e.number));
    default:
      return;
  }
}

}  // namespace calluna::runtime::testing
