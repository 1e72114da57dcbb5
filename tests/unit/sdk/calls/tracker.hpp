#pragma once
#include "recording.hpp"

#include <map>
#include <set>
#include <string>

namespace calluna::calls::testing {

/// What lists would say after each event of a recording, found without the model: channels,
/// bridges, queues and parking lots as AMI's events have left them.
class tracker {
 public:
  void hear(recorded const& r) {
    if (r.source != fact_source::ami) return;
    ami::message_view const e(r.text);
    auto const name = e.event();
    auto const id = std::string(e.get("Uniqueid"));
    take_linkedid(e, "");
    take_linkedid(e, "Dest");
    if (name == "Newchannel") begin(e, id, r.at);
    if (name == "Hangup") end(id);
    auto const found = channels_.find(id);
    if (found == channels_.end()) return park(e, std::string(name));
    auto& c = found->second;
    if (name == "Newstate") {
      c.state = state_of(e.get("ChannelState"));
    } else if (name == "BridgeEnter") {
      c.bridge = e.get("BridgeUniqueid");
      bridges_[c.bridge] = kind_of(e);
    } else if (name == "BridgeLeave" && c.bridge == e.get("BridgeUniqueid")) {
      c.bridge.clear();
    } else if (name == "QueueCallerJoin") {
      waiting_[id] = {id, std::string(e.get("Queue")), 1, moment_of(r.at)};
    } else if (name == "QueueCallerLeave") {
      waiting_.erase(id);
    }
  }

  snapshot seen(double at) const {
    snapshot s;
    s.asked_at = moment_of(at);
    s.has_queues = s.has_parked = true;
    for (auto const& [id, c] : channels_) s.channels.push_back(c);
    for (auto const& [id, b] : bridges_) s.bridges.push_back(b);
    for (auto const& [id, w] : waiting_) s.waiting.push_back(w);
    for (auto const& [id, p] : parked_) s.parked.push_back(p);
    return s;
  }

  std::set<std::string> ids() const {
    std::set<std::string> all;
    for (auto const& [id, c] : channels_) all.insert(id);
    return all;
  }

 private:
  static channel_state state_of(std::string_view text) {
    return text == "0"   ? channel_state::down
           : text == "4" ? channel_state::calling
           : text == "5" ? channel_state::ringing
           : text == "6" ? channel_state::up
                         : channel_state::other;
  }

  static known_bridge kind_of(ami::message_view const& e) {
    known_bridge b;
    b.id = e.get("BridgeUniqueid");
    if (e.get("BridgeName") != "<unknown>") b.name = e.get("BridgeName");
    b.kind = e.get("BridgeType") == "parking"                ? bridge_kind::parking
             : e.get("BridgeCreator") == "ConfBridge"        ? bridge_kind::conference
             : e.get("BridgeTechnology") == "holding_bridge" ? bridge_kind::holding
                                                             : bridge_kind::mixing;
    return b;
  }

  void begin(ami::message_view const& e, std::string const& id, double at) {
    known_channel c;
    c.id = id;
    c.name = e.get("Channel");
    c.linkedid = e.get("Linkedid");
    c.state = state_of(e.get("ChannelState"));
    c.dialed = c.state == channel_state::down;
    if (e.get("CallerIDNum") != "<unknown>") c.number = e.get("CallerIDNum");
    if (e.get("CallerIDName") != "<unknown>") c.caller_name = e.get("CallerIDName");
    c.exten = e.get("Exten");
    c.since = moment_of(at);
    channels_[id] = c;
  }

  void end(std::string const& id) {
    channels_.erase(id);
    waiting_.erase(id);
    parked_.erase(id);
  }

  void take_linkedid(ami::message_view const& e, std::string const& prefix) {
    auto const found = channels_.find(std::string(e.get(prefix + "Uniqueid")));
    auto const linkedid = e.get(prefix + "Linkedid");
    if (found != channels_.end() && !linkedid.empty()) found->second.linkedid = linkedid;
  }

  void park(ami::message_view const& e, std::string const& name) {
    auto const id = std::string(e.get("ParkeeUniqueid"));
    if (name == "ParkedCall") {
      parked_[id] = {id, std::string(e.get("ParkerDialString")), std::string(e.get("Parkinglot")),
                     std::string(e.get("ParkingSpace"))};
    } else if (name == "UnParkedCall" || name == "ParkedCallTimeOut" ||
               name == "ParkedCallGiveUp") {
      parked_.erase(id);
    }
  }

  std::map<std::string, known_channel> channels_;
  std::map<std::string, known_bridge> bridges_;
  std::map<std::string, known_waiting> waiting_;
  std::map<std::string, known_parked> parked_;
};

/// What must hold at every moment; the first thing that does not, or "".
inline std::string broken_rule(call_model const& model, std::set<std::string> const& live,
                               moment now) {
  std::set<std::string> seen, ids;
  for (auto const* c : model.calls()) {
    if (!ids.insert(c->id).second) return "two calls are called " + c->id;
    if (model.find(c->id) != c) return c->id + " is not found by its id";
    auto const take = [&](std::string const& id) -> std::string {
      if (!seen.insert(id).second) return "two calls have the channel " + id;
      return model.by_channel(0, id) == c ? "" : id + " is of another call";
    };
    std::size_t open = 0;
    for (auto const& l : c->legs) {
      if (l.ended()) continue;
      ++open;
      if (auto wrong = take(l.channel); !wrong.empty()) return wrong;
    }
    for (auto const& o : c->others) {
      if (o.ended) continue;
      ++open;
      if (auto wrong = take(o.channel); !wrong.empty()) return wrong;
    }
    if (open == 0) return c->id + " is open without channels";
    if (c->ended()) return c->id + " is live and has ended";
    auto const t = c->times(now);
    for (auto part : {t.ring, t.wait, t.talk, t.hold, t.parked, t.total})
      if (part < span_of_time{}) return c->id + " has a negative time";
    if (t.ring + t.wait + t.talk != t.total) return c->id + "'s times do not sum up";
    if (t.hold > t.talk || t.parked > t.talk) return c->id + " was held longer than it talked";
  }
  if (seen != live) {
    std::string text = "channels differ:";
    for (auto const& id : seen)
      if (!live.contains(id)) text += " ghost " + id;
    for (auto const& id : live)
      if (!seen.contains(id)) text += " missing " + id;
    return text;
  }
  return {};
}

/// As `broken_rule`, of a call that has ended.
inline std::string broken_end(call const& c) {
  auto const t = c.times(c.ended_at);
  for (auto part : {t.ring, t.wait, t.talk, t.hold, t.parked, t.total})
    if (part < span_of_time{}) return c.id + " has a negative time";
  if (t.ring + t.wait + t.talk != t.total) return c.id + "'s times do not sum up";
  for (auto const& l : c.legs) {
    if (!l.ended() || l.end == leg_end::none) return c.id + " ended with an open leg " + l.channel;
    if (told(l.answered_at) && l.answered_at > l.ended_at) return l.channel + " answered too late";
    if (l.ended_at > c.ended_at || l.began_at < c.started_at) return l.channel + " is outside";
  }
  if (c.status < call_status::answered) return c.id + " ended " + std::string(to_string(c.status));
  return {};
}

}  // namespace calluna::calls::testing
