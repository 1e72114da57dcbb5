// Calls that wait in a queue of Asterisk's own.
#include "recorded_stage.hpp"

namespace calluna::sim::test {

std::vector<story> queued_stories() {
  return {
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
  };
}

}  // namespace calluna::sim::test
