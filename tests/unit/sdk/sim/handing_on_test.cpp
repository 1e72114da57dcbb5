// Transfers, parking, pickup, conferences and Local channels beside what was recorded: what fails,
// and what people do in between.
#include "told.hpp"

#include <calluna/sim/ami_front.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calluna::sim {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct sim_hands_on : testing::Test, test::office {
  sim_hands_on() : ami(pbx, {{"u", "s"}}) {
    EXPECT_TRUE(pbx.plan().read(R"(
[from-trunk]
include => parkedcalls
exten => 102,1,Dial(PJSIP/102,20)
exten => local,1,Dial(Local/both@from-trunk,20)
 same => n,UserEvent(After,Status: ${DIALSTATUS})
exten => local-busy,1,Dial(Local/engaged@from-trunk,20)
 same => n,UserEvent(After,Status: ${DIALSTATUS})
exten => engaged,1,Hangup(17)
exten => steal,1,Pickup(101@from-phones)
 same => n,UserEvent(Nothing)
exten => conf,1,ConfBridge(blue)
 same => n,UserEvent(Kicked)
 same => n,Wait(100)
)"));
    act("Login\r\nUsername: u\r\nSecret: s");
  }
  std::string act(std::string const& action) {
    said.clear();
    talk.take("Action: " + action + "\r\n\r\n");
    pass(0);
    return said;
  }
  /// The serials of the caller and of 101's leg, a second after it has answered.
  std::pair<std::uint64_t, std::uint64_t> talking() {
    people.set_behaviour("PJSIP/101", {behaviour::kind::answer, 1s});
    auto const caller = call("101")->serial;
    pass(2);
    return {caller, pbx.channels().rbegin()->first};
  }
  bool talk_together(std::uint64_t a, std::uint64_t b) {
    return pbx.alive(a) != nullptr && pbx.peer_of(*pbx.alive(a)) == pbx.alive(b);
  }

  ami_front ami;
  std::string said;
  ami_talk talk{ami, [this](std::string const& bytes) { said += bytes; }};
};

TEST_F(sim_hands_on, a_transfer_to_nowhere_changes_nothing) {
  auto const [caller, leg] = talking();
  auto const done = pbx.device_transfers(leg, "999");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "there is no extension 999 in [from-phones]");
  EXPECT_TRUE(talk_together(caller, leg));
  EXPECT_EQ(pbx.device_transfers(999, "102").error().kind, error_kind::gone);
  auto const alone = call("wait");
  pass(1);
  EXPECT_EQ(pbx.device_transfers(alone->serial, "102").error().message,
            "PJSIP/trunk talks to nobody");
}

TEST_F(sim_hands_on, whoever_was_asked_and_does_not_answer_is_forgotten_after_a_while) {
  people.set_behaviour("PJSIP/102", {behaviour::kind::noanswer});
  auto const [caller, leg] = talking();
  pbx.begin_consultation(*pbx.alive(leg), "from-trunk", "102");
  pass(5);
  EXPECT_FALSE(talk_together(caller, leg));
  EXPECT_EQ(pbx.alive(caller)->music, "default");
  pass(11);
  EXPECT_TRUE(talk_together(caller, leg));
  EXPECT_EQ(pbx.alive(caller)->music, "");
  EXPECT_EQ(pbx.channels().size(), 2U);
}

TEST_F(sim_hands_on, a_caller_may_hang_up_while_somebody_is_asked) {
  auto const [caller, leg] = talking();
  pbx.begin_consultation(*pbx.alive(leg), "from-trunk", "102");
  pass(5);
  pbx.device_hangs_up(caller);
  pass(1);
  EXPECT_NE(pbx.alive(leg), nullptr) << "they talk without him";
  pbx.device_hangs_up(leg);
  pass(1);
  EXPECT_THAT(pbx.channels(), IsEmpty());
  EXPECT_THAT(pbx.bridges(), IsEmpty());
}

TEST_F(sim_hands_on, a_lot_may_be_full) {
  pbx.add_parking_lot({"small", "parkedsmall", "800", 801, 801});
  auto* const first = call("wait");
  auto* const second = call("wait");
  pass(1);
  EXPECT_EQ(*pbx.park(*first, "small", "PJSIP/101"), 801);
  EXPECT_EQ(pbx.park(*second, "small", "PJSIP/101").error().kind, error_kind::busy);
  EXPECT_EQ(pbx.park(*second, "none", "PJSIP/101").error().kind, error_kind::invalid);
  EXPECT_THAT(act("ParkedCalls"), HasSubstr("ParkingSpace: 801\r\n"));
  EXPECT_THAT(act("Parkinglots"), HasSubstr("Name: small\r\nStartSpace: 801\r\n"));
  pbx.device_hangs_up(first->serial);
  pass(1);
  EXPECT_EQ(*pbx.park(*second, "small", "PJSIP/101"), 801);
}

