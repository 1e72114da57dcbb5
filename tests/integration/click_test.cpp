// Click-to-call with real phones: whose phone rings, who wins, what the far side says.
#include "support/lab_test.hpp"

namespace calluna::integration {
namespace {

class click : public lab_test {
 protected:
  void SetUp() override {
    lab_test::SetUp();
    if (HasFatalFailure() || IsSkipped()) return;
    run({{{"click", test_app("click")}},
         {},
         "[user.anna]\nname = \"Anna\"\nextension = \"101\"\n"
         "devices = [{ channel = \"PJSIP/101\", context = \"from-phones\" }, \"PJSIP/102\", "
         "{ channel = \"PJSIP/104\", originate = false }]\n"});
  }
  /// Tells apps/click to call `to` for anna.
  void ask(std::string const& id, std::string const& to, ami_view::headers more = {}) {
    more.insert({{"Id", id}, {"To", to}});
    if (more.count("Devices") == 0) more.insert({"User", "anna"});
    ami().user_event("Click", more);
  }
  static std::size_t invited(party const& who) { return who.log().count("^invited"); }
};
CALLUNA_WITH_BOTH(click);

TEST_P(click, rings_all_devices_and_connects_the_first_that_answers) {
  auto& slow = phone("101", {"noanswer"});
  auto& quick = phone("102", {"answer", "--answer-after", "500"});
  auto& outside = phone("trunk", {"answer", "--hangup-after", "800"});
  ask("c1", "0+4930555", {{"Shown", "\"Ann Archer\" <+4930555>"}, {"Own", "\"Firm\" <+49309>"}});
  EXPECT_TRUE(logged("c1: answered"));
  EXPECT_TRUE(slow.saw("cancelled", 5s)) << slow.log().text();
  EXPECT_TRUE(quick.log().wait_for("From: \"Ann Archer\" <sip:\\+4930555@", 1s));
  EXPECT_TRUE(outside.log().wait_for("From: \"Firm\" <sip:\\+49309@", 1s)) << outside.log().text();
  EXPECT_TRUE(quick.saw("ended", 5s)) << "the far side hung up";
  EXPECT_EQ(invited(outside), 1u);
  EXPECT_TRUE(logged("ended c1 answered PJSIP/102"));
  EXPECT_EQ(last_log().count(": ended "), 1u) << "two devices are one call";
}

TEST_P(click, dials_once_when_both_devices_answer_at_the_same_time) {
  auto& one = phone("101", {"answer", "--answer-after", "300"});
  auto& other = phone("102", {"answer", "--answer-after", "300"});
  auto& outside = phone("trunk", {"answer", "--hangup-after", "300"});
  std::size_t const rounds = 8;
  for (std::size_t i = 1; i <= rounds; ++i) {
    auto const id = "race" + std::to_string(i);
    ask(id, "0+4930555");
    EXPECT_TRUE(logged(id + ": answered"));
    EXPECT_TRUE(nothing_left());
    EXPECT_EQ(invited(outside), i);
  }
  EXPECT_EQ(invited(one), rounds);
  EXPECT_EQ(invited(other), rounds);
}

TEST_P(click, tells_that_the_user_hung_up_before_the_far_side_answered) {
  phone("101", {"answer", "--hangup-after", "900"});
  phone("102", {"busy"});
  auto& outside = phone("trunk", {"noanswer"});
  ask("c1", "0+4930555");
  EXPECT_TRUE(logged("c1: cancelled user"));
  EXPECT_TRUE(outside.saw("cancelled", 5s));
}

TEST_P(click, hangs_up_the_own_phone_when_the_far_side_is_busy_or_rejects_or_does_not_answer) {
  auto& own = phone("101", {"answer"});
  {
    phone("103", {"busy"});
    ask("busy", "103", {{"Devices", "PJSIP/101"}});
    EXPECT_TRUE(logged("busy: busy remote"));
    EXPECT_TRUE(own.saw("ended", 5s));
  }
  phone("105", {"reject"});
  ask("rejected", "105", {{"Devices", "PJSIP/101"}});
  EXPECT_TRUE(logged("rejected: rejected remote"));
  EXPECT_TRUE(own.saw("ended", 5s, 2));
  phone("106", {"noanswer"});
  ask("noanswer", "106", {{"Devices", "PJSIP/101"}, {"Timeout", "2"}});
  EXPECT_TRUE(logged("noanswer: noanswer remote"));
  EXPECT_TRUE(own.saw("ended", 5s, 3));
}

TEST_P(click, tells_what_the_own_phones_said) {
  phone("101", {"busy"});
  phone("102", {"reject", "--answer-after", "300"});
  ask("rejected", "0+4930555");
  EXPECT_TRUE(logged("rejected: rejected user"));
  auto& rings = phone("103", {"noanswer"});
  ask("noanswer", "0+4930555", {{"Devices", "PJSIP/103"}, {"RingTimeout", "1"}});
  EXPECT_TRUE(logged("noanswer: noanswer user"));
  EXPECT_TRUE(rings.saw("cancelled", 5s));
  ask("offline", "0+4930555", {{"Devices", "PJSIP/nosuchphone"}, {"Context", "from-phones"}});
  EXPECT_TRUE(logged("offline: offline user"));
}

TEST_P(click, is_one_call_for_one_id) {
  auto& own = phone("101", {"answer", "--answer-after", "500"});
  phone("102", {"busy"});
  auto& outside = phone("trunk", {"answer", "--hangup-after", "1500"});
  ask("once", "0+4930555");
  ask("once", "0+4930555");
  EXPECT_TRUE(logged("once: answered", 10s, 2));
  ask("once", "0+4930555");
  EXPECT_TRUE(logged("once: answered", 10s, 3));
  EXPECT_TRUE(own.saw("ended", 5s));
  EXPECT_EQ(invited(own), 1u);
  EXPECT_EQ(invited(outside), 1u);
}

TEST_P(click, sends_digits_to_the_far_side_once_it_has_answered) {
  phone("101", {"answer", "--hangup-after", "3000"});
  auto const from = ami().position();
  ask("c1", "local-101", {{"Devices", "PJSIP/101"}, {"Digits", "w12"}, {"Context", "from-phones"}});
  phone("trunk", {"answer", "--hangup-after", "3000"});
  ask("c2", "0+4930555", {{"Devices", "PJSIP/101"}, {"Digits", "w12"}});
  EXPECT_TRUE(logged("c2: answered"));
  for (auto const digit : {"1", "2"})
    EXPECT_TRUE(ami().wait_for("DTMFEnd", {{"Digit", digit}, {"Direction", "Sent"}}, 5s, 1, from));
}

TEST_P(click, refuses_what_the_dialplan_would_take_apart) {
  ask("amp", "103", {{"Devices", "PJSIP/101&PJSIP/102"}, {"Context", "from-phones"}});
  EXPECT_TRUE(logged("amp: invalid"));
  ask("comma", "103,1", {{"Devices", "PJSIP/101"}});
  EXPECT_TRUE(logged("comma: invalid"));
  ask("shell", "${SHELL(id)}", {{"Devices", "PJSIP/101"}});
  EXPECT_TRUE(logged("shell: invalid"));
}

/// What each phone family looks for in the INVITE; a SIPp phone stands for it.
TEST_P(click, asks_each_family_of_phones_to_answer_in_its_own_way) {
  std::map<std::string, std::string> const families{
      {"yealink", "^Alert-Info: <sip:localhost>;info=alert-autoanswer;delay=0"},
      {"grandstream", "^Call-Info: <sip:localhost>;answer-after=0"},
      {"snom", "^Call-Info: <sip:localhost>;answer-after=0"},
      {"polycom", "^Alert-Info: Auto Answer"},
      {"cisco", "^Call-Info: <sip:localhost>;answer-after=0"},
      {"fanvil", "^Alert-Info: <sip:localhost>;info=alert-autoanswer;delay=0"},
      {"microsip", "^Call-Info: <sip:localhost>;answer-after=0"},
      {"zoiper", "^Call-Info: <sip:localhost>;answer-after=0"},
      {"linphone", "^Call-Info: <sip:localhost>;answer-after=0"},
      {"X-Answer: now, \"at\" once;please", "^X-Answer: now, \"at\" once;please"}};
  phone("103", {"answer", "--hangup-after", "200"});
  auto& device = phone("101", {"answer", "--answer-after", "50"});
  int n = 0;
  for (auto const& [family, header] : families) {
    SCOPED_TRACE(family);
    auto const from = device.log().size();
    auto const id = "family" + std::to_string(++n);
    ask(id, "103", {{"Devices", "PJSIP/101"}, {"AutoAnswer", family}});
    EXPECT_TRUE(logged(id + ": answered"));
    EXPECT_TRUE(device.log().wait_for(header, 2s, 1, from)) << device.log().text().substr(from);
  }
}

}  // namespace
}  // namespace calluna::integration
