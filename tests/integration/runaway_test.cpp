// Scripts that loop for ever or take all memory: they hurt their own calls only, and not for long.
#include "support/lab_test.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iostream>

namespace calluna::integration {
namespace {

using clock = std::chrono::steady_clock;
using milliseconds = std::chrono::duration<double, std::milli>;

constexpr auto budget = 200ms;

class runaway : public lab_test {
 protected:
  void SetUp() override {
    lab_test::SetUp();
    if (HasFatalFailure() || IsSkipped()) return;
    program_ = &run({.apps = {{"runaway", test_app("runaway"), "memory_mb = 32\nbudget_ms = 200"},
                              {"witness", test_app("witness")}}});
  }

  /// One event of the witness after the other, each sent when the one before was answered.
  std::vector<double> round_trips(int count) {
    std::vector<double> took;
    for (int i = 0; i < count; ++i) {
      auto const n = std::to_string(++pings_);
      auto const from = ami().position();
      auto const sent = clock::now();
      ami().user_event("LabPing", {{"n", n}});
      if (!ami().wait_for("UserEvent", {{"UserEvent", "LabPong"}, {"n", n}}, 5s, 1, from)) break;
      took.push_back(milliseconds(clock::now() - sent).count());
    }
    std::sort(took.begin(), took.end());
    return took;
  }

  /// How long after the log line the call is at its fallback.
  void expect_fallback_within(std::chrono::milliseconds bound, std::string const& name) {
    auto const from = ami().position();
    call("app-" + name, {"--hangup-after", "5000"});
    ASSERT_TRUE(logged(name + " begins"));
    auto const begun = clock::now();
    ASSERT_TRUE(ami().wait_for(
        "UserEvent", {{"UserEvent", "LabFallback"}, {"Extension", "app-" + name}}, 10s, 1, from));
    milliseconds const took = clock::now() - begun;
    std::cout << "Asterisk " << GetParam() << ": " << name << " at its fallback after "
              << took.count() << " ms\n";
    EXPECT_LE(took, bound);
    EXPECT_FALSE(logged(name + ": came back", 0ms));
  }

  void expect_service() {
    // Whoever calls before the next generation serves goes to the fallback.
    ASSERT_TRUE(
        eventually([&] { return program_->app_status("runaway").at("state") == "serving"; }, 10s));
    auto const from = last_log().size();
    auto& caller = call("app-t-good", {"--hangup-after", "200"});
    EXPECT_TRUE(last_log().wait_for("t-good: came back", 10s, 1, from)) << "a new call is served";
    EXPECT_TRUE(caller.saw("answered", 5s));
  }

  std::size_t peak_memory_kb() {
    std::ifstream in{"/proc/" + std::to_string(program_->program().pid()) + "/status"};
    for (std::string line; std::getline(in, line);)
      if (line.rfind("VmHWM:", 0) == 0) return std::stoul(line.substr(6));
    return 0;
  }

  runtime* program_ = nullptr;
  int pings_ = 0;
};
CALLUNA_WITH_BOTH(runaway);

TEST_P(runaway, is_interrupted_in_a_plain_loop) {
  expect_fallback_within(budget + 1s, "t-plain");
  expect_service();
}

TEST_P(runaway, is_interrupted_in_a_compiled_loop) {
  expect_fallback_within(budget + 1s, "t-hot");
  expect_service();
}

TEST_P(runaway, is_interrupted_inside_pcall) {
  expect_fallback_within(budget + 1s, "t-pcall");
  expect_service();
}

TEST_P(runaway, is_interrupted_in_a_handler_of_a_call) {
  call("app-t-handler", {"--dtmf", "1", "--hangup-after", "4000"});
  ASSERT_TRUE(logged("t-handler begins"));
  EXPECT_TRUE(logged("error app:runaway: .*interrupted", 6s));
  expect_service();
}

TEST_P(runaway, does_not_delay_the_events_of_another_app) {
  auto const before = round_trips(300);
  ASSERT_EQ(before.size(), 300U);
  call("app-t-hot", {"--count", "20", "--rate", "10", "--hangup-after", "3000"});
  ASSERT_TRUE(logged("t-hot begins"));
  auto const during = round_trips(300);
  ASSERT_EQ(during.size(), 300U);
  EXPECT_GE(last_log().count("t-hot begins"), 1U);
  std::cout << "Asterisk " << GetParam()
            << ": another app's event and answer, ms p50/p99: " << before[150] << "/" << before[297]
            << " before, " << during[150] << "/" << during[297] << " beside a runaway app\n";
  // Two threads spin and SIPp plays on machines with two cores: a bound for a stuck loop, which
  // would take budgets of 200 ms.
  EXPECT_LE(during[297], before[297] + 100);
  EXPECT_LE(during[150], before[150] + 20);
}

TEST_P(runaway, that_takes_all_memory_is_replaced) {
  auto const before = peak_memory_kb();
  auto const from = ami().position();
  call("app-t-hog", {"--hangup-after", "5000"});
  ASSERT_TRUE(logged("t-hog begins"));
  EXPECT_TRUE(ami().wait_for(
      "UserEvent", {{"UserEvent", "LabFallback"}, {"Extension", "app-t-hog"}}, 10s, 1, from));
  // 0 if Asterisk has taken the call back by then.
  EXPECT_TRUE(
      logged("app:runaway: generation \\d+ is replaced, its [01] channels go to their fallback"));
  auto const after = peak_memory_kb();
  std::cout << "Asterisk " << GetParam() << ": peak memory " << before / 1024 << " MB before, "
            << after / 1024 << " MB after the hog\n";
  EXPECT_LE(after - before, 80U * 1024);
  expect_service();
}

}  // namespace
}  // namespace calluna::integration
