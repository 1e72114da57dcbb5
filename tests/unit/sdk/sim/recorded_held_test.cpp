// Calls that wait, are taken by somebody else, or have more than two people.
#include "recorded_stage.hpp"

namespace calluna::sim::test {
namespace {

/// An inbound call with 101 that has gone on for a second.
struct talk {
  explicit talk(stage& s, span caller_stays = 0s) {
    s.phone("101", {answers, 500ms});
    caller = s.call("101", caller_stays);
    s.pass(1502ms);
    for (auto const& [serial, c] : s.pbx.channels())
      if (c->endpoint == "PJSIP/101") phone = serial;
  }
  std::uint64_t caller = 0, phone = 0;
};

std::string park(stage& s, talk const& t, std::string const& lot) {
  return "Action: Park\r\nChannel: " + s.pbx.alive(t.caller)->name +
         "\r\nTimeoutChannel: " + s.pbx.alive(t.phone)->name + "\r\nParkinglot: " + lot +
         "\r\n\r\n";
}

}  // namespace

std::vector<story> held_stories() {
  return {
      {"parked",
       [](stage& s) {
         talk const t(s);
         EXPECT_TRUE(s.pbx.device_transfers(t.phone, "park"));
         s.pass(2s);
         s.phone("103", {});
         s.call("701", 3s, "103");
       }},
      {"parked_by_ami",
       [](stage& s) {
         talk const t(s);
         s.act(park(s, t, "default"));
         s.pass(1800ms);
         s.phone("103", {});
         s.call("701", 3s, "103");
       }},
      {"park_timeout",
       [](stage& s) {
         talk const t(s, 10s);
         s.act(park(s, t, "short"));
       }},
      {"park_abandoned",
       [](stage& s) {
         talk const t(s, 3500ms);
         EXPECT_TRUE(s.pbx.device_transfers(t.phone, "park"));
       }},
      {"pickup_directed",
       [](stage& s) {
         s.phone("101", {behaviour::kind::noanswer});
         s.call("101");
         s.pass(1300ms);
         s.call("8101", 2500ms, "103");
       }},
      {"pickup_group",
       [](stage& s) {
         s.phone("101", {behaviour::kind::noanswer});
         s.call("101");
         s.pass(1300ms);
         s.call("*8", 2500ms, "103");
       }},
      {"conference",
       [](stage& s) {
         s.call("conf-blue", 7s, "101");
         s.pass(4s);
         s.phone("102", {});
         s.call("conf-blue", 4s, "102");
         s.pass(700ms);
         s.call("conf-blue", 2s);
       }},
  };
}

}  // namespace calluna::sim::test
