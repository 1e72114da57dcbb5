// What the machine tells, as ARI's events, and who of the applications hears it.
#include "ari_arguments.hpp"
#include "time_text.hpp"

#include <algorithm>

namespace calluna::sim {

using json = nlohmann::ordered_json;

std::string ari_front::time_text(moment at) const {
  return iso_time(at);
}

json ari_front::to_json(channel const& c) const {
  return {{"id", c.id},
          {"name", c.name},
          {"state", to_string(c.state)},
          {"protocol_id", ""},
          {"caller", {{"name", c.caller.name}, {"number", c.caller.number}}},
          {"connected", {{"name", c.connected.name}, {"number", c.connected.number}}},
          {"accountcode", c.accountcode},
          {"dialplan",
           {{"context", c.place.context},
            {"exten", c.place.exten},
            {"priority", c.place.priority},
            {"app_name", c.place.app},
            {"app_data", c.place.data}}},
          {"creationtime", time_text(c.created)},
          {"language", c.language}};
}

json ari_front::to_json(bridge const& b) const {
  return {{"id", b.id},
          {"technology", b.technology},
          {"bridge_type", b.type},
          {"bridge_class", b.bridge_class},
          {"creator", b.creator},
          {"name", b.name},
          {"channels", machine_.channel_ids(b)},
          {"creationtime", time_text(b.created)},
          {"video_mode", b.video_mode}};
}

json ari_front::to_json(playback const& p) const {
  json j{{"id", p.id},
         {"media_uri", p.at < p.media.size() ? p.media[p.at] : p.media.back()},
         {"target_uri", p.target},
         {"language", p.language},
         {"state", p.state}};
  if (p.at + 1 < p.media.size()) j["next_media_uri"] = p.media[p.at + 1];
  return j;
}

json ari_front::to_json(recording const& r) const {
  json j{{"name", r.name}, {"format", r.format}, {"state", r.state}, {"target_uri", r.target}};
  if (r.state == "done") j["duration"] = static_cast<long>(r.seconds);
  return j;
}

json ari_front::to_json(endpoint const& e) const {
  auto const slash = e.name.find('/');
  auto ids = json::array();
  for (auto const& [serial, c] : machine_.channels())
    if (c->endpoint == e.name) ids.push_back(c->id);
  return {{"technology", e.name.substr(0, slash)},
          {"resource", e.name.substr(slash + 1)},
          {"state", e.online ? "online" : "offline"},
          {"channel_ids", ids}};
}

json ari_front::to_json(std::string const& name, subscriber const& a) const {
  json j{{"name", name},
         {"channel_ids", json::array()},
         {"bridge_ids", json::array()},
         {"endpoint_ids", json::array()},
         {"device_names", json::array()},
         {"events_allowed", json::array()},
         {"events_disallowed", json::array()}};
  for (auto const& [source, times] : a.sources) {
    auto const colon = source.find(':');
    auto const kind = source.substr(0, colon);
    auto const* key = kind == "channel"    ? "channel_ids"
                      : kind == "bridge"   ? "bridge_ids"
                      : kind == "endpoint" ? "endpoint_ids"
                                           : "device_names";
    j[key].push_back(source.substr(colon + 1));
  }
  for (auto const& type : a.allowed) j["events_allowed"].push_back({{"type", type}});
  for (auto const& type : a.disallowed) j["events_disallowed"].push_back({{"type", type}});
  return j;
}

/// Sends it to one application, if somebody is connected for it.
void ari_front::tell(subscriber& a, std::string const& name, json body) {
  if (a.connection == 0 || !a.to) return;
  auto const type = body["type"].get<std::string>();
  if (a.disallowed.count(type) != 0 || (!a.allowed.empty() && a.allowed.count(type) == 0)) return;
  json out{{"type", type}, {"timestamp", time_text(machine_.now())}};
  for (auto const& [key, value] : body.items())
    if (key != "type") out[key] = value;
  out["asterisk_id"] = machine_.options().entity_id;
  out["application"] = name;
  a.to(out.dump(-1, ' ', false, json::error_handler_t::replace));
}

/// Sends it to all who listen to one of `sources`.
void ari_front::tell(event const&, json body, std::vector<std::string> const& sources) {
  for (auto& [name, a] : applications_) {
    auto const& own = a.sources;  // clang 14 lets no lambda capture `a`
    bool const wanted = a.all || std::any_of(sources.begin(), sources.end(),
                                             [&](auto const& s) { return own.count(s) != 0; });
    if (wanted) tell(a, name, body);
  }
}

namespace {

/// ARI's name of it; empty if ARI does not tell it.
char const* type_of(event_kind kind) {
  switch (kind) {
    case event_kind::channel_created:
      return "ChannelCreated";
    case event_kind::channel_state:
      return "ChannelStateChange";
    case event_kind::channel_callerid:
      return "ChannelCallerId";
    case event_kind::channel_connected:
      return "ChannelConnectedLine";
    case event_kind::channel_dialplan:
      return "ChannelDialplan";
    case event_kind::channel_variable:
      return "ChannelVarset";
    case event_kind::hangup_request:
    case event_kind::soft_hangup:
      return "ChannelHangupRequest";
    case event_kind::channel_ended:
      return "ChannelDestroyed";
    case event_kind::dial_begin:
    case event_kind::dial_state:
    case event_kind::dial_end:
      return "Dial";
    case event_kind::bridge_created:
      return "BridgeCreated";
    case event_kind::bridge_entered:
      return "ChannelEnteredBridge";
    case event_kind::bridge_left:
      return "ChannelLeftBridge";
    case event_kind::bridge_merged:
      return "BridgeMerged";
    case event_kind::bridge_destroyed:
      return "BridgeDestroyed";
    case event_kind::digit_end:
      return "ChannelDtmfReceived";
    case event_kind::hold:
      return "ChannelHold";
    case event_kind::unhold:
      return "ChannelUnhold";
    case event_kind::playback_started:
      return "PlaybackStarted";
    case event_kind::playback_continuing:
      return "PlaybackContinuing";
    case event_kind::playback_finished:
      return "PlaybackFinished";
    case event_kind::recording_started:
      return "RecordingStarted";
    case event_kind::recording_finished:
      return "RecordingFinished";
    case event_kind::recording_failed:
      return "RecordingFailed";
    case event_kind::device_state:
      return "DeviceStateChanged";
    case event_kind::user_event:
      return "ChannelUserevent";
    case event_kind::blind_transfer:
      return "BridgeBlindTransfer";
    case event_kind::attended_transfer:
      return "BridgeAttendedTransfer";
    default:
      return "";
  }
}

}  // namespace

void ari_front::hear(event const& e) {
  if (e.kind == event_kind::stasis_start) {
    subscribe(e.name, "channel:" + e.channel->id);
    auto& a = applications_[e.name];
    return tell(a, e.name,
                {{"type", "StasisStart"}, {"args", e.list}, {"channel", to_json(*e.channel)}});
  }
  if (e.kind == event_kind::stasis_end) {
    auto& a = applications_[e.name];
    tell(a, e.name, {{"type", "StasisEnd"}, {"channel", to_json(*e.channel)}});
    return unsubscribe(e.name, "channel:" + e.channel->id);
  }
  if (e.kind == event_kind::stasis_move_failed)
    return tell(applications_[e.name], e.name,
                {{"type", "ApplicationMoveFailed"},
                 {"channel", to_json(*e.channel)},
                 {"destination", e.value},
                 {"args", e.list}});
  // The application hears of the bridge in which its channel is.
  if (e.kind == event_kind::bridge_entered && e.channel->stasis)
    subscribe(*e.channel->stasis, "bridge:" + e.bridge->id);
  if (*type_of(e.kind) == '\0') return;
  if (e.kind == event_kind::digit_end && e.value != "Received") return;
  bool anybody = false;
  for (auto const& [name, a] : applications_) anybody |= a.connection != 0;
  json body{{"type", type_of(e.kind)}};
  std::vector<std::string> sources;
  switch (e.kind) {
    case event_kind::hangup_request:
      if (e.number != 0) body["cause"] = e.number;
      if (e.channel->tech_cause != 0) body["tech_cause"] = e.channel->tech_cause;
      break;
    case event_kind::soft_hangup:
      body["cause"] = e.number;
      body["soft"] = true;
      break;
    case event_kind::channel_ended:
      body["cause"] = e.number;
      body["cause_txt"] = e.name;
      if (e.channel->tech_cause != 0) body["tech_cause"] = e.channel->tech_cause;
      break;
    case event_kind::channel_callerid:
      body["caller_presentation"] = 0;
      body["caller_presentation_txt"] = "Presentation Allowed, Not Screened";
      break;
    case event_kind::channel_dialplan:
      body["dialplan_app"] = e.channel->place.app;
      body["dialplan_app_data"] = e.channel->place.data;
      break;
    case event_kind::channel_variable:
      body["variable"] = e.name;
      body["value"] = e.value;
      break;
    case event_kind::dial_begin:
    case event_kind::dial_state:
    case event_kind::dial_end:
      body["dialstatus"] = e.value;
      body["forward"] = "";
      body["dialstring"] = e.name;
      if (e.channel != nullptr) body["caller"] = to_json(*e.channel);
      body["peer"] = to_json(*e.other);
      sources.push_back("channel:" + e.other->id);
      sources.push_back("endpoint:" + e.other->endpoint);
      break;
    case event_kind::digit_end:
      body["digit"] = e.name;
      body["duration_ms"] = e.number;
      break;
    case event_kind::hold:
      body["musicclass"] = e.name;
      break;
    case event_kind::playback_started:
    case event_kind::playback_continuing:
    case event_kind::playback_finished:
      body["playback"] = to_json(*e.playback);
      sources.push_back(e.playback->target);
      break;
    case event_kind::recording_started:
    case event_kind::recording_finished:
    case event_kind::recording_failed:
      body["recording"] = to_json(*e.recording);
      sources.push_back(e.recording->target);
      break;
    case event_kind::device_state:
      body["device_state"] = {{"name", e.name}, {"state", e.value}};
      sources.push_back("deviceState:" + e.name);
      break;
    case event_kind::user_event: {
      body["eventname"] = e.name;
      json fields{{"eventname", e.name}};
      for (auto const& [key, value] : e.fields) fields[key] = value;
      body["userevent"] = std::move(fields);
      break;
    }
    case event_kind::blind_transfer:
      for (auto const& [key, value] : e.fields)
        body[key == "Context" ? "context" : "exten"] = value;
      body["result"] = "Success";
      body["is_external"] = true;
      body["transferee"] = to_json(*e.other);
      break;
    case event_kind::bridge_merged:
      body["bridge_from"] = to_json(*e.from);
      sources.push_back("bridge:" + e.from->id);
      break;
    case event_kind::attended_transfer: {
      auto const& h = *e.handover;
      body.update({{"transferer_first_leg", to_json(h.first)},
                   {"transferer_second_leg", to_json(h.second)},
                   {"result", "Success"},
                   {"is_external", false},
                   {"transferee", to_json(h.transferee)},
                   {"transferer_first_leg_bridge", to_json(h.first_bridge)},
                   {"transferer_second_leg_bridge", to_json(h.second_bridge)},
                   {"destination_type", "bridge"},
                   {"destination_bridge", h.destination}});
      if (h.target.serial != 0) body["transfer_target"] = to_json(h.target);
      for (auto const* one : {&h.first, &h.second, &h.transferee, &h.target})
        sources.push_back("channel:" + one->id);
      for (auto const* one : {&h.first_bridge, &h.second_bridge})
        sources.push_back("bridge:" + one->id);
      break;
    }
    default:
      break;
  }
  if (e.bridge != nullptr) {
    body["bridge"] = to_json(*e.bridge);
    sources.push_back("bridge:" + e.bridge->id);
  }
  bool const dial = e.kind == event_kind::dial_begin || e.kind == event_kind::dial_state ||
                    e.kind == event_kind::dial_end;
  if (e.channel != nullptr) {
    if (!dial) body["channel"] = to_json(*e.channel);
    sources.push_back("channel:" + e.channel->id);
    sources.push_back("endpoint:" + e.channel->endpoint);
  }
  if (anybody) tell(e, std::move(body), sources);
  if (e.kind == event_kind::bridge_left && e.channel->stasis)
    unsubscribe(*e.channel->stasis, "bridge:" + e.bridge->id);
  if (e.kind == event_kind::channel_ended)
    for (auto& [name, a] : applications_) a.sources.erase("channel:" + e.channel->id);
  if (e.kind == event_kind::bridge_destroyed)
    for (auto& [name, a] : applications_) a.sources.erase("bridge:" + e.bridge->id);
}

}  // namespace calluna::sim
