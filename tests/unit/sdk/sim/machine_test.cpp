#include "told.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calluna::sim {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

struct sim_machine : testing::Test, test::office {};

TEST_F(sim_machine, a_call_is_answered_and_the_caller_hangs_up) {
  people.set_behaviour("PJSIP/101", {behaviour::kind::answer, 2s});
  auto const serial = call("101")->serial;
  pass(10);
  pbx.device_hangs_up(serial);
  EXPECT_THAT(heard.of["PJSIP/trunk"],
              ElementsAre("created", "dial_begin", "dial_state", "dial_end ANSWER", "state Up",
                          "entered", "hangup_request", "left", "soft_hangup", "ended 16"));
  EXPECT_THAT(heard.of["PJSIP/101"],
              ElementsAre("created", "dial_begin", "state Ringing", "dial_state", "state Up",
                          "dial_end ANSWER", "entered", "left", "ended 16"));
  EXPECT_THAT(pbx.channels(), IsEmpty());
  EXPECT_THAT(pbx.bridges(), IsEmpty());
}

TEST_F(sim_machine, a_call_is_answered_and_the_callee_hangs_up) {
  people.set_behaviour("PJSIP/101", {behaviour::kind::answer, 2s, 5s});
  call("101");
  pass(10);
  EXPECT_THAT(heard.of["PJSIP/101"],
              ElementsAre("created", "dial_begin", "state Ringing", "dial_state", "state Up",
                          "dial_end ANSWER", "entered", "hangup_request", "left", "ended 16"));
  EXPECT_THAT(heard.of["PJSIP/trunk"],
              ElementsAre("created", "dial_begin", "dial_state", "dial_end ANSWER", "state Up",
                          "entered", "left", "soft_hangup", "ended 16"));
  EXPECT_THAT(pbx.channels(), IsEmpty());
}

TEST_F(sim_machine, a_busy_phone_never_rings) {
  people.set_behaviour("PJSIP/101", {behaviour::kind::busy});
  call("101");
  pass(1);
  EXPECT_THAT(heard.of["PJSIP/101"],
              ElementsAre("created", "dial_begin", "hangup_request", "dial_end BUSY", "ended 17"));
  EXPECT_THAT(heard.of["PJSIP/trunk"], ElementsAre("created", "dial_begin", "dial_end BUSY",
                                                   "user_event Missed", "soft_hangup", "ended 17"));
}

TEST_F(sim_machine, nobody_answers_and_the_dialplan_goes_on) {
  people.set_behaviour("PJSIP/101", {behaviour::kind::noanswer});
  call("101");
  pass(21);
  EXPECT_THAT(heard.of["PJSIP/101"], ElementsAre("created", "dial_begin", "state Ringing",
                                                 "dial_state", "dial_end NOANSWER", "ended 0"));
  EXPECT_THAT(heard.of["PJSIP/trunk"],
              ElementsAre("created", "dial_begin", "dial_state", "dial_end NOANSWER",
                          "user_event Missed", "soft_hangup", "ended 16"));
}

TEST_F(sim_machine, a_caller_who_gives_up_cancels_the_ringing) {
  people.set_behaviour("PJSIP/101", {behaviour::kind::noanswer});
  auto const serial = call("101")->serial;
  pass(3);
  pbx.device_hangs_up(serial);
  EXPECT_THAT(heard.of["PJSIP/trunk"],
              ElementsAre("created", "dial_begin", "dial_state", "hangup_request",
                          "dial_end CANCEL", "soft_hangup", "ended 127"));
  EXPECT_THAT(pbx.channels(), IsEmpty());
}

TEST_F(sim_machine, the_first_of_two_phones_gets_the_call) {
  people.set_behaviour("PJSIP/101", {behaviour::kind::answer, 5s});
  people.set_behaviour("PJSIP/102", {behaviour::kind::answer, 2s});
  call("both");
  pass(10);
  EXPECT_EQ(heard.of["PJSIP/101"].back(), "ended 26");
  ASSERT_EQ(pbx.channels().size(), 2U);
  EXPECT_EQ(pbx.channels().rbegin()->second->endpoint, "PJSIP/102");
  EXPECT_EQ(pbx.find_endpoint("PJSIP/102")->device_state, "INUSE");
  EXPECT_EQ(pbx.find_endpoint("PJSIP/101")->device_state, "NOT_INUSE");
}

TEST_F(sim_machine, an_extension_that_is_not_there_makes_no_channel) {
  EXPECT_EQ(call("999"), nullptr);
  EXPECT_THAT(heard.all, IsEmpty());
}

