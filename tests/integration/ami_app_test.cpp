// Events, actions and lists of the manager interface as a script sees them.
#include "support/lab_test.hpp"

namespace calluna::integration {
namespace {

class ami_app : public lab_test {
 protected:
  void round(std::string const& name) { ami().user_event("LabRound", {{"Round", name}}); }
};
CALLUNA_WITH_BOTH(ami_app);

TEST_P(ami_app, hands_each_event_to_the_handlers_whose_filter_it_passes) {
  run_app("ami");
  for (auto const* n : {"1", "2", "3"}) {
    ami().user_event("LabTick", {{"n", n}});
    ami().user_event("LabTock", {{"n", n}});
  }
  EXPECT_TRUE(logged("tick 3 on main"));
  EXPECT_TRUE(logged("tick \\d", 1s, 3));
  EXPECT_TRUE(logged("tock 2"));
  EXPECT_FALSE(logged("tock [13]", 100ms));
}

TEST_P(ami_app, sends_actions_lists_and_commands) {
  run_app("ami");
  round("actions");
  EXPECT_TRUE(logged("ping: Pong"));
  EXPECT_TRUE(logged("endpoints: 11")) << "phones 101 to 110 and the trunk";
  EXPECT_TRUE(logged("command: Asterisk " + std::to_string(GetParam())));
  EXPECT_TRUE(logged("nonsense: rejected: .*Invalid/unknown command"));
}

TEST_P(ami_app, refuses_line_ends_in_values_and_sends_nothing) {
  auto const from = ami().position();
  run_app("ami");
  round("injection");
  EXPECT_TRUE(logged("injection: invalid: ", 10s, 5));
  EXPECT_TRUE(logged("afterwards: "));
  EXPECT_TRUE(ami().wait_for("UserEvent", {{"UserEvent", "LabAfterwards"}}, 5s, 1, from));
  EXPECT_TRUE(ami().events("UserEvent", {{"UserEvent", "LabInjected"}}, from).empty());
  EXPECT_TRUE(ami().events("Newchannel", {}, from).empty());
}

TEST_P(ami_app, originates_and_hears_how_it_went) {
  auto const from = ami().position();
  run_app("ami");
  round("originate");
  EXPECT_TRUE(logged("originate: "));
  EXPECT_TRUE(logged("originated: Success"));
  EXPECT_TRUE(
      ami().wait_for("VarSet", {{"Variable", "LAB_TWO"}, {"Value", "two words"}}, 5s, 1, from));
}

TEST_P(ami_app, tells_that_an_account_may_not_do_it) {
  run({.apps = {{"ami", test_app("ami"), "config = { round = \"narrow\" }"}},
       .ami = {{"user", '"' + pbx().setting("AMI_NARROW_USER") + '"'}},
       .ami_secret = pbx().setting("AMI_NARROW_SECRET")});
  EXPECT_TRUE(logged("narrow: refused: "));
  EXPECT_TRUE(logged("narrow list: refused: "));
}

}  // namespace
}  // namespace calluna::integration
