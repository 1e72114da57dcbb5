// The example app supervisor, as it is: who may listen to whom, with real phones.
#include "support/lab_test.hpp"

namespace calluna::integration {
namespace {

/// Anna (105) supervises queue support-aq, whose agent boris (109) is; carl (106) is nobody's.
class supervisor : public lab_test {
 protected:
  void SetUp() override {
    lab_test::SetUp();
    if (HasFatalFailure() || IsSkipped()) return;
    run({.apps = {{"supervisor",
                   std::filesystem::path{CALLUNA_SOURCE_DIR} / "examples/apps/supervisor",
                   "config = { supervisors = { anna = [\"support-aq\"] } }"}},
         .sections = user("anna", "105") + user("boris", "109") + user("carl", "106")});
  }
  static std::string user(std::string const& name, std::string const& extension) {
    return "[user." + name + "]\nname = \"" + name + "\"\nextension = \"" + extension +
           "\"\ndevices = [\"PJSIP/" + extension + "\"]\n";
  }
  /// Somebody from outside talks to that phone.
  void talk_with(std::string const& number) {
    auto const from = ami().position();
    // ChanSpy notices that its phone has hung up only while there is audio to hear.
    phone(number, {"answer", "--audio", "yes"});
    call(number, {"--audio", "yes", "--hangup-after", "20000"});
    ASSERT_TRUE(ami().wait_for("BridgeEnter", {}, 10s, 2, from));
  }
  void hang_up_all() { pbx().cli("channel request hangup all"); }
};
CALLUNA_WITH_BOTH(supervisor);

TEST_P(supervisor, hears_the_talks_of_their_own_agents) {
  phone("105", {"answer", "--hangup-after", "1500"});
  talk_with("109");
  std::size_t times = 0;
  for (auto const* code : {"*81109", "*82109", "*83109"}) {
    call(code, {"--as", "105"});
    EXPECT_TRUE(ami().wait_for("ChanSpyStart", {}, 10s, ++times)) << code;
    EXPECT_TRUE(logged("anna begins to ", 5s, times));
    for (auto const& event : ami().events("ChanSpyStart"))
      EXPECT_EQ(event->get("SpyeeChannel").substr(0, 10), "PJSIP/109-");
    EXPECT_TRUE(logged("anna ends", 5s, times));
  }
  hang_up_all();
}

TEST_P(supervisor, is_refused_where_they_may_not) {
  talk_with("109");
  auto& carl = call("*81109", {"--as", "106"});
  EXPECT_TRUE(logged("carl may not listen to boris"));
  EXPECT_TRUE(carl.saw("rejected", 5s));
  call("*83106", {"--as", "105"});
  EXPECT_TRUE(logged("anna may not barge to carl"));
  call("*81101", {"--as", "105"});
  EXPECT_TRUE(logged("anna may not listen to 101"));
  call("*81109");
  EXPECT_TRUE(logged("PJSIP/trunk-.* is no supervisor"));
  hang_up_all();
  ASSERT_TRUE(nothing_left());
  call("*81109", {"--as", "105"});
  EXPECT_TRUE(logged("boris talks to nobody"));
  EXPECT_TRUE(ami().events("ChanSpyStart").empty());
}

}  // namespace
}  // namespace calluna::integration
