#pragma once
#include <calluna/sim/actors.hpp>
#include <calluna/sim/machine.hpp>

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

namespace calluna::sim::test {

inline char const* word(event_kind kind) {
  switch (kind) {
    case event_kind::channel_created:
      return "created";
    case event_kind::channel_state:
      return "state";
    case event_kind::hangup_request:
      return "hangup_request";
    case event_kind::soft_hangup:
      return "soft_hangup";
    case event_kind::channel_ended:
      return "ended";
    case event_kind::dial_begin:
      return "dial_begin";
    case event_kind::dial_state:
      return "dial_state";
    case event_kind::dial_end:
      return "dial_end";
    case event_kind::bridge_created:
      return "bridge_created";
    case event_kind::bridge_entered:
      return "entered";
    case event_kind::bridge_left:
      return "left";
    case event_kind::bridge_destroyed:
      return "bridge_destroyed";
    case event_kind::stasis_start:
      return "stasis_start";
    case event_kind::stasis_end:
      return "stasis_end";
    case event_kind::playback_started:
      return "playback_started";
    case event_kind::playback_finished:
      return "playback_finished";
    case event_kind::user_event:
      return "user_event";
    default:
      return "";
  }
}

/// Notes what a machine tells: "state Up", in all and for each channel.
struct told {
  explicit told(machine& by) {
    by.listen([this](event const& e) {
      std::string line = word(e.kind);
      if (line.empty()) return;
      if (e.kind == event_kind::channel_state) line += " " + to_string(e.channel->state);
      if (e.kind == event_kind::dial_end) line += " " + e.value;
      if (e.kind == event_kind::channel_ended) line += " " + std::to_string(e.number);
      if (e.kind == event_kind::user_event) line += " " + e.name;
      auto const* about = e.channel != nullptr ? e.channel : e.other;
      if (about != nullptr) of[about->endpoint].push_back(line);
      if (e.other != nullptr && e.other != about) of[e.other->endpoint].push_back(line);
      all.push_back(fmt::format("{} {}", about == nullptr ? "-" : about->name, line));
    });
  }
  std::vector<std::string> all;
  std::map<std::string, std::vector<std::string>> of;  ///< by endpoint
};

/// A PBX of two phones and a trunk.
struct office {
  explicit office(std::uint64_t seed = 1) : pbx(options(seed)), people(pbx), heard(pbx) {
    pbx.add_endpoint({"PJSIP/trunk", "from-trunk", {}});
    pbx.add_endpoint({"PJSIP/101", "from-phones", {"101", "Phone 101"}});
    pbx.add_endpoint({"PJSIP/102", "from-phones", {"102", "Phone 102"}});
    auto const read = pbx.plan().read(R"(
[from-trunk]
exten => 101,1,Dial(PJSIP/101,20)
 same => n,UserEvent(Missed,Status: ${DIALSTATUS})
 same => n,Hangup()
exten => both,1,Dial(PJSIP/101&PJSIP/102,20)
exten => app,1,NoOp()
 same => n,Stasis(support,a,b)
 same => n,UserEvent(Back,Status: ${STASISSTATUS})
exten => queue,1,Answer()
 same => n,Queue(sales)
exten => wait,1,Answer()
 same => n,Wait(3600)
[from-phones]
include => from-trunk
exten => _0.,1,Dial(PJSIP/${EXTEN:1}@trunk,30)
)");
    if (!read) throw std::runtime_error(read.error().message);
    pbx.add_queue({"sales",
                   "ringall",
                   std::chrono::seconds(15),
                   std::chrono::seconds(5),
                   {{"PJSIP/101", "Ann"}, {"PJSIP/102", "Bob"}},
                   {}});
  }
  static machine_options options(std::uint64_t seed) {
    machine_options o;
    o.seed = seed;
    return o;
  }
  void pass(double seconds) {
    pbx.time().advance_to(pbx.now() + span(static_cast<std::int64_t>(seconds * 1e6)));
  }
  channel* call(std::string exten, std::string number = "+493012345") {
    return pbx.arrive({"PJSIP/trunk", {std::move(number), {}}, std::move(exten)});
  }

  machine pbx;
  actors people;
  told heard;
};

}  // namespace calluna::sim::test
