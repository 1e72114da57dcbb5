// AMI's actions on channels, bridges and queues.
#include "ami_request.hpp"
#include "ari_arguments.hpp"

#include <fmt/format.h>

namespace calluna::sim {

channel* ami_talk::channel_of(request const& r, char const* header) {
  auto const name = r.get(header);
  auto& m = front_.machine_;
  auto* const c = m.find_named(name);
  return c != nullptr ? c : m.find(name);
}

// -- what there is

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

void ami_talk::queue_status(request const& r) {
  auto& m = front_.machine_;
  list_begins(r, "Queue status will follow");
  std::size_t items = 0;
  auto const id = r.get("ActionID");
  auto const item = [&](ami_block block) {
    if (!id.empty()) block.emplace_back("ActionID", id);
    send(block);
    ++items;
  };
  for (auto const& [name, q] : m.queues()) {
    if (auto const only = r.get("Queue"); !only.empty() && only != name) continue;
    item({{"Event", "QueueParams"},
          {"Queue", name},
          {"Max", "0"},
          {"Strategy", q.strategy},
          {"Calls", std::to_string(q.waiting.size())},
          {"Holdtime", "0"},
          {"TalkTime", "0"},
          {"Completed", "0"},
          {"Abandoned", "0"},
          {"ServiceLevel", "0"},
          {"ServicelevelPerf", "0.0"},
          {"ServicelevelPerf2", "0.0"},
          {"Weight", "0"}});
    for (auto const& one : q.members) {
      auto const* e = m.find_endpoint(one.interface);
      auto const state = e == nullptr ? std::string("UNAVAILABLE") : e->device_state;
      auto const* number = state == "NOT_INUSE"   ? "1"
                           : state == "INUSE"     ? "2"
                           : state == "RINGING"   ? "6"
                           : state == "RINGINUSE" ? "7"
                           : state == "ONHOLD"    ? "8"
                                                  : "5";
      auto const last =
          std::chrono::duration_cast<std::chrono::seconds>(one.last_call.time_since_epoch());
      item({{"Event", "QueueMember"},
            {"Queue", name},
            {"Name", one.name},
            {"Location", one.interface},
            {"StateInterface", one.interface},
            {"Membership", "static"},
            {"Penalty", std::to_string(one.penalty)},
            {"CallsTaken", std::to_string(one.calls_taken)},
            {"LastCall", std::to_string(last.count())},
            {"LastPause", "0"},
            {"LoginTime", "0"},
            {"InCall", state == "INUSE" ? "1" : "0"},
            {"Status", number},
            {"Paused", one.paused ? "1" : "0"},
            {"PausedReason", one.paused_reason},
            {"Wrapuptime", "0"}});
    }
    std::size_t position = 0;
    for (auto const serial : q.waiting) {
      auto const* c = m.alive(serial);
      if (c == nullptr) continue;
      auto const age = std::chrono::duration_cast<std::chrono::seconds>(m.now() - c->created);
      item({{"Event", "QueueEntry"},
            {"Queue", name},
            {"Position", std::to_string(++position)},
            {"Channel", c->name},
            {"Uniqueid", c->id},
            {"CallerIDNum", or_unknown(c->caller.number)},
            {"CallerIDName", or_unknown(c->caller.name)},
            {"ConnectedLineNum", or_unknown(c->connected.number)},
            {"ConnectedLineName", or_unknown(c->connected.name)},
            {"Wait", std::to_string(age.count())},
            {"Priority", "0"}});
    }
  }
  list_ends(r, "QueueStatusComplete", items);
}

void ami_talk::queue_summary(request const& r) {
  list_begins(r, "Queue summary will follow");
  auto const& all = front_.machine_.queues();
  for (auto const& [name, q] : all) {
    ami_block block{{"Event", "QueueSummary"},
                    {"Queue", name},
                    {"LoggedIn", std::to_string(q.members.size())},
                    {"Callers", std::to_string(q.waiting.size())}};
    if (auto const id = r.get("ActionID"); !id.empty()) block.emplace_back("ActionID", id);
    send(block);
  }
  list_ends(r, "QueueSummaryComplete", all.size());
}

void ami_talk::queue_add(request const& r) {
  auto const added = front_.machine_.queue_add_member(
      r.get("Queue"), {r.get("Interface"), r.get("MemberName"),
                       static_cast<int>(r.number("Penalty", 0)), r.get("Paused") == "true"});
  answer(r, added.has_value(),
         added ? "Added interface to queue" : "Unable to add interface: " + added.error().message);
}

void ami_talk::queue_remove(request const& r) {
  auto const done = front_.machine_.queue_remove_member(r.get("Queue"), r.get("Interface"));
  answer(r, done.has_value(),
         done ? "Removed interface from queue"
              : "Unable to remove interface: " + done.error().message);
}

void ami_talk::queue_pause(request const& r) {
  auto const paused = r.get("Paused") == "true" || r.get("Paused") == "1";
  auto const done = front_.machine_.queue_pause_member(r.get("Queue"), r.get("Interface"), paused,
                                                       r.get("Reason"));
  answer(r, done.has_value(),
         done ? fmt::format("Interface {} successfully", paused ? "paused" : "unpaused")
              : "Interface not found");
}

void ami_talk::parked_calls(request const& r) {
  list_begins(r, "Parked calls will follow");
  ami_block end{{"Event", "ParkedCallsComplete"}};
  if (auto const id = r.get("ActionID"); !id.empty()) end.emplace_back("ActionID", id);
  end.emplace_back("EventList", "Complete");
  end.emplace_back("ListItems", "0");
  end.emplace_back("Total", "0");
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

// -- what is done

void ami_talk::originate(request const& r) {
  auto const channel_asked = r.get("Channel");
  if (channel_asked.empty()) return answer(r, false, "Channel not specified");
  if (channel_asked.find('/') == std::string::npos) return answer(r, false, "Invalid channel");
  originate_request o;
  o.dial_string = channel_asked;
  o.id = r.get("ChannelId");
  o.context = r.get("Context");
  o.exten = r.get("Exten");
  o.priority = static_cast<int>(r.number("Priority", 1));
  o.application = r.get("Application");
  o.data = r.get("Data");
  o.callerid = read_callerid(r.get("CallerID"));
  o.sets_callerid = true;
  o.timeout = std::chrono::milliseconds(r.number("Timeout", 30'000));
  o.variables = r.variables();
  if (same_word(o.application, "System") || same_word(o.application, "TrySystem"))
    return answer(r, false, "Originate Access Forbidden: app or data blacklisted");
  auto const& known = dialplan::applications();
  if (!o.application.empty() && std::find(known.begin(), known.end(), o.application) == known.end())
    ++front_.unsupported_["Originate " + o.application];
  if (o.application.empty() && o.exten.empty())
    return answer(r, false, "Originate with 'Exten' requires 'Context' and 'Priority'");
  bool const async = same_word(r.get("Async"), "true") || same_word(r.get("Async"), "yes");
  auto tell = [front = &front_, asked = o, action = r.get("ActionID")](bool good, int reason,
                                                                       channel const* c) {
    ami_block block{{"Event", "OriginateResponse"}, {"Privilege", "call,all"}};
    if (!action.empty()) block.emplace_back("ActionID", action);
    block.emplace_back("Response", good ? "Success" : "Failure");
    block.emplace_back("Channel", good && c != nullptr ? c->name : asked.dial_string);
    if (asked.application.empty()) {
      block.emplace_back("Context", asked.context);
      block.emplace_back("Exten", asked.exten);
    } else {
      block.emplace_back("Application", asked.application);
      block.emplace_back("Data", asked.data);
    }
    block.emplace_back("Reason", std::to_string(reason));
    block.emplace_back("Uniqueid", c != nullptr ? c->id : "<unknown>");
    block.emplace_back("CallerIDNum", or_unknown(asked.callerid.number));
    block.emplace_back("CallerIDName", or_unknown(asked.callerid.name));
    front->tell("call", block);
  };
  if (async) {
    answer(r, true, "Originate successfully queued");
    auto o2 = o;
    o2.done = tell;
    front_.machine_.time().after(span(0), [front = &front_, o2 = std::move(o2), tell]() mutable {
      if (!front->machine_.originate(std::move(o2))) tell(false, 0, nullptr);
    });
    return;
  }
  o.done = [this, alive = alive_, r](bool good, int, channel const*) {
    if (*alive) answer(r, good, good ? "Originate successfully queued" : "Originate failed");
  };
  if (!front_.machine_.originate(std::move(o))) answer(r, false, "Originate failed");
}

void ami_talk::hangup(request const& r) {
  auto const name = r.get("Channel");
  auto& m = front_.machine_;
  auto const cause = static_cast<int>(r.number("Cause", 16));
  if (name.size() > 2 && name.front() == '/' && name.back() == '/') {
    auto const part = name.substr(1, name.size() - 2);
    list_begins(r, "Channels hung up will follow");
    std::vector<std::uint64_t> all;
    for (auto const& [serial, c] : m.channels())
      if (c->name.find(part[0] == '^' ? part.substr(1) : part) != std::string::npos)
        all.push_back(serial);
    for (auto const serial : all)
      if (auto* const c = m.alive(serial)) {
        ami_block block{{"Event", "ChannelHungup"}};
        if (auto const id = r.get("ActionID"); !id.empty()) block.emplace_back("ActionID", id);
        block.emplace_back("Channel", c->name);
        send(block);
        m.hang_up(*c, cause, c->bridge.empty());
      }
    return list_ends(r, "ChannelsHungupListComplete", all.size());
  }
  auto* const c = channel_of(r);
  if (c == nullptr) return answer(r, false, "No such channel");
  m.hang_up(*c, cause, c->bridge.empty());
  answer(r, true, "Channel Hungup");
}

void ami_talk::redirect(request const& r) {
  auto& m = front_.machine_;
  auto* const c = channel_of(r);
  if (c == nullptr) return answer(r, false, "Channel does not exist");
  if (machine::rings_for_somebody(*c)) return answer(r, false, "Redirect failed, channel not up.");
  auto const context = r.get("Context"), exten = r.get("Exten");
  auto const priority = static_cast<int>(r.number("Priority", 1));
  auto const extra_name = r.get("ExtraChannel");
  auto* const extra = extra_name.empty() ? nullptr : channel_of(r, "ExtraChannel");
  if (!extra_name.empty() && extra == nullptr)
    return answer(r, false, "ExtraChannel does not exist");
  if (extra != nullptr) {
    // Both leave the bridge they share, neither as one who hangs up.
    m.part(*c, *extra);
    m.redirect(*extra, r.get("ExtraContext").empty() ? context : r.get("ExtraContext"),
               r.get("ExtraExten").empty() ? exten : r.get("ExtraExten"),
               static_cast<int>(r.number("ExtraPriority", priority)));
  }
  m.redirect(*c, context, exten, priority);
  answer(r, true, extra != nullptr ? "Dual Redirect successful" : "Redirect successful");
}

void ami_talk::blind_transfer(request const& r) {
  auto* const c = channel_of(r);
  if (c == nullptr) return answer(r, false, "Channel specified does not exist");
  auto const context = r.get("Context").empty() ? c->place.context : r.get("Context");
  auto const done = front_.machine_.blind_transfer(*c, context, r.get("Exten"));
  answer(r, done.has_value(), done ? "Transfer succeeded" : "Transfer failed");
}

void ami_talk::setvar(request const& r) {
  auto const name = r.get("Variable");
  if (name.empty()) return answer(r, false, "No variable specified");
  if (r.get("Channel").empty()) {
    front_.machine_.globals()[name] = r.get("Value");
    return answer(r, true, "Variable Set");
  }
  auto* const c = channel_of(r);
  if (c == nullptr) return answer(r, false, "No such channel");
  front_.machine_.set_variable(*c, name, r.get("Value"));
  answer(r, true, "Variable Set");
}

void ami_talk::getvar(request const& r) {
  auto const name = r.get("Variable");
  if (name.empty()) return answer(r, false, "No variable specified");
  std::string value;
  if (r.get("Channel").empty()) {
    auto const& all = front_.machine_.globals();
    if (auto const at = all.find(name); at != all.end()) value = at->second;
  } else {
    auto* const c = channel_of(r);
    if (c == nullptr) return answer(r, false, "No such channel");
    value = front_.machine_.variable(*c, name).value_or("");
  }
  answer(r, true, "", {{"Variable", name}, {"Value", value}});
}

void ami_talk::user_event(request const& r) {
  answer(r, true, "Event Sent");
  std::vector<std::pair<std::string, std::string>> fields;
  for (auto const& [key, value] : r.headers)
    if (!same_word(key, "Action") && !same_word(key, "UserEvent")) fields.emplace_back(key, value);
  front_.machine_.user_event(r.get("UserEvent"), std::move(fields));
}

void ami_talk::play_dtmf(request const& r) {
  auto* const c = channel_of(r);
  if (c == nullptr) return answer(r, false, "Channel not found");
  if (r.get("Digit").empty()) return answer(r, false, "No digit specified");
  front_.machine_.send_digits(*c, r.get("Digit"));
  answer(r, true, "DTMF successfully queued");
}

}  // namespace calluna::sim
