// Calls that ring phones.
#include "recorded_stage.hpp"

namespace calluna::sim::test {

std::vector<story> simple_stories() {
  return {
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
}

}  // namespace calluna::sim::test
