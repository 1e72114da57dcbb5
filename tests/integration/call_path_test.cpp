// A call's way through every step of a script, and a hang-up by either side at each of them.
#include "support/lab_test.hpp"

namespace calluna::integration {
namespace {

class call_path : public lab_test {
 protected:
  void SetUp() override {
    lab_test::SetUp();
    if (!HasFatalFailure() && !IsSkipped()) run_app("call_path");
  }
  /// A call whose number tells apps/call_path what to do with it.
  party& step(std::string const& name, std::vector<std::string> options = {}) {
    options.insert(options.end(), {"--from", name});
    return call("app-call-path", options);
  }
  /// The caller hangs up a moment after the answer.
  static inline std::vector<std::string> const soon{"--hangup-after", "300"};
  /// The caller gives up a moment after dialling.
  static inline std::vector<std::string> const gives_up{"--give-up-after", "600"};
};
CALLUNA_WITH_BOTH(call_path);

TEST_P(call_path, answers_and_notices_that_the_caller_hangs_up) {
  auto& caller = step("answer", soon);
  EXPECT_TRUE(logged("answer: true"));
  EXPECT_TRUE(logged(": ended$"));
  EXPECT_EQ(caller.program().wait_end(5s), 0);
}

TEST_P(call_path, hangs_up_itself) {
  auto& caller = step("hangup");
  EXPECT_TRUE(caller.saw("answered", 5s));
  EXPECT_TRUE(logged("hangup: true"));
  EXPECT_TRUE(caller.saw("ended", 5s));
}

TEST_P(call_path, rejects_with_a_reason) {
  auto& caller = step("reject");
  EXPECT_TRUE(caller.log().wait_for("rejected \\S+ 486$", 5s)) << caller.log().text();
}

TEST_P(call_path, plays_sounds_and_numbers_then_hangs_up) {
  auto& caller = step("play");
  EXPECT_TRUE(logged("play: true"));
  EXPECT_TRUE(logged("say: true"));
  EXPECT_TRUE(caller.saw("ended", 5s));
}

TEST_P(call_path, ends_a_play_when_the_caller_hangs_up) {
  step("play_long", soon);
  EXPECT_TRUE(logged("playing"));
  EXPECT_TRUE(logged("play: gone"));
}

TEST_P(call_path, ends_a_dial_when_the_caller_gives_up) {
  auto& rings = phone("101", {"noanswer"});
  step("dial", gives_up);
  EXPECT_TRUE(logged("dial: gone"));
  EXPECT_TRUE(rings.saw("cancelled", 5s)) << rings.log().text();
}

TEST_P(call_path, ends_a_dial_when_the_answered_caller_hangs_up) {
  auto& rings = phone("101", {"noanswer"});
  step("dial_answered", soon);
  EXPECT_TRUE(logged("dial: gone"));
  EXPECT_TRUE(rings.saw("cancelled", 5s)) << rings.log().text();
}

TEST_P(call_path, bridges_with_who_answers_and_ends_when_the_caller_hangs_up) {
  auto& answers = phone("101", {"answer"});
  auto& caller = step("dial", {"--hangup-after", "600"});
  EXPECT_TRUE(logged("dial: answered"));
  EXPECT_TRUE(caller.saw("answered", 5s));
  EXPECT_TRUE(eventually([&] { return ari().our_bridges().size() == 1; }, 2s)) << "no bridge";
  EXPECT_TRUE(logged("ended by: caller|dial: gone"));
  EXPECT_TRUE(answers.saw("ended", 5s)) << answers.log().text();
}

TEST_P(call_path, bridges_with_who_answers_and_ends_when_the_callee_hangs_up) {
  phone("101", {"answer", "--hangup-after", "600"});
  auto& caller = step("dial");
  EXPECT_TRUE(logged("ended by: callee"));
  EXPECT_TRUE(caller.saw("ended", 5s));
}

TEST_P(call_path, goes_on_with_the_caller_after_the_callee_has_hung_up) {
  phone("101", {"answer", "--hangup-after", "400"});
  auto& caller = step("keep");
  EXPECT_TRUE(logged("ended by: callee"));
  EXPECT_TRUE(logged("play: true"));
  EXPECT_TRUE(caller.saw("ended", 5s));
}

TEST_P(call_path, tells_a_busy_phone) {
  phone("101", {"busy"});
  step("dial");
  EXPECT_TRUE(logged("dial: busy"));
}

TEST_P(call_path, tells_a_phone_that_rejects) {
  phone("101", {"reject", "--answer-after", "300"});
  step("dial");
  EXPECT_TRUE(logged("dial: rejected"));
}

TEST_P(call_path, tells_a_phone_that_nobody_answers) {
  auto& rings = phone("101", {"noanswer"});
  step("dial");
  EXPECT_TRUE(logged("dial: noanswer"));
  EXPECT_TRUE(rings.saw("cancelled", 5s));
}

TEST_P(call_path, tells_an_endpoint_that_is_not_there) {
  step("dial_offline");
  EXPECT_TRUE(logged("dial: offline"));
}

TEST_P(call_path, connects_the_first_of_two_phones_and_stops_the_other) {
  auto& slow = phone("101", {"noanswer"});
  phone("102", {"answer", "--answer-after", "300"});
  step("dial_both", {"--hangup-after", "500"});
  EXPECT_TRUE(logged("dial: PJSIP/102"));
  EXPECT_TRUE(slow.saw("cancelled", 5s)) << slow.log().text();
  EXPECT_TRUE(logged(": ended$"));
}

TEST_P(call_path, collects_digits) {
  step("ask", {"--dtmf", "4711"});
  EXPECT_TRUE(logged("ask: 4711", 15s));
}

TEST_P(call_path, collects_digits_sent_by_info) {
  step("ask", {"--dtmf", "12#", "--dtmf-by", "info"});
  EXPECT_TRUE(logged("ask: 12$", 15s));
}

TEST_P(call_path, tells_that_no_digit_came) {
  step("ask_nothing");
  EXPECT_TRUE(logged("ask: timeout"));
}

TEST_P(call_path, ends_an_entry_when_the_caller_hangs_up) {
  step("ask", soon);
  EXPECT_TRUE(logged("ask: gone"));
}

TEST_P(call_path, records_the_caller) {
  step("record", {"--audio", "yes"});
  EXPECT_TRUE(logged("record: [12]"));
}

TEST_P(call_path, sets_a_variable_and_goes_on_in_the_dialplan) {
  auto const from = ami().position();
  step("continue");
  EXPECT_TRUE(logged("get_variable: set by the script"));
  EXPECT_TRUE(logged("continue: true"));
  EXPECT_TRUE(ami().wait_for("UserEvent",
                             {{"UserEvent", "LabFallback"}, {"Extension", "set by the script"}}, 5s,
                             1, from));
}

TEST_P(call_path, sends_the_call_to_its_fallback_when_the_script_raises_an_error) {
  auto const from = ami().position();
  step("error");
  EXPECT_TRUE(logged("error.*call_path/init.lua:\\d+: a mistake in the script"));
  EXPECT_TRUE(ami().wait_for("UserEvent", {{"UserEvent", "LabFallback"}}, 5s, 1, from));
}

TEST_P(call_path, plays_to_a_bridge) {
  step("bridge");
  EXPECT_TRUE(logged("play: true"));
  EXPECT_TRUE(logged("destroy: true"));
}

TEST_P(call_path, leaves_the_queue_when_a_waiting_caller_hangs_up) {
  phone("101", {"busy"});
  step("queue", {"--hangup-after", "700"});
  EXPECT_TRUE(logged("missed: busy"));
  EXPECT_TRUE(logged("queue: gone"));
  EXPECT_TRUE(logged("abandoned"));
}

TEST_P(call_path, leaves_the_queue_while_agents_ring) {
  auto& rings = phone("101", {"noanswer"});
  step("queue", {"--hangup-after", "700"});
  EXPECT_TRUE(logged("queue: gone"));
  EXPECT_TRUE(rings.saw("cancelled", 5s)) << rings.log().text();
}

TEST_P(call_path, talks_to_an_agent_until_the_agent_hangs_up) {
  phone("101", {"answer", "--hangup-after", "500"});
  auto& caller = step("queue");
  EXPECT_TRUE(logged("queue: PJSIP/101"));
  EXPECT_TRUE(logged("ended by: callee"));
  EXPECT_TRUE(caller.saw("ended", 5s));
}

TEST_P(call_path, talks_to_an_agent_until_the_caller_hangs_up) {
  auto& agent = phone("101", {"answer"});
  step("queue", {"--hangup-after", "900"});
  EXPECT_TRUE(logged("queue: PJSIP/101"));
  EXPECT_TRUE(logged("ended by: caller|: ended$"));
  EXPECT_TRUE(agent.saw("ended", 5s));
}

}  // namespace
}  // namespace calluna::integration
