// What the machine tells, as AMI's events.
#include "ami_blocks.hpp"

namespace calluna::sim {

std::string escaped(std::string_view text) {
  std::string out;
  for (char const c : text) {
    if (c == '\n' || c == '\r' || c == '\t') {
      out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
      continue;
    }
    if (c == '\\' || c == '"' || c == '\'' || c == '?') out += '\\';
    out += c;
  }
  return out;
}

std::string or_unknown(std::string const& text) {
  return text.empty() ? "<unknown>" : text;
}

void append_channel(ami_block& to, channel const& c, std::string const& prefix) {
  auto const put = [&](char const* key, std::string value) {
    to.emplace_back(prefix + key, std::move(value));
  };
  put("Channel", c.name);
  put("ChannelState", std::to_string(static_cast<int>(c.state)));
  put("ChannelStateDesc", to_string(c.state));
  put("CallerIDNum", or_unknown(c.caller.number));
  put("CallerIDName", or_unknown(escaped(c.caller.name)));
  put("ConnectedLineNum", or_unknown(c.connected.number));
  put("ConnectedLineName", or_unknown(escaped(c.connected.name)));
  put("Language", c.language);
  put("AccountCode", c.accountcode);
  put("Context", c.place.context);
  put("Exten", c.place.exten);
  put("Priority", std::to_string(c.place.priority));
  put("Uniqueid", c.id);
  put("Linkedid", c.linkedid);
}

void append_bridge(ami_block& to, bridge const& b, std::string const& prefix) {
  auto const put = [&](char const* key, std::string value) {
    to.emplace_back(prefix + key, std::move(value));
  };
  put("BridgeUniqueid", b.id);
  put("BridgeType", b.bridge_class);
  put("BridgeTechnology", b.technology);
  put("BridgeCreator", or_unknown(b.creator));
  put("BridgeName", or_unknown(b.name));
  put("BridgeNumChannels", std::to_string(b.channels.size()));
  put("BridgeVideoSourceMode", b.video_mode);
}

namespace {

struct naming {
  char const* name;
  char const* privilege;
  /// What stands before the headers of its channels.
  char const* channel = "";
  char const* other = "Dest";
};

/// AMI's name of it and the class it belongs to; null if AMI does not tell it, empty if the event
/// has it.
naming naming_of(event_kind kind) {
  switch (kind) {
    case event_kind::channel_created:
      return {"Newchannel", "call"};
    case event_kind::channel_state:
      return {"Newstate", "call"};
    case event_kind::channel_callerid:
      return {"NewCallerid", "call"};
    case event_kind::channel_connected:
      return {"NewConnectedLine", "call"};
    case event_kind::channel_dialplan:
      return {"Newexten", "dialplan"};
    case event_kind::channel_variable:
      return {"VarSet", "dialplan"};
    case event_kind::hangup_request:
      return {"HangupRequest", "call"};
    case event_kind::soft_hangup:
      return {"SoftHangupRequest", "call"};
    case event_kind::channel_ended:
      return {"Hangup", "call"};
    case event_kind::dial_begin:
      return {"DialBegin", "call"};
    case event_kind::dial_state:
      return {"DialState", "call"};
    case event_kind::dial_end:
      return {"DialEnd", "call"};
    case event_kind::bridge_created:
      return {"BridgeCreate", "call"};
    case event_kind::bridge_entered:
      return {"BridgeEnter", "call"};
    case event_kind::bridge_left:
      return {"BridgeLeave", "call"};
    case event_kind::bridge_merged:
      return {"BridgeMerge", "call"};
    case event_kind::bridge_destroyed:
      return {"BridgeDestroy", "call"};
    case event_kind::digit_begin:
      return {"DTMFBegin", "dtmf"};
    case event_kind::digit_end:
      return {"DTMFEnd", "dtmf"};
    case event_kind::hold:
      return {"Hold", "call"};
    case event_kind::unhold:
      return {"Unhold", "call"};
    case event_kind::music_started:
      return {"MusicOnHoldStart", "call"};
    case event_kind::music_stopped:
      return {"MusicOnHoldStop", "call"};
    case event_kind::device_state:
      return {"DeviceStateChange", "call"};
    case event_kind::user_event:
      return {"UserEvent", "user"};
    case event_kind::blind_transfer:
      return {"BlindTransfer", "call", "Transferer", "Transferee"};
    case event_kind::attended_transfer:
      return {"AttendedTransfer", "call"};
    case event_kind::spy_begin:
      return {"ChanSpyStart", "call", "Spyer", "Spyee"};
    case event_kind::spy_end:
      return {"ChanSpyStop", "call", "Spyer", "Spyee"};
    case event_kind::pickup:
      return {"Pickup", "call", "", "Target"};
    case event_kind::local_event:
      return {"", "call", "LocalOne", "LocalTwo"};
    case event_kind::parking_event:
      return {"", "call", "Parkee", "Retriever"};
    case event_kind::conference_event:
      return {"", "call"};
    case event_kind::agi_begin:
      return {"AGIExecStart", "agi"};
    case event_kind::agi_end:
      return {"AGIExecEnd", "agi"};
    case event_kind::queue_event:
      return {"", "agent"};
    default:
      return {nullptr, ""};
  }
}

void append_handover(ami_block& to, handover const& h) {
  to.emplace_back("Result", "Success");
  append_channel(to, h.first, "OrigTransferer");
  append_bridge(to, h.first_bridge, "Orig");
  append_channel(to, h.second, "SecondTransferer");
  append_bridge(to, h.second_bridge, "Second");
  append_channel(to, h.transferee, "Transferee");
  if (h.target.serial != 0) append_channel(to, h.target, "TransferTarget");
  to.emplace_back("IsExternal", "No");
  to.emplace_back("DestType", "Bridge");
  to.emplace_back("DestBridgeUniqueid", h.destination);
}

}  // namespace

void ami_front::hear(event const& e) {
  auto const naming = naming_of(e.kind);
  if (naming.name == nullptr || talks_.empty()) return;
  ami_block block{{"Event", *naming.name == '\0' ? e.name : naming.name},
                  {"Privilege", std::string(naming.privilege) + ",all"}};
  if (!machine_.options().systemname.empty())
    block.emplace_back("SystemName", machine_.options().systemname);
  auto const put = [&](char const* key, std::string value) {
    block.emplace_back(key, std::move(value));
  };
  if (e.kind == event_kind::blind_transfer) {
    put("Result", "Success");
    append_channel(block, *e.channel, "Transferer");
    append_channel(block, *e.other, "Transferee");
    append_bridge(block, *e.bridge);
    put("IsExternal", "Yes");
    for (auto const& [key, value] : e.fields) block.emplace_back(key, value);
    return tell(naming.privilege, block);
  }
  if (e.from != nullptr) {
    append_bridge(block, *e.bridge, "To");
    append_bridge(block, *e.from, "From");
    return tell(naming.privilege, block);
  }
  if (e.handover != nullptr) {
    append_handover(block, *e.handover);
    return tell(naming.privilege, block);
  }
  if (e.bridge != nullptr) append_bridge(block, *e.bridge);
  if (e.channel != nullptr) append_channel(block, *e.channel, naming.channel);
  if (e.other != nullptr) append_channel(block, *e.other, naming.other);
  if (e.source != nullptr) append_channel(block, *e.source, "Source");
  auto const tech_cause = [&] {
    if (e.channel->tech_cause != 0) put("TechCause", std::to_string(e.channel->tech_cause));
  };
  switch (e.kind) {
    case event_kind::channel_dialplan:
      put("Extension", e.channel->place.exten);
      put("Application", e.channel->place.app);
      put("AppData", e.channel->place.data);
      break;
    case event_kind::channel_callerid:
      put("CID-CallingPres", "0 (Presentation Allowed, Not Screened)");
      break;
    case event_kind::channel_variable:
      put("Variable", e.name);
      put("Value", escaped(e.value));
      break;
    case event_kind::hangup_request:
      if (e.number != 0) put("Cause", std::to_string(e.number));
      tech_cause();
      break;
    case event_kind::soft_hangup:
      put("Cause", std::to_string(e.number));
      break;
    case event_kind::channel_ended:
      put("Cause", std::to_string(e.number));
      put("Cause-txt", e.name);
      tech_cause();
      break;
    case event_kind::dial_begin:
      put("DialString", e.name);
      break;
    case event_kind::dial_state:
    case event_kind::dial_end:
      put("DialStatus", e.value);
      break;
    case event_kind::digit_begin:
    case event_kind::digit_end:
      put("Digit", e.name);
      if (e.kind == event_kind::digit_end) put("DurationMs", std::to_string(e.number));
      put("Direction", e.value);
      break;
    case event_kind::bridge_entered:
      if (!e.name.empty()) put("SwapUniqueid", e.name);
      break;
    case event_kind::hold:
      put("MusicClass", e.name);
      break;
    case event_kind::music_started:
      put("Class", e.name);
      break;
    case event_kind::device_state:
      put("Device", e.name);
      put("State", e.value);
      break;
    case event_kind::user_event:
      put("UserEvent", e.name);
      break;
    case event_kind::agi_begin:
    case event_kind::agi_end:
      put("CommandId", std::to_string(e.number));
      put("Command", e.name);
      if (e.kind == event_kind::agi_begin) break;
      put("ResultCode", e.value.substr(0, 3));
      put("Result", e.value.rfind("200", 0) == 0 ? "Success" : "Failure");
      break;
    default:
      break;
  }
  for (auto const& [key, value] : e.fields) block.emplace_back(key, value);
  tell(naming.privilege, block);
}

}  // namespace calluna::sim
