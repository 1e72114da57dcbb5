// Calls that an application leads.
#include "recorded_stage.hpp"

namespace calluna::sim::test {
namespace {

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

}  // namespace

std::vector<story> stasis_stories() {
  return {
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
  };
}

}  // namespace calluna::sim::test
