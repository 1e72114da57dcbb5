// Calls that somebody hands on.
#include "recorded_stage.hpp"

namespace calluna::sim::test {
namespace {

/// An inbound call that 101 has had for a second; its leg.
std::uint64_t talking(stage& s, std::string const& exten = "101") {
  s.phone("101", {answers, 500ms});
  s.call(exten);
  s.pass(1502ms);
  for (auto const& [serial, c] : s.pbx.channels())
    if (c->endpoint == "PJSIP/101") return serial;
  return 0;
}

/// 101 asks `whom` with a call of its own.
std::uint64_t consult(stage& s, std::uint64_t leg, std::string const& whom) {
  auto const second = s.pbx.device_consults(leg, whom);
  EXPECT_TRUE(second);
  s.pass(2s);
  return (*second)->serial;
}

/// 101 asks 102 by the PBX's own feature.
void ask_by_ami(stage& s, std::uint64_t leg) {
  s.act("Action: Atxfer\r\nChannel: " + s.pbx.alive(leg)->name +
        "\r\nExten: 102\r\nContext: from-phones\r\n\r\n");
}

}  // namespace

std::vector<story> transferred_stories() {
  return {
      {"blind_by_callee",
       [](stage& s) {
         s.phone("102", {answers, 800ms, 2s});
         EXPECT_TRUE(s.pbx.device_transfers(talking(s), "102"));
       }},
      {"blind_by_caller",
       [](stage& s) {
         s.phone("101", {answers, 500ms});
         s.phone("102", {answers, 800ms, 2s});
         auto const caller = s.call("101", 0s, "103");
         s.pass(1500ms);
         EXPECT_TRUE(s.pbx.device_transfers(caller, "102"));
       }},
      {"blind_to_busy",
       [](stage& s) {
         s.phone("102", {behaviour::kind::busy});
         EXPECT_TRUE(s.pbx.device_transfers(talking(s), "102"));
       }},
      {"blind_by_ami",
       [](stage& s) {
         s.phone("102", {answers, 800ms, 2s});
         auto const leg = talking(s);
         s.act("Action: BlindTransfer\r\nChannel: " + s.pbx.alive(leg)->name +
               "\r\nExten: 102\r\nContext: from-phones\r\n\r\n");
       }},
      {"attended",
       [](stage& s) {
         s.phone("102", {answers, 600ms, 4s});
         auto const leg = talking(s);
         EXPECT_TRUE(s.pbx.device_completes(leg, consult(s, leg, "102")));
       }},
      {"attended_cancelled",
       [](stage& s) {
         s.phone("102", {answers, 600ms});
         auto const leg = talking(s);
         s.pbx.device_hangs_up(consult(s, leg, "102"));
         s.pbx.device_unholds(leg);
         s.pass(1500ms);
         s.pbx.device_hangs_up(leg);
       }},
      {"feature_attended",
       [](stage& s) {
         s.phone("102", {answers, 600ms, 6s});
         auto const leg = talking(s);
         ask_by_ami(s, leg);
         s.pass(2s);
         s.pbx.device_hangs_up(leg);
       }},
      {"feature_attended_cancelled",
       [](stage& s) {
         s.pbx.set_sound_flows(false);
         s.phone("102", {answers, 600ms});
         auto const leg = talking(s);
         ask_by_ami(s, leg);
         s.pass(2s);
         s.act("Action: CancelAtxfer\r\nChannel: " + s.pbx.alive(leg)->name + "\r\n\r\n");
         s.pass(3s);
         s.pbx.device_hangs_up(leg);
       }},
      {"feature_blonde",
       [](stage& s) {
         s.pbx.set_sound_flows(false);
         s.phone("102", {answers, 4s, 2s});
         auto const leg = talking(s);
         ask_by_ami(s, leg);
         s.pass(2s);
         s.pbx.device_hangs_up(leg);
       }},
      {"queue_attended",
       [](stage& s) {
         s.phone("103", {answers, 500ms, 4s});
         auto const leg = talking(s, "queue");
         EXPECT_TRUE(s.pbx.device_completes(leg, consult(s, leg, "103")));
       }},
  };
}

}  // namespace calluna::sim::test
