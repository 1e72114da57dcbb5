#include "../../../runtime/src/sim_console.hpp"

#include <calluna/sim/actors.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calluna::runtime {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

class sim_console_test : public testing::Test {
 protected:
  sim_console_test() {
    machine.add_endpoint({"PJSIP/trunk", "from-trunk", {}});
    machine.add_endpoint({"PJSIP/101", "from-trunk", {"101", "Anna"}});
    EXPECT_TRUE(
        machine.plan().read("[from-trunk]\nexten => 100,1,Answer()\n same => n,Wait(60)\n"
                            "exten => 101,1,Dial(PJSIP/101,20)\n"));
  }
  std::string type(std::string const& line) {
    auto const said = console.obey(line);
    auto const answer = said ? *said : "wrong: " + said.error().message;
    pass(10ms);
    return answer;
  }
  void pass(sim::span time) { machine.time().advance_to(machine.now() + time); }

  sim::machine machine{{}};
  sim_console console{machine};
};

TEST_F(sim_console_test, lets_numbers_outside_and_phones_call) {
  EXPECT_EQ(type("call +14155550101 100 Ann Archer"), "");
  EXPECT_EQ(type("call 101 100"), "");
  EXPECT_THAT(type("who"), HasSubstr("PJSIP/trunk-00000000  +14155550101 Ann Archer  Up  Wait\n"));
  EXPECT_THAT(type("who"), HasSubstr("2 channels\n"));
  EXPECT_THAT(type("who"), HasSubstr("PJSIP/101-"));
}

TEST_F(sim_console_test, lets_them_answer_press_hold_and_hang_up) {
  type("call +14155550101 101");
  EXPECT_EQ(type("answer 101"), "");
  EXPECT_THAT(type("who"), HasSubstr("talks"));
  EXPECT_EQ(type("press +14155550101 1#"), "");
  EXPECT_EQ(type("hold 101"), "");
  EXPECT_EQ(type("unhold 101"), "");
  EXPECT_EQ(type("hangup 101"), "");
  pass(1s);
  EXPECT_EQ(type("who"), "0 channels\n");
}

TEST_F(sim_console_test, says_what_is_wrong_with_a_line) {
  EXPECT_EQ(type("dance"), "wrong: there is no 'dance'; 'help' says what there is");
  EXPECT_EQ(type("call 101"), "wrong: call FROM TO [NAME]");
  EXPECT_EQ(type("call +1415 999"), "wrong: 999 leads nowhere from PJSIP/trunk");
  EXPECT_EQ(type("hangup 102"), "wrong: 102 has no call");
  EXPECT_EQ(type("press 101 x"), "wrong: press WHO DIGITS");
  EXPECT_EQ(type("  "), "");
  EXPECT_THAT(type("help"), HasSubstr("hangup WHO"));
}

TEST_F(sim_console_test, phones_hand_calls_on) {
  machine.add_endpoint({"PJSIP/102", "from-trunk", {"102", "Bob"}});
  ASSERT_TRUE(machine.plan().read("[from-trunk]\nexten => 102,1,Dial(PJSIP/102,20)\n"));
  sim::actors const people(machine);
  type("call +14155550101 101");
  pass(3s);
  EXPECT_EQ(type("consult 101 102"), "");
  pass(3s);
  EXPECT_EQ(type("complete 101"), "");
  EXPECT_THAT(type("who"), HasSubstr("2 channels\n"));
  EXPECT_EQ(type("transfer 102 100"), "");
  EXPECT_THAT(type("who"), HasSubstr("1 channels\n"));
  EXPECT_EQ(type("transfer 102 100"), "wrong: 102 has no call");
  EXPECT_EQ(type("transfer +14155550101 100"), "wrong: PJSIP/trunk talks to nobody");
  EXPECT_EQ(type("complete +14155550101"), "wrong: +14155550101 has no second call");
}

}  // namespace
}  // namespace calluna::runtime
