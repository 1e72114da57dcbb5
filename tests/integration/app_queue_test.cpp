// Asterisk's own queues, as a script sees and steers them.
#include "support/lab_test.hpp"
#include "support/tcp_relay.hpp"

namespace calluna::integration {
namespace {

/// Queue support-aq, whose members 109 and 110 pause unless a test wants them.
class app_queue : public lab_test {
 protected:
  /// Tells the app what to do and waits for its word of it.
  testing::AssertionResult tell(std::string const& verb, ami_view::headers more,
                                std::string const& answer) {
    auto const from = last_log().size();
    more["Verb"] = verb;
    ami().user_event("LabSteer", more);
    if (last_log().wait_for(answer, 5s, 1, from)) return testing::AssertionSuccess();
    return testing::AssertionFailure()
           << "after " << verb << " no '" << answer << "' but: " << last_log().text().substr(from);
  }
  /// What the app shows of the queue becomes `pattern`.
  testing::AssertionResult becomes(std::string const& pattern, std::string const& verb = "show") {
    auto const shown = [&] {
      auto const from = last_log().size();
      ami().user_event("LabSteer", {{"Verb", verb}});
      return last_log().wait_for(verb + " \\d+: ", 5s, 1, from) &&
             last_log().count(verb + " \\d+: " + pattern, from) == 1;
    };
    if (eventually(shown, 10s, 100ms)) return testing::AssertionSuccess();
    return testing::AssertionFailure()
           << "not '" << pattern << "' but: " << last_log().last(verb + " \\d+: (.*)");
  }
  void nobody_answers() {
    for (auto const* agent : {"PJSIP/109", "PJSIP/110"})
      ASSERT_TRUE(tell("pause", {{"Member", agent}, {"Reason", "test"}}, "pause: true"));
  }
  void waits(std::string const& number) {
    auto const from = last_log().size();
    call("sales", {"--from", number});
    EXPECT_TRUE(last_log().wait_for("event caller_joined \\" + number + " - *$", 10s, 1, from));
  }
  /// The caller hangs up; seen from here, by Asterisk.
  void gives_up(std::string const& number) {
    auto const joined = ami().events("QueueCallerJoin", {{"CallerIDNum", number}});
    ASSERT_FALSE(joined.empty());
    ami::action hangup("Hangup");
    hangup.set("Channel", joined.back()->get("Channel"));
    EXPECT_TRUE(ami().send(hangup));
  }
  void TearDown() override {
    // The queue is shared with other tests.
    if (HasFailure()) pbx().cli("queue remove member PJSIP/105 from support-aq");
    for (auto const* agent : {"PJSIP/109", "PJSIP/110"})
      pbx().cli(std::string("queue unpause member ") + agent);
    lab_test::TearDown();
  }
};
CALLUNA_WITH_BOTH(app_queue);

TEST_P(app_queue, adds_pauses_and_removes_members) {
  run_app("app_queue");
  nobody_answers();
  EXPECT_TRUE(
      tell("add", {{"Member", "PJSIP/105"}, {"Penalty", "3"}, {"Paused", "yes"}}, "add: true"));
  EXPECT_TRUE(tell("show", {},
                   "\\[PJSIP/105/paused:/3/dynamic PJSIP/109/paused:test PJSIP/110/paused:test\\] "
                   "\\[\\] current"));
  EXPECT_TRUE(tell("add", {{"Member", "PJSIP/105"}},
                   "add: rejected: .*PJSIP/105 in support-aq.*Already there"));
  EXPECT_TRUE(tell("penalty", {{"Member", "PJSIP/105"}, {"Penalty", "7"}}, "penalty: true"));
  EXPECT_TRUE(tell("ringinuse", {{"Member", "PJSIP/105"}}, "rings in use: true"));
  EXPECT_TRUE(tell("unpause", {{"Member", "PJSIP/105"}}, "unpause: true"));
  EXPECT_TRUE(
      tell("pause", {{"Member", "PJSIP/199"}}, "pause: invalid: .*PJSIP/199 in support-aq"));
  EXPECT_TRUE(tell("show", {}, "\\[PJSIP/105/7/dynamic "));
  EXPECT_TRUE(
      tell("pause_all", {{"Member", "PJSIP/105"}, {"Reason", "lunch, late"}}, "pause all: true"));
  EXPECT_TRUE(tell("show", {}, "\\[PJSIP/105/paused:lunch, late/7/dynamic "));
  EXPECT_TRUE(tell("unpause_all", {{"Member", "PJSIP/105"}}, "unpause all: true"));
  EXPECT_TRUE(tell("remove", {{"Member", "PJSIP/109"}}, "remove: rejected: .*not dynamic"));
  EXPECT_TRUE(tell("remove", {{"Member", "PJSIP/105"}}, "remove: true"));
  EXPECT_TRUE(tell("show", {}, "\\[PJSIP/109/paused:test PJSIP/110/paused:test\\]"));
  EXPECT_TRUE(tell("missing", {}, "queue: invalid: .*no queue 'nosuch'"));
  EXPECT_TRUE(logged("caller: gone: .*PJSIP/nobody in support-aq"));
  EXPECT_EQ(last_log().count("synthetic"), 0U) << "nothing was told but by events";
  EXPECT_EQ(last_log().count("event member_added - PJSIP/105"), 1U);
  EXPECT_EQ(last_log().count("event member_removed - PJSIP/105"), 1U);
  EXPECT_EQ(last_log().count("event member_penalty - PJSIP/105"), 1U);
  EXPECT_EQ(last_log().count("event member_paused - PJSIP/105"), 3U);
}

TEST_P(app_queue, raises_a_waiting_caller_or_says_that_this_asterisk_does_not) {
  run_app("app_queue");
  nobody_answers();
  waits("+4911");
  waits("+4922");
  waits("+4933");
  EXPECT_TRUE(becomes("\\[.*\\] \\[\\+4911/0 \\+4922/0 \\+4933/0\\]"));
  if (GetParam() == 16) {
    EXPECT_TRUE(tell("priority", {{"Number", "+4933"}, {"Priority", "10"}}, "priority: refused: "));
    EXPECT_TRUE(tell("show", {}, "\\[\\+4911/0 \\+4922/0 \\+4933/10\\]"));
  } else {
    EXPECT_TRUE(tell("priority", {{"Number", "+4933"}, {"Priority", "10"}}, "priority: true"));
    EXPECT_TRUE(tell("show", {}, "\\[\\+4933/10 \\+4911/0 \\+4922/0\\]"));
  }
  EXPECT_TRUE(tell("priority", {{"Number", "+4911"}, {"Priority", "-1"}},
                   GetParam() == 16 ? "priority: refused: " : "priority: true"));
  for (auto const* number : {"+4911", "+4922", "+4933"}) gives_up(number);
  EXPECT_TRUE(logged("event caller_left ", 10s, 3));
  EXPECT_TRUE(logged("event abandoned ", 10s, 3));
  EXPECT_TRUE(becomes("\\[.*\\] \\[\\]"));
}

TEST_P(app_queue, tells_who_was_connected_and_for_how_long) {
  run_app("app_queue");
  phone("109", {"answer", "--hangup-after", "1500"});
  ASSERT_TRUE(tell("pause", {{"Member", "PJSIP/110"}, {"Reason", "test"}}, "pause: true"));
  call("sales", {"--from", "+4911"});
  EXPECT_TRUE(logged("event connected \\+4911 PJSIP/109"));
  EXPECT_TRUE(logged("event completed \\+4911 PJSIP/109"));
  EXPECT_TRUE(logged("completed: waited \\d, talked [12], agent"));
  EXPECT_TRUE(nothing_left());
  auto const completed = pbx().cli("queue show support-aq");
  auto const at = completed.find("C:");
  ASSERT_NE(at, std::string::npos) << completed;
  auto const count = completed.substr(at + 2, completed.find(',', at) - at - 2);
  EXPECT_TRUE(becomes(count + " completed, \\d+ abandoned, leastrecent", "statistics"));
}

TEST_P(app_queue, tells_after_a_cut_what_happened_meanwhile) {
  tcp_relay relay(pbx().port("AMI_PORT"));
  run({.apps = {{"app_queue", test_app("app_queue")}},
       .ami = {{"port", std::to_string(relay.port())}}});
  nobody_answers();
  waits("+4911");
  waits("+4922");
  EXPECT_TRUE(becomes("\\[.*\\] \\[\\+4911/0 \\+4922/0\\] current"));

  relay.cut();
  EXPECT_TRUE(logged("ami:main.*(lost|closed|gone|end)"));
  auto const from = ami().position();
  pbx().cli("queue add member PJSIP/105 to support-aq penalty 4");
  pbx().cli("queue pause member PJSIP/105 queue support-aq reason gap");
  pbx().cli("queue unpause member PJSIP/110 queue support-aq");
  pbx().cli("queue pause member PJSIP/110 queue support-aq reason gap");
  gives_up("+4911");
  call("sales", {"--from", "+4933"});
  EXPECT_TRUE(ami().wait_for("QueueCallerJoin", {{"CallerIDNum", "+4933"}}, 10s, 1, from));
  EXPECT_TRUE(ami().wait_for("QueueCallerLeave", {{"CallerIDNum", "+4911"}}, 10s, 1, from));
  relay.restore();

  EXPECT_TRUE(logged("event caller_left \\+4911 - synthetic", 20s));
  EXPECT_TRUE(logged("event caller_joined \\+4933 - synthetic"));
  EXPECT_TRUE(logged("event member_added - PJSIP/105 synthetic"));
  EXPECT_TRUE(logged("event member_paused - PJSIP/110 synthetic"));
  EXPECT_EQ(last_log().count("synthetic"), 4U) << "and nothing else";
  EXPECT_TRUE(
      becomes("\\[PJSIP/105/paused:gap/4/dynamic PJSIP/109/paused:test PJSIP/110/paused:gap\\] "
              "\\[\\+4922/0 \\+4933/0\\] current"));
  EXPECT_TRUE(tell("remove", {{"Member", "PJSIP/105"}}, "remove: true"));
  EXPECT_EQ(last_log().count("event member_removed - PJSIP/105"), 1U) << "no handler is doubled";
  gives_up("+4933");
  EXPECT_TRUE(logged("event abandoned \\+4933"));
  gives_up("+4922");
}

TEST_P(app_queue, survives_an_asterisk_killed_with_callers_waiting) {
  run_app("app_queue");
  nobody_answers();
  ASSERT_TRUE(tell("add", {{"Member", "PJSIP/105"}, {"Paused", "yes"}}, "add: true"));
  waits("+4911");
  waits("+4922");
  pbx().kill();
  EXPECT_TRUE(logged("ami:main.*(lost|closed|gone|end)"));
  pbx().start_again();
  EXPECT_TRUE(logged("event caller_left .* synthetic", 30s, 2));
  EXPECT_TRUE(logged("event member_removed - PJSIP/105 synthetic"));
  EXPECT_TRUE(logged("event member_paused - PJSIP/1(09|10) synthetic", 10s, 2));
  ASSERT_NO_THROW(pbx().wait_booted());
  ASSERT_TRUE(eventually([&] { return ami().send(ami::action("Ping")).has_value(); }, 10s, 50ms));
  nobody_answers();
  waits("+4933");
  EXPECT_TRUE(becomes("\\[PJSIP/109/paused:test PJSIP/110/paused:test\\] \\[\\+4933/0\\] current"));
  gives_up("+4933");
  EXPECT_TRUE(logged("event abandoned \\+4933"));
}

}  // namespace
}  // namespace calluna::integration
