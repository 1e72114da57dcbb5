// Calls that go through Local channels.
#include "recorded_stage.hpp"

namespace calluna::sim::test {

std::vector<story> local_stories() {
  return {
      {"local_kept",
       [](stage& s) {
         s.phone("101", {answers, 800ms});
         s.call("kept-local-101", 3800ms);
       }},
      {"local_optimised",
       [](stage& s) {
         s.phone("101", {answers, 800ms});
         s.call("local-101", 3800ms);
       }},
  };
}

}  // namespace calluna::sim::test
