// The example app vip_queue, as it is, with a real phone and real callers.
#include "support/lab_test.hpp"

namespace calluna::integration {
namespace {

class vip_queue : public lab_test {
 protected:
  static std::string known_partners() {
    return "[directory]\nfile = \"" CALLUNA_SOURCE_DIR "/examples/apps/vip_queue/partners.csv\"\n";
  }
};
CALLUNA_WITH_BOTH(vip_queue);

TEST_P(vip_queue, lets_the_vip_pass_those_who_wait) {
  run({.apps = {{"vip_queue", std::filesystem::path{CALLUNA_SOURCE_DIR} / "examples/apps/vip_queue",
                 "config = { members = [\"PJSIP/101\"], wrap_up = 0 }"}},
       .sections = known_partners()});
  phone("101", {"answer", "--hangup-after", "2500"});
  auto const caller = [&](std::string const& number) {
    call("app-vip-queue", {"--from", number});
    EXPECT_TRUE(logged("\\" + number + ": "));
  };
  caller("+4930000");
  ASSERT_TRUE(logged("\\+4930000 talks to "));
  caller("+4930111");
  caller("+4930222");
  caller("+14155550101");
  EXPECT_TRUE(logged("\\+14155550101: Ann Archer .*, VIP"));
  EXPECT_TRUE(logged(" talks to PJSIP/101", 30s, 4));

  std::vector<std::string> const order{"+4930000", "+14155550101", "+4930111", "+4930222"};
  auto const lines = last_log().lines(" talks to ");
  ASSERT_EQ(lines.size(), order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    EXPECT_NE(lines[i].find(order[i]), std::string::npos) << "place " << i << ": " << lines[i];
  EXPECT_TRUE(nothing_left(10s)) << "the agent hangs up on each";
}

TEST_P(vip_queue, sends_on_who_has_waited_too_long) {
  auto const from = ami().position();
  run({.apps = {{"vip_queue", std::filesystem::path{CALLUNA_SOURCE_DIR} / "examples/apps/vip_queue",
                 "config = { members = [\"PJSIP/101\"], max_wait = 1 }"}}});
  phone("101", {"noanswer"});
  call("app-vip-queue", {"--hangup-after", "2500"});
  EXPECT_TRUE(ami().wait_for("UserEvent", {{"UserEvent", "LabVoicemail"}}, 5s, 1, from));
}

}  // namespace
}  // namespace calluna::integration
