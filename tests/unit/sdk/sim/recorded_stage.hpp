#pragma once
#include "told.hpp"

#include <calluna/sim/ami_front.hpp>
#include <calluna/sim/ari_front.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <vector>

namespace calluna::sim::test {

using namespace std::chrono_literals;
using nlohmann::json;

/// "ami PJSIP/101#1" -> the names of its events. "#1" is the endpoint's first channel of the story.
using streams = std::map<std::string, std::vector<std::string>>;

class sorter {
 public:
  void ami(json const& e) {
    auto const name = e["Event"].get<std::string>();
    // Of other queues, and of devices; the recordings leave the rest out.
    if (name == "QueueMemberStatus" || name == "DeviceStateChange" || name == "FullyBooted") return;
    // A lot's bridge stays: whether it is made depends on the recording before.
    if (name == "BridgeCreate" && e["BridgeType"] == "parking") return;
    auto word = name;
    for (auto const* key : {"ChannelStateDesc", "DialStatus", "Cause"}) {
      auto const wanted = (name == "Newstate" && std::string(key) == "ChannelStateDesc") ||
                          (name != "Newstate" && std::string(key) != "ChannelStateDesc");
      if (wanted && e.contains(key)) word += " " + e[key].get<std::string>();
    }
    bool const dial = name.rfind("Dial", 0) == 0;
    auto const channel = e.value(dial ? "DestChannel" : "Channel", "");
    auto const bridge = e.value("BridgeUniqueid", "");
    put("ami", name == "OriginateResponse" ? "originate" : channel, bridge, word);
  }
  void ari(json const& e) {
    auto const type = e["type"].get<std::string>();
    static std::set<std::string> const left_out{"ChannelVarset", "ChannelDialplan",
                                                "DeviceStateChanged", "ApplicationRegistered"};
    if (left_out.count(type) != 0) return;
    if (type == "BridgeCreated" && e["bridge"]["bridge_class"] == "parking") return;
    auto word = type;
    if (type == "ChannelStateChange") word += " " + e["channel"]["state"].get<std::string>();
    if (type == "Dial") word += " " + e["dialstatus"].get<std::string>();
    if (e.contains("cause")) word += " " + std::to_string(e["cause"].get<int>());
    auto const* key = type == "Dial" ? "peer" : "channel";
    put("ari", e.contains(key) ? e[key]["name"].get<std::string>() : "",
        e.contains("bridge") ? e["bridge"]["id"].get<std::string>() : "", word);
  }
  streams all;