TEST_F(sim_hands_on, an_empty_space_has_nobody_to_take) {
  call("701");
  pass(2);
  EXPECT_THAT(heard.of["PJSIP/trunk"],
              ElementsAre("created", "state Up", "soft_hangup", "ended 16"));
}

TEST_F(sim_hands_on, what_rings_no_more_cannot_be_picked_up) {
  people.set_behaviour("PJSIP/101", {behaviour::kind::noanswer});
  call("steal");
  pass(0);
  EXPECT_THAT(heard.of["PJSIP/trunk"], testing::Contains("user_event Nothing"));
  auto const caller = call("101")->serial;
  pass(1);
  auto const thief = call("steal", "+4930999")->serial;
  pass(0.1);
  pbx.device_hangs_up(caller);
  pass(2);
  EXPECT_EQ(pbx.alive(thief), nullptr);
  EXPECT_THAT(pbx.channels(), IsEmpty());
}

TEST_F(sim_hands_on, a_conference_has_whoever_dials_it_until_they_leave) {
  auto const first = call("conf")->serial;
  auto const second = call("conf", "+4930999")->serial;
  pass(1);
  EXPECT_TRUE(talk_together(first, second));
  EXPECT_NE(pbx.alive(first)->linkedid, pbx.alive(second)->linkedid);
  EXPECT_THAT(act("ConfbridgeList\r\nConference: blue"), HasSubstr("ListItems: 2\r\n"));
  EXPECT_THAT(act("ConfbridgeList\r\nConference: red"), HasSubstr("No Conference by that name"));
  EXPECT_THAT(act("ConfbridgeKick\r\nConference: blue\r\nChannel: " + pbx.alive(second)->name),
              HasSubstr("User kicked"));
  EXPECT_EQ(pbx.alive(second)->place.app, "Wait");
  pbx.destroy_bridge(*pbx.find_conference("blue"));
  EXPECT_EQ(pbx.find_conference("blue"), nullptr);
}

TEST_F(sim_hands_on, a_local_channel_says_what_became_of_its_dialplan) {
  std::string status;
  pbx.listen([&](event const& e) {
    if (e.kind == event_kind::user_event && e.name == "After") status = e.fields[0].second;
  });
  call("local-busy");
  pass(1);
  EXPECT_EQ(status, "BUSY");
  people.set_behaviour("PJSIP/101", {behaviour::kind::noanswer});
  people.set_behaviour("PJSIP/102", {behaviour::kind::noanswer});
  auto const caller = call("local")->serial;
  pass(1);
  pbx.device_hangs_up(caller);
  pass(1);
  EXPECT_THAT(pbx.channels(), IsEmpty());
}

TEST_F(sim_hands_on, a_queue_has_members_behind_local_channels) {
  pbx.add_queue({"far",
                 "linear",
                 2s,
                 1s,
                 {{"Local/engaged@from-trunk", "Busy"}, {"Local/102@from-trunk", "Bob"}},
                 {}});
  EXPECT_TRUE(pbx.plan().read("[from-trunk]\nexten => far,1,Answer()\n same => n,Queue(far)\n"));
  people.set_behaviour("PJSIP/102", {behaviour::kind::answer, 1s, 5s});
  std::vector<std::string> told;
  pbx.listen([&](event const& e) {
    if (e.kind == event_kind::queue_event && e.name.rfind("Agent", 0) == 0)
      told.push_back(e.name + " " + e.fields[1].second);
  });
  call("far");
  pass(20);
  EXPECT_THAT(
      told,
      ElementsAre("AgentCalled Local/engaged@from-trunk",
                  "AgentRingNoAnswer Local/engaged@from-trunk", "AgentCalled Local/102@from-trunk",
                  "AgentConnect Local/102@from-trunk", "AgentComplete Local/102@from-trunk"));
  EXPECT_THAT(pbx.channels(), IsEmpty());
}

TEST_F(sim_hands_on, programs_call_through_local_channels) {
  people.set_behaviour("PJSIP/101", {behaviour::kind::answer, 1s});
  EXPECT_THAT(act("Originate\r\nChannel: Local/101@from-trunk\r\nContext: from-trunk\r\nExten: "
                  "wait\r\nPriority: 1\r\nVariable: A=b\r\nAsync: true"),
              HasSubstr("successfully queued"));
  pass(2);
  EXPECT_THAT(said, HasSubstr("Event: OriginateResponse"));
  EXPECT_THAT(said, HasSubstr("Reason: 4\r\n"));
  EXPECT_EQ(pbx.channels().size(), 3U) << "two halves and a phone";
  EXPECT_THAT(act("Originate\r\nChannel: Local/999@from-trunk\r\nContext: from-trunk\r\nExten: "
                  "wait\r\nPriority: 1"),
              HasSubstr("Originate failed"));
}

}  // namespace
}  // namespace calluna::sim
