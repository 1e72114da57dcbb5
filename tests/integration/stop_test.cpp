// The end of a runtime, told to or pushed aside.
#include "support/lab_test.hpp"

#include <nlohmann/json.hpp>

#include <csignal>

namespace calluna::integration {
namespace {

class stop : public lab_test {
 protected:
  runtime& run_with(std::string const& lines) {
    return run({.apps = {{"stop", test_app("stop")}}, .runtime = lines});
  }
  bool at_fallback(std::size_t from, std::size_t times = 1) {
    return ami().wait_for("UserEvent", {{"UserEvent", "LabFallback"}, {"Extension", "app-t-stay"}},
                          5s, times, from);
  }
};
CALLUNA_WITH_BOTH(stop);

TEST_P(stop, lets_live_calls_end_and_takes_no_new_ones) {
  auto const from = ami().position();
  auto& program = run_with("stop_seconds = 30");
  call("app-t-stay", {"--hangup-after", "2500"});
  ASSERT_TRUE(logged("stays"));
  program.program().signal(SIGTERM);
  ASSERT_TRUE(logged("SIGTERM: no new calls"));
  EXPECT_EQ(program.status().at("stopping"), true);
  call("app-t-stay");
  EXPECT_TRUE(at_fallback(from)) << "the new call goes on in the dialplan";
  EXPECT_TRUE(program.program().running());
  EXPECT_EQ(program.program().wait_end(10s), 0);
  EXPECT_EQ(last_log().count(": stays"), 1U);
  EXPECT_EQ(last_log().count(": ended"), 1U);
}

TEST_P(stop, sends_live_calls_to_their_fallback_at_the_deadline) {
  auto const from = ami().position();
  auto& program = run_with("stop_seconds = 1");
  call("app-t-stay");
  ASSERT_TRUE(logged("stays"));
  EXPECT_EQ(program.stop(5s), 0);
  EXPECT_TRUE(at_fallback(from));
}

TEST_P(stop, ends_at_once_without_calls) {
  auto& program = run_with("");
  EXPECT_EQ(program.stop(2s), 0);
  EXPECT_EQ(last_log().count(" (warning|error) "), 0U);
}

TEST_P(stop, is_told_in_one_line_when_another_runtime_takes_the_application) {
  auto& first = run_with("");
  run_with("");
  EXPECT_TRUE(first.log().wait_for("t-stay.*(taken|replaced|another)", 5s)) << first.log().text();
  EXPECT_EQ(first.log().count("t-stay.*(taken|replaced|another)"), 1U) << first.log().text();
  auto& caller = call("app-t-stay", {"--hangup-after", "300"});
  EXPECT_TRUE(logged("stays"));
  EXPECT_TRUE(caller.saw("ended|hung up", 5s));
  EXPECT_EQ(first.log().count("stays"), 0U);
  EXPECT_TRUE(first.program().running());
}

}  // namespace
}  // namespace calluna::integration