 private:
  void put(std::string const& protocol, std::string const& channel, std::string const& bridge,
           std::string const& word) {
    auto who = channel;
    if (auto const dash = channel.rfind('-'); dash != std::string::npos) {
      auto const endpoint = channel.substr(0, dash);
      auto& seen = channels_[protocol + endpoint];
      auto at = std::find(seen.begin(), seen.end(), channel);
      if (at == seen.end()) at = seen.insert(seen.end(), channel);
      who = fmt::format("{}#{}", endpoint, at - seen.begin() + 1);
    } else if (channel.empty() && bridge.empty()) {
      who = "none";
    } else if (channel.empty()) {
      auto& seen = channels_[protocol + "bridge"];
      auto at = std::find(seen.begin(), seen.end(), bridge);
      if (at == seen.end()) at = seen.insert(seen.end(), bridge);
      who = fmt::format("bridge#{}", at - seen.begin() + 1);
    }
    all[protocol + " " + who].push_back(word);
  }
  std::map<std::string, std::vector<std::string>> channels_;
};

inline json block(std::string const& text) {
  json j;
  for (auto const& line : split_arguments(text, '\n')) {
    auto const colon = line.find(": ");
    if (colon == std::string::npos || j.contains(line.substr(0, colon))) continue;
    j[line.substr(0, colon)] = line.substr(colon + 2, line.size() - colon - 3);
  }
  return j;
}

/// The lab's dialplan and people, as far as the stories need them.
struct stage {
  stage() : people(pbx), ami(pbx, {{"lab", "lab", "call,agent,dtmf,user", "all"}}), ari(pbx) {
    pbx.add_endpoint({"PJSIP/trunk", "from-trunk", {}});
    for (auto const* number : {"101", "102", "103"})
      pbx.add_endpoint({std::string("PJSIP/") + number,
                        "from-phones",
                        {number, std::string("Phone ") + number}});
    pbx.add_endpoint({"PJSIP/120", "from-phones", {"120", "Phone 120"}, false});
    auto const read = pbx.plan().read(R"(
[from-trunk]
include => services
[from-phones]
include => services
include => outside
include => parkedcalls
[services]
exten => app-lab,1,NoOp()
 same => n,Stasis(lab)
exten => park,1,Answer()
 same => n,Park()
exten => _co[n]f-.,1,Answer()
 same => n,ConfBridge(${EXTEN:5})
exten => _81[01]X,1,Pickup(${EXTEN:1}@from-phones)
include => phones
exten => _briefly-X!,1,Dial(PJSIP/${EXTEN:8},2,tTkK)
 same => n,UserEvent(LabDial,Phone: ${EXTEN:8},Status: ${DIALSTATUS})
 same => n,Hangup(${HANGUPCAUSE})
exten => group,1,Dial(PJSIP/101&PJSIP/102&PJSIP/103,20,tTkK)
 same => n,UserEvent(LabDial,Phone: group,Status: ${DIALSTATUS})
 same => n,Hangup(${HANGUPCAUSE})
exten => 120,1,Dial(PJSIP/120,20,tTkK)
 same => n,UserEvent(LabDial,Phone: 120,Status: ${DIALSTATUS})
 same => n,Hangup(${HANGUPCAUSE})
exten => congestion,1,Hangup(34)
exten => queue,1,Answer()
 same => n,Queue(calls-aq,tT,,,60)
 same => n,UserEvent(LabQueueEnd,Status: ${QUEUESTATUS})
 same => n,Hangup()
exten => _local-X!,1,Dial(Local/${EXTEN:6}@agents,20,tT)
 same => n,Hangup(${HANGUPCAUSE})
exten => _kept-local-X!,1,Dial(Local/${EXTEN:11}@agents/n,20,tT)
 same => n,Hangup(${HANGUPCAUSE})
[agents]
exten => _1[01]X,1,Dial(PJSIP/${EXTEN},20,tT)
[phones]
exten => _1[01]X,1,Dial(PJSIP/${EXTEN},60,tTkK)
 same => n,UserEvent(LabDial,Phone: ${EXTEN},Status: ${DIALSTATUS})
 same => n,Hangup(${HANGUPCAUSE})
[outside]
exten => _0[+0-9].,1,Dial(PJSIP/${EXTEN:1}@trunk,30,tT)
 same => n,UserEvent(LabDial,Phone: ${EXTEN},Status: ${DIALSTATUS})
 same => n,Hangup(${HANGUPCAUSE})
)");
    EXPECT_TRUE(read) << read.error().message;
    pbx.add_parking_lot({"short", "parkedshort", "750", 751, 760, 3s});
    pbx.add_queue({"calls-aq",
                   "linear",
                   2s,
                   1s,
                   {{"PJSIP/101", "Agent 101"}, {"PJSIP/102", "Agent 102"}},
                   {}});
    pbx.set_online("PJSIP/102", false);
    talk.take("Action: Login\r\nUsername: lab\r\nSecret: lab\r\n\r\n");
    ari.connect({"lab"}, true, [this](std::string const& text) { heard.ari(json::parse(text)); });
  }
  void phone(std::string const& name, behaviour b) {
    pbx.set_online("PJSIP/" + name, true);
    people.set_behaviour("PJSIP/" + name, b);
  }
  /// A call from outside that the caller ends after so long; 0: never.
  std::uint64_t call(std::string const& exten, span stays = 0s, std::string const& from = "trunk") {
    auto const* c =
        pbx.arrive({"PJSIP/" + from, from == "trunk" ? party{"+493012345", {}} : party{}, exten});
    if (c == nullptr) return 0;
    auto const serial = c->serial;
    if (stays != 0s) pbx.time().after(stays, [this, serial] { pbx.device_hangs_up(serial); });
    return serial;
  }
  void pass(span by) { pbx.time().advance_to(pbx.now() + by); }
  void ask(char const* method, std::vector<std::string> const& path,
           ari_front::query const& q = {}) {
    auto const said = ari.handle(method, path, q, "");
    EXPECT_LT(said.status, 300) << method << " " << path.back() << ": " << said.body;
    pass(0s);
  }
  void act(std::string const& text) {
    talk.take(text);
    pass(0s);
  }

  machine pbx{{}};
  actors people;
  ami_front ami;
  ari_front ari;
  sorter heard;
  ami_talk talk{ami, [this](std::string const& text) {
                  auto const j = block(text);
                  if (j.contains("Event")) heard.ami(j);
                }};
};

struct story {
  char const* name;
  std::function<void(stage&)> play;
  friend std::ostream& operator<<(std::ostream& out, story const& s) { return out << s.name; }
};
constexpr auto answers = behaviour::kind::answer;

std::vector<story> simple_stories();
std::vector<story> stasis_stories();
std::vector<story> queued_stories();
std::vector<story> transferred_stories();
std::vector<story> held_stories();
std::vector<story> local_stories();

}  // namespace calluna::sim::test
