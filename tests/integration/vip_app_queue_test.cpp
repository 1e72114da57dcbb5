// The example app vip_app_queue, as it is, with Asterisk's own queue, a real phone and real
// callers.
#include "support/lab_test.hpp"

namespace calluna::integration {
namespace {

class vip_app_queue : public lab_test {
 protected:
  /// Of the queue's two agents one works.
  void SetUp() override {
    lab_test::SetUp();
    if (!IsSkipped()) pbx().cli("queue pause member PJSIP/110");
  }
  void TearDown() override {
    if (!IsSkipped()) pbx().cli("queue unpause member PJSIP/110");
    lab_test::TearDown();
  }
  runtime& run_example() {
    auto const folder = std::filesystem::path{CALLUNA_SOURCE_DIR} / "examples/apps/vip_app_queue";
    return run(
        {.apps = {{"vip_app_queue", folder,
                   "config = { place = { context = \"queues\", extension = \"sales\" } }"}},
         .sections = "[directory]\nfile = \"" + (folder / "partners.csv").string() + "\"\n"});
  }
  /// Calls, and returns when Asterisk has the caller in its queue.
  void caller(std::string const& number) {
    auto const from = ami().position();
    call("app-vip-app-queue", {"--from", number});
    EXPECT_TRUE(ami().wait_for("QueueCallerJoin", {{"CallerIDNum", number}}, 10s, 1, from));
  }
};
CALLUNA_WITH_BOTH(vip_app_queue);

TEST_P(vip_app_queue, lets_the_vip_pass_those_who_wait) {
  run_example();
  phone("109", {"answer", "--hangup-after", "3000"});
  caller("+4930000");
  ASSERT_TRUE(logged("\\+4930000 talks to Agent 109"));
  caller("+4930111");
  caller("+4930222");
  caller("+14155550101");
  EXPECT_TRUE(logged("\\+14155550101: Ann Archer .*, VIP"));
  EXPECT_TRUE(logged(" talks to Agent 109", 30s, 4));

  std::vector<std::string> const order{"+4930000", "+14155550101", "+4930111", "+4930222"};
  auto const lines = last_log().lines(" talks to ");
  ASSERT_EQ(lines.size(), order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    EXPECT_NE(lines[i].find(order[i]), std::string::npos) << "place " << i << ": " << lines[i];
  EXPECT_TRUE(nothing_left(15s)) << "the agent hangs up on each";
}

TEST_P(vip_app_queue, tells_who_gave_up) {
  run_example();
  pbx().cli("queue pause member PJSIP/109");
  call("app-vip-app-queue", {"--from", "+4930111", "--hangup-after", "1500"});
  EXPECT_TRUE(logged("\\+4930111 gave up support-aq after [12] s; 0 wait"));
  pbx().cli("queue unpause member PJSIP/109");
}

}  // namespace
}  // namespace calluna::integration
