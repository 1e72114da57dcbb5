// The same stories on the offline PBX and on a real Asterisk 22 (tests/wire/calls): each channel's
// events, in their order, in AMI and in ARI. What differs stands in differences.txt.
#include "told.hpp"

#include <calluna/sim/ami_front.hpp>
#include <calluna/sim/ari_front.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

namespace calluna::sim {
namespace {

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

streams recorded(std::string const& story) {
  sorter s;
  // Recordings just made by tests/integration/sim_beside_asterisk.sh, else those that are kept.
  auto const* const fresh = std::getenv("CALLUNA_RECORDINGS");
  std::string const folder = fresh != nullptr ? fresh : CALLUNA_SOURCE_DIR "/tests/wire/calls";
  std::ifstream in(folder + "/" + story + "/22.jsonl");
  EXPECT_TRUE(in) << story;
  for (std::string line; std::getline(in, line);) {
    auto const j = json::parse(line);
    if (j.contains("ami")) s.ami(j["ami"]);
    if (j.contains("ari")) s.ari(j["ari"]);
  }
  return s.all;
}

json block(std::string const& text) {
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
[services]
exten => app-lab,1,NoOp()
 same => n,Stasis(lab)
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

void bring_together(stage& s, std::string const& id) {
  s.ask("POST", {"bridges", "lab-bridge"}, {{"type", "mixing"}});
  s.ask(
      "POST", {"channels", "lab-leg"},
      {{"endpoint", "PJSIP/101"}, {"app", "lab"}, {"callerId", "+493012345"}, {"originator", id}});
  s.pass(900ms);
  s.ask("POST", {"bridges", "lab-bridge", "addChannel"}, {{"channel", id + ",lab-leg"}});
  s.pass(3s);
  s.ask("DELETE", {"channels", id});
  s.ask("DELETE", {"bridges", "lab-bridge"});
}

std::vector<story> const& stories() {
  static std::vector<story> const all{
      {"inbound_caller_hangs_up",
       [](stage& s) {
         s.phone("101", {answers, 800ms});
         s.call("101", 2800ms);
       }},
      {"inbound_callee_hangs_up",
       [](stage& s) {
         s.phone("101", {answers, 800ms, 2s});
         s.call("101");
       }},
      {"inbound_cancelled",
       [](stage& s) {
         s.phone("101", {behaviour::kind::noanswer});
         s.call("101", 1500ms);
       }},
      {"inbound_busy",
       [](stage& s) {
         s.phone("101", {behaviour::kind::busy});
         s.call("101");
       }},
      {"inbound_noanswer",
       [](stage& s) {
         s.phone("101", {behaviour::kind::noanswer});
         s.call("briefly-101");
       }},
      {"inbound_rejected",
       [](stage& s) {
         s.phone("101", {behaviour::kind::reject, 1s});
         s.call("101");
       }},
      {"inbound_offline", [](stage& s) { s.call("120"); }},
      {"inbound_congestion", [](stage& s) { s.call("congestion"); }},
      {"internal_answered",
       [](stage& s) {
         s.phone("101", {answers, 800ms});
         s.phone("102", {});
         s.call("101", 2800ms, "102");
       }},
      {"outbound_answered",
       [](stage& s) {
         s.phone("trunk", {answers, 800ms});
         s.phone("102", {});
         s.call("0493055500", 2800ms, "102");
       }},
      {"group_second_answers",
       [](stage& s) {
         s.phone("101", {behaviour::kind::noanswer});
         s.phone("102", {answers, 1200ms});
         s.phone("103", {behaviour::kind::noanswer});
         s.call("group", 3200ms);
       }},
      {"group_all_busy",
       [](stage& s) {
         for (auto const* number : {"101", "102", "103"}) s.phone(number, {behaviour::kind::busy});
         s.call("group");
       }},
      {"digits",
       [](stage& s) {
         s.phone("101", {answers, 500ms, {}, "9", 2500ms});
         auto const serial = s.call("101", 4500ms);
         s.pass(1s);
         s.pbx.device_presses(serial, "12#");
       }},
      {"hold",
       [](stage& s) {
         s.phone("101", {answers, 500ms});
         s.call("101", 5s);
         s.pass(1500ms);
         auto const leg = s.pbx.channels().rbegin()->first;
         s.pbx.device_holds(leg);
         s.pass(1500ms);
         s.pbx.device_unholds(leg);
       }},
      {"stasis_noanswer",
       [](stage& s) {
         s.phone("101", {behaviour::kind::noanswer});
         auto const id = s.pbx.alive(s.call("app-lab"))->id;
         s.pass(0s);
         s.ask("POST", {"channels", "lab-leg"},
               {{"endpoint", "PJSIP/101"},
                {"app", "lab"},
                {"callerId", "+493012345"},
                {"originator", id},
                {"timeout", "2"}});
         s.pass(2s);
         s.ask("DELETE", {"channels", id}, {{"reason", "no_answer"}});
       }},
      {"stasis_queued",
       [](stage& s) {
         s.phone("101", {answers, 800ms, 2s});
         auto const id = s.pbx.alive(s.call("app-lab"))->id;
         s.pass(0s);
         s.ask("POST", {"channels", id, "answer"});
         s.ask("POST", {"bridges", "lab-waiting"}, {{"type", "holding"}});
         s.ask("POST", {"bridges", "lab-waiting", "addChannel"}, {{"channel", id}});
         s.pass(2s);
         s.ask("POST", {"bridges", "lab-waiting", "removeChannel"}, {{"channel", id}});
         bring_together(s, id);
         s.ask("DELETE", {"bridges", "lab-waiting"});
       }},
      {"stasis_continued",
       [](stage& s) {
         s.phone("101", {answers, 800ms, 2s});
         auto const id = s.pbx.alive(s.call("app-lab"))->id;
         s.pass(0s);
         s.ask("POST", {"channels", id, "continue"},
               {{"context", "phones"}, {"extension", "101"}, {"priority", "1"}});
       }},
      {"stasis_joined",
       [](stage& s) {
         s.phone("103", {});
         auto const first = s.pbx.alive(s.call("app-lab", 3500ms))->id;
         s.pass(0s);
         s.ask("POST", {"channels", first, "answer"});
         s.pass(1200ms);
         auto const second = s.pbx.alive(s.call("app-lab", 0s, "103"))->id;
         s.pass(0s);
         s.ask("POST", {"channels", second, "answer"});
         s.ask("POST", {"bridges", "lab-bridge"}, {{"type", "mixing"}});
         s.ask("POST", {"bridges", "lab-bridge", "addChannel"},
               {{"channel", first + "," + second}});
         s.pass(3s);
         s.ask("DELETE", {"channels", second});
         s.ask("DELETE", {"bridges", "lab-bridge"});
       }},
      {"queue_answered",
       [](stage& s) {
         s.phone("101", {answers, 1200ms});
         s.call("queue", 3500ms);
       }},
      {"queue_abandoned",
       [](stage& s) {
         s.phone("101", {behaviour::kind::noanswer});
         s.call("queue", 1s);
       }},
      {"click_answered",
       [](stage& s) {
         s.phone("101", {answers, 500ms});
         s.phone("trunk", {answers, 800ms, 2s});
         s.act(
             "Action: Originate\r\nChannel: PJSIP/101\r\nChannelId: click-1-101\r\nContext: "
             "from-phones\r\nExten: 0+493055500\r\nPriority: 1\r\nCallerID: "
             "<+493055500>\r\nAsync: true\r\n\r\n");
       }},
  };
  return all;
}

/// A line of differences.txt: "story | ami PJSIP/101#1 | DTMFBegin, DTMFEnd | why". If the reason
/// begins with "either order", only the place of the events is not compared.
struct difference {
  std::string story, stream;
  std::set<std::string> words;
  bool either_order = false;
  bool needed = false;
};

std::vector<difference> known_differences() {
  std::vector<difference> all;
  std::ifstream in(CALLUNA_SOURCE_DIR "/tests/unit/sdk/sim/differences.txt");
  auto const trim = [](std::string s) {
    while (!s.empty() && s.back() == ' ') s.pop_back();
    while (!s.empty() && s.front() == ' ') s.erase(0, 1);
    return s;
  };
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    auto const parts = split_arguments(line, '|');
    EXPECT_EQ(parts.size(), 4U) << line;
    difference d{trim(parts[0]), trim(parts[1]), {}};
    for (auto const& word : split_arguments(parts[2], ',')) d.words.insert(trim(word));
    d.either_order = trim(parts[3]).rfind("either order", 0) == 0;
    d.needed = d.either_order;
    all.push_back(std::move(d));
  }
  return all;
}

std::vector<std::string> without(std::vector<std::string> words, std::set<std::string> const& out) {
  words.erase(std::remove_if(words.begin(), words.end(),
                             [&](auto const& w) {
                               return out.count(w) != 0 || out.count(w.substr(0, w.find(' '))) != 0;
                             }),
              words.end());
  return words;
}

/// A phone's ringing is told by a thread of its own in Asterisk, so that either order occurs.
std::vector<std::string> in_order(std::vector<std::string> const& words) {
  return without(words, {"Newstate Ringing", "ChannelStateChange Ringing"});
}

class sim_beside_asterisk : public testing::TestWithParam<story> {};

TEST_P(sim_beside_asterisk, each_channel_has_the_same_events_in_the_same_order) {
  auto const real = recorded(GetParam().name);
  stage s;
  GetParam().play(s);
  s.pass(120s);
  auto& ours = s.heard.all;
  EXPECT_THAT(s.pbx.channels(), testing::IsEmpty());
  auto known = known_differences();
  std::set<std::string> names;
  for (auto const& [name, words] : real) names.insert(name);
  for (auto const& [name, words] : ours) names.insert(name);
  for (auto const& name : names) {
    auto const here = ours[name];
    auto const there = real.count(name) != 0 ? real.at(name) : std::vector<std::string>{};
    std::set<std::string> out, anywhere;
    for (auto& d : known)
      if (d.story == GetParam().name && d.stream == name) {
        auto& into = d.either_order ? anywhere : out;
        into.insert(d.words.begin(), d.words.end());
        d.needed |= in_order(here) != in_order(there);
      }
    auto const ours_left = without(here, out), theirs_left = without(there, out);
    EXPECT_THAT(ours_left, testing::UnorderedElementsAreArray(theirs_left)) << name;
    EXPECT_EQ(in_order(without(ours_left, anywhere)), in_order(without(theirs_left, anywhere)))
        << name << " (first ours, then Asterisk's)";
  }
  for (auto const& d : known)
    EXPECT_TRUE(d.needed || d.story != GetParam().name)
        << "differences.txt: no difference any more: " << d.stream;
}

INSTANTIATE_TEST_SUITE_P(, sim_beside_asterisk, testing::ValuesIn(stories()),
                         [](auto const& of) { return std::string(of.param.name); });

}  // namespace
}  // namespace calluna::sim