TEST_F(sim_machine, a_phone_that_is_offline_is_not_dialled) {
  pbx.set_online("PJSIP/101", false);
  call("101");
  pass(1);
  EXPECT_THAT(heard.of["PJSIP/101"], IsEmpty());
  EXPECT_EQ(heard.of["PJSIP/trunk"].back(), "ended 3");
}

TEST_F(sim_machine, stasis_without_its_application_fails_at_once) {
  call("app");
  pass(1);
  EXPECT_THAT(heard.of["PJSIP/trunk"],
              ElementsAre("created", "user_event Back", "soft_hangup", "ended 16"));
}

TEST_F(sim_machine, an_application_answers_plays_and_hangs_up) {
  pbx.set_application("support", true);
  auto& c = *call("app");
  pass(1);
  ASSERT_TRUE(c.stasis);
  pbx.answer(c);
  ASSERT_TRUE(pbx.play("p", "channel:" + c.id, {"sound:hello"}, ""));
  pass(3);
  pbx.hang_up(c, 16);
  pass(0);
  EXPECT_THAT(heard.of["PJSIP/trunk"],
              ElementsAre("created", "stasis_start", "state Up", "soft_hangup", "stasis_end",
                          "soft_hangup", "ended 16"));
  EXPECT_THAT(heard.all, testing::Contains("- playback_finished"));
}

TEST_F(sim_machine, calls_that_meet_in_a_bridge_take_the_older_linkedid) {
  pbx.set_application("support", true);
  auto& first = *call("app");
  auto& second = *call("app", "+4930999");
  pass(1);
  auto* const b = *pbx.create_bridge("b", "mixing", "");
  pbx.add_to_bridge(*b, second);
  pbx.add_to_bridge(*b, first);
  EXPECT_EQ(second.linkedid, first.id);
  EXPECT_EQ(second.connected.number, "+493012345");
}

TEST_F(sim_machine, a_queue_rings_its_agents_and_serves_in_turn) {
  people.set_behaviour("PJSIP/101", {behaviour::kind::answer, 1s, 10s});
  pbx.set_online("PJSIP/102", false);
  call("queue");
  pass(2);
  call("queue", "+4930222");
  EXPECT_EQ(pbx.queues()["sales"].waiting.size(), 0U);
  pass(2);
  EXPECT_EQ(pbx.queues()["sales"].waiting.size(), 1U);
  pass(30);
  EXPECT_EQ(pbx.queues()["sales"].members[0].calls_taken, 2);
  EXPECT_THAT(pbx.channels(), IsEmpty());
}

TEST_F(sim_machine, a_blind_transfer_rings_somebody_else) {
  people.set_behaviour("PJSIP/101", {behaviour::kind::answer, 1s});
  auto const caller = call("wait")->serial;
  pass(1);
  pbx.redirect(*pbx.alive(caller), "from-trunk", "101", 1);
  pass(3);
  auto* const agent = pbx.channels().rbegin()->second.get();
  pbx.plan().read("[from-trunk]\nexten => 102,1,Dial(PJSIP/102)\n");
  ASSERT_TRUE(pbx.blind_transfer(*agent, "from-trunk", "102"));
  pass(5);
  ASSERT_EQ(pbx.channels().size(), 2U);
  EXPECT_EQ(pbx.channels().rbegin()->second->endpoint, "PJSIP/102");
  EXPECT_NE(pbx.alive(caller), nullptr);
}

TEST_F(sim_machine, who_listens_by_chanspy_goes_on_when_the_channel_is_gone) {
  auto const talker = call("wait")->serial;
  pass(1);
  auto const& id = pbx.alive(talker)->id;
  ASSERT_TRUE(pbx.plan().read("[from-phones]\nexten => spy,1,ChanSpy(" + id +
                              ",uqES)\n same => n,Wait(5)\nexten => nobody,1,ChanSpy(x,uqES)\n"));
  auto const spy = pbx.arrive({"PJSIP/101", {}, "spy"})->serial;
  pbx.arrive({"PJSIP/102", {}, "nobody"});
  pass(10);
  ASSERT_NE(pbx.alive(spy), nullptr);
  EXPECT_EQ(pbx.alive(spy)->place.app, "ChanSpy");
  EXPECT_EQ(pbx.channels().size(), 2U) << "there is nobody to listen to: it is over";
  pbx.device_hangs_up(talker);
  pass(1);
  ASSERT_NE(pbx.alive(spy), nullptr);
  EXPECT_EQ(pbx.alive(spy)->place.app, "Wait");
}

}  // namespace
}  // namespace calluna::sim
