#include "recording.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace calluna::calls::testing {
namespace {

/// Facts by hand: what no recording has.
class call_model_test : public ::testing::Test {
 protected:
  static channel_view view(std::string_view id, std::string_view name, channel_state state,
                           std::string_view linkedid = {}) {
    channel_view v;
    v.id = id;
    v.name = name;
    v.state = state;
    v.linkedid = linkedid;
    return v;
  }
  static channel_view only(std::string_view id) { return view(id, {}, channel_state::unknown); }
  static bridge_view room(std::string_view id) {
    bridge_view b;
    b.id = id;
    return b;
  }

  void tell(double at, fact_body body, unsigned pbx = 0) {
    all_.model.apply({pbx, fact_source::ami, moment_of(at), std::move(body)});
  }
  void caller(double at, std::string_view id = "1", std::string_view number = "+493012345",
              std::string_view exten = "100") {
    auto v = view(id, "PJSIP/trunk-00000001", channel_state::calling, id);
    v.number = number;
    v.exten = exten;
    tell(at, channel_began{std::move(v)});
  }
  void callee(double at, std::string_view id = "2", std::string_view by = "1",
              std::string_view name = "PJSIP/101-00000002") {
    tell(at, channel_began{view(id, name, channel_state::down, by)});
    tell(at, dial_began{only(by), only(id), "101"});
    tell(at, channel_changed{view(id, {}, channel_state::ringing)});
  }
  void talk(double at, std::string_view one = "1", std::string_view two = "2") {
    tell(at, channel_changed{view(two, {}, channel_state::up)});
    tell(at, bridge_entered{room("b"), only(two)});
    tell(at, bridge_entered{room("b"), only(one)});
  }
  void end(double at, std::string_view id, int cause = 16) {
    tell(at, channel_ended{only(id), cause, {}});
  }
  void hang_up(double at, std::string_view id, int cause = 16) {
    tell(at, hangup_asked{only(id), true, 0});
    end(at, id, cause);
  }
  call const& only_ended() {
    EXPECT_EQ(all_.ended.size(), 1u);
    return all_.ended.at(0);
  }
  std::size_t count(call_event_kind kind) const {
    return static_cast<std::size_t>(std::count(all_.kinds.begin(), all_.kinds.end(), kind));
  }
  snapshot empty(double at) const {
    snapshot s;
    s.asked_at = moment_of(at);
    s.has_queues = s.has_parked = true;
    return s;
  }

  listener all_;
};

TEST_F(call_model_test, calls_it_cancelled_when_only_a_prompt_was_heard) {
  caller(0);
  tell(0, channel_changed{view("1", {}, channel_state::up)});
  hang_up(9, "1");
  EXPECT_EQ(only_ended().status, call_status::cancelled);
  EXPECT_EQ(only_ended().times(moment_of(9)).talk, span_of_time{});
}

TEST_F(call_model_test, calls_it_noanswer_when_the_dialplan_came_to_its_end) {
  caller(0);
  tell(0, channel_changed{view("1", {}, channel_state::up)});
  tell(9, hangup_asked{only("1"), false, 16});
  end(9, "1");
  EXPECT_EQ(only_ended().status, call_status::noanswer);
  EXPECT_EQ(only_ended().hung_up_by, "");
}

TEST_F(call_model_test, calls_it_noanswer_when_the_caller_hangs_up_on_the_voicebox) {
  caller(0);
  callee(0);
  tell(9, dial_ended{only("1"), only("2"), "NOANSWER"});
  end(9, "2", 0);
  tell(9, channel_changed{view("1", {}, channel_state::up)});
  hang_up(30, "1");
  EXPECT_EQ(only_ended().status, call_status::noanswer);
  EXPECT_EQ(only_ended().hung_up_by, "PJSIP/trunk");
}

TEST_F(call_model_test, calls_a_click_busy_when_the_user_hangs_up_on_the_busy_tone) {
  std::vector<std::string> const channels{"mine"};
  all_.model.apply(
      {0, fact_source::ourselves, moment_of(0), click_begun{"c", "+493055500", channels}});
  tell(0, channel_began{view("mine", "PJSIP/101-00000001", channel_state::down, "mine")});
  tell(1, channel_changed{view("mine", {}, channel_state::up)});
  callee(1, "far", "mine", "PJSIP/trunk-00000002");
  tell(2, hangup_asked{only("far"), true, 17});
  end(2, "far", 17);
  hang_up(5, "mine");
  EXPECT_EQ(only_ended().status, call_status::busy);
  EXPECT_TRUE(only_ended().click);
  EXPECT_EQ(only_ended().dialed, "+493055500");
}

TEST_F(call_model_test, does_not_part_those_who_met_after_the_list_was_asked_for) {
  caller(0);
  callee(0);
  snapshot old = empty(0.5);
  for (auto const* id : {"1", "2"}) {
    old.channels.emplace_back();
    old.channels.back().id = id;
  }
  talk(1);
  all_.model.reconcile(old, moment_of(1.1), moment_of(0.5));
  hang_up(5, "2");
  end(5, "1");
  EXPECT_EQ(only_ended().legs.at(0).end, leg_end::other_hung_up);
}

TEST_F(call_model_test, does_not_bring_back_a_channel_that_has_ended) {
  caller(0);
  hang_up(1, "1");
  tell(1.1, channel_changed{view("1", {}, channel_state::up)});
  caller(1.2);
  EXPECT_EQ(all_.model.size(), 0u);
  EXPECT_EQ(count(call_event_kind::started), 1u);
  EXPECT_EQ(all_.model.count().stray, 2u);
}

TEST_F(call_model_test, does_not_believe_a_list_that_is_older_than_an_end) {
  caller(0);
  snapshot old = empty(0.5);
  old.channels.emplace_back();
  old.channels.back().id = "1";
  old.channels.back().name = "PJSIP/trunk-00000001";
  hang_up(1, "1");
  all_.model.reconcile(old, moment_of(1.1), moment_of(0.5));
  EXPECT_EQ(all_.model.size(), 0u);
}

TEST_F(call_model_test, does_not_end_what_began_after_the_list_was_asked_for) {
  caller(1);
  all_.model.reconcile(empty(0.5), moment_of(1.1), moment_of(0.5));
  EXPECT_EQ(all_.model.size(), 1u);
}

TEST_F(call_model_test, tells_one_gap_with_its_times) {
  caller(0);
  all_.model.reconcile(empty(7), moment_of(8), moment_of(2));
  EXPECT_EQ(count(call_event_kind::gap), 1u);
  EXPECT_EQ(count(call_event_kind::ended), 1u);
}

TEST_F(call_model_test, knows_no_end_of_a_call_that_ended_in_a_gap_unanswered) {
  caller(0);
  callee(0);
  all_.model.reconcile(empty(7), moment_of(7), moment_of(2));
  EXPECT_EQ(only_ended().status, call_status::unknown_end);
  EXPECT_TRUE(only_ended().uncertain);
}

TEST_F(call_model_test, keeps_a_call_answered_that_ended_in_a_gap) {
  caller(0);
  callee(0);
  talk(1);
  all_.model.reconcile(empty(7), moment_of(7), moment_of(2));
  EXPECT_EQ(only_ended().status, call_status::answered);
  EXPECT_TRUE(only_ended().uncertain);
}

TEST_F(call_model_test, keeps_a_call_cancelled_whose_caller_gave_up_before_the_gap) {
  caller(0);
  callee(0);
  tell(1, hangup_asked{only("1"), true, 0});
  all_.model.reconcile(empty(7), moment_of(7), moment_of(1.1));
  EXPECT_EQ(only_ended().status, call_status::cancelled);
}

TEST_F(call_model_test, knows_the_end_of_a_call_that_goes_on_after_a_gap) {
  caller(0);
  callee(0, "2");
  snapshot seen = empty(5);
  seen.channels.emplace_back();
  seen.channels.back().id = "1";
  all_.model.reconcile(seen, moment_of(5), moment_of(2));
  callee(6, "3", "1", "PJSIP/102-00000003");
  tell(9, dial_ended{only("1"), only("3"), "NOANSWER"});
  end(9, "3", 0);
  end(9, "1", 16);
  EXPECT_EQ(only_ended().status, call_status::noanswer);
  EXPECT_EQ(only_ended().legs.at(1).end, leg_end::unseen);
  EXPECT_TRUE(only_ended().uncertain);
}

TEST_F(call_model_test, says_which_legs_rang_in_vain_when_one_was_busy_and_one_was_not) {
  caller(0);
  callee(0, "2");
  callee(0, "3", "1", "PJSIP/102-00000003");
  tell(1, dial_ended{only("1"), only("2"), "BUSY"});
  end(1, "2", 17);
  tell(9, dial_ended{only("1"), only("3"), "NOANSWER"});
  end(9, "3", 0);
  end(9, "1", 16);
  EXPECT_EQ(only_ended().status, call_status::noanswer);
  EXPECT_EQ(only_ended().legs.at(1).end, leg_end::busy);
  EXPECT_EQ(only_ended().legs.at(2).end, leg_end::noanswer);
}

TEST_F(call_model_test, keeps_calls_of_several_pbxs_apart) {
  caller(0);
  auto v = view("1", "PJSIP/trunk-00000001", channel_state::calling, "1");
  tell(0, channel_began{std::move(v)}, 1);
  EXPECT_EQ(all_.model.size(), 2u);
  EXPECT_NE(all_.model.by_channel(0, "1"), all_.model.by_channel(1, "1"));
  snapshot seen = empty(5);
  all_.model.reconcile(seen, moment_of(5), moment_of(4));
  EXPECT_EQ(all_.model.size(), 1u);
  EXPECT_NE(all_.model.by_channel(1, "1"), nullptr);
}

TEST_F(call_model_test, asks_for_e164_once_for_each_number) {
  unsigned asked = 0;
  auto options = listener::lab();
  options.e164 = [&](unsigned, std::string_view number, std::string_view) {
    ++asked;
    return std::string(number);
  };
  call_model model([](call_event const&) {}, options);
  auto v = view("1", "PJSIP/trunk-00000001", channel_state::calling, "1");
  v.number = "+493012345";
  model.apply({0, fact_source::ami, moment_of(0), channel_began{std::move(v)}});
  model.apply({0, fact_source::ami, moment_of(1), held{only("1")}});
  EXPECT_EQ(model.calls().at(0)->remote_e164, "+493012345");
  EXPECT_EQ(asked, 1u);
}

TEST_F(call_model_test, tells_outside_from_inside_by_the_number_without_being_told) {
  for (auto const& [number, direction] : {std::pair{"+493012345", call_direction::in},
                                          {"0304711", call_direction::in},
                                          {"anonymous", call_direction::in},
                                          {"Restricted", call_direction::in},
                                          {"anna", call_direction::internal},
                                          {"101", call_direction::internal},
                                          {"", call_direction::internal}}) {
    std::vector<call_direction> told;
    call_model model([&](call_event const& e) { told.push_back(e.call->direction); });
    auto v = view("1", "PJSIP/any-00000001", channel_state::calling, "1");
    v.number = number;
    model.apply({0, fact_source::ami, moment_of(0), channel_began{std::move(v)}});
    EXPECT_EQ(told, std::vector{direction}) << number;
  }
}

TEST_F(call_model_test, keeps_a_bounded_number_of_legs) {
  caller(0);
  for (int i = 0; i < 1000; ++i) {
    auto const id = "leg" + std::to_string(i);
    callee(i, id);
    tell(i, dial_ended{only("1"), only(id), "NOANSWER"});
    end(i, id, 0);
  }
  callee(1000, "last");
  talk(1001, "1", "last");
  hang_up(1002, "last");
  end(1002, "1");
  EXPECT_EQ(only_ended().status, call_status::answered);
  EXPECT_LE(only_ended().legs.size(), 128u);
  EXPECT_EQ(only_ended().legs.size() + only_ended().dropped_legs, 1002u);
  EXPECT_EQ(only_ended().legs.front().channel, "1");
  EXPECT_EQ(only_ended().legs.back().channel, "last");
}

TEST_F(call_model_test, lets_the_older_of_two_calls_survive_and_tells_the_other) {
  std::vector<std::string> merged;
  call_model model([&](call_event const& e) {
    if (e.kind == call_event_kind::merged)
      merged.push_back(e.call->id + " took " + std::string(e.other));
  });
  auto const apply = [&](double at, fact_body body) {
    model.apply({0, fact_source::ami, moment_of(at), std::move(body)});
  };
  apply(0, channel_began{view("old", "PJSIP/101-1", channel_state::calling, "old")});
  apply(1, channel_began{view("new", "PJSIP/102-2", channel_state::calling, "new")});
  apply(2, channel_changed{view("old", {}, channel_state::unknown, "new")});
  EXPECT_EQ(merged, std::vector<std::string>{"0-old took 0-new"});
  EXPECT_EQ(model.size(), 1u);
  EXPECT_EQ(model.find("0-new"), nullptr);
}

TEST_F(call_model_test, does_not_join_callers_who_wait_in_one_holding_bridge) {
  bridge_view music = room("music");
  music.kind = bridge_kind::holding;
  caller(0, "1");
  caller(0, "2");
  tell(1, bridge_entered{music, only("1")});
  tell(1, bridge_entered{music, only("2")});
  EXPECT_EQ(all_.model.size(), 2u);
  EXPECT_EQ(count(call_event_kind::answered), 0u);
}

TEST_F(call_model_test, never_listens_to_both_protocols_for_what_both_tell) {
  caller(0);
  all_.model.apply({0, fact_source::ari, moment_of(0), held{only("1")}});
  EXPECT_EQ(count(call_event_kind::held), 0u);
  EXPECT_EQ(all_.model.count().second, 1u);
}

TEST_F(call_model_test, knows_which_stasis_application_leads_also_if_ari_is_ahead) {
  all_.model.apply({0, fact_source::ari, moment_of(0), stasis_entered{only("1"), "lab"}});
  caller(0);
  ASSERT_NE(all_.model.by_channel(0, "1"), nullptr);
  EXPECT_EQ(all_.model.by_channel(0, "1")->stasis, "lab");
  all_.model.apply({0, fact_source::ari, moment_of(1), stasis_left{only("1")}});
  EXPECT_EQ(all_.model.by_channel(0, "1")->stasis, "");
}

TEST_F(call_model_test, follows_a_channel_to_its_new_name) {
  caller(0);
  tell(1, channel_changed{view("1", "PJSIP/102-00000009", channel_state::unknown)});
  EXPECT_EQ(all_.model.by_channel(0, "1")->legs.at(0).endpoint, "PJSIP/102");
  for (auto const* name : {"Local/1@c-1;1", "Local/1@c-1;2"})
    tell(2, channel_began{view(name, name, channel_state::down, "1")});
  tell(3, channel_changed{view("Local/1@c-1;1", "Local/1@c-1;1<ZOMBIE>", channel_state::unknown)});
  end(4, "Local/1@c-1;1");
  end(4, "Local/1@c-1;2");
  hang_up(5, "1");
  EXPECT_EQ(only_ended().others.size(), 2u);
}

TEST_F(call_model_test, refuses_json_that_is_no_call) {
  EXPECT_FALSE(call_from_json(nlohmann::json::array()).has_value());
  EXPECT_FALSE(call_from_json({{"pbx", 1}}).has_value());
  EXPECT_FALSE(call_from_json({{"id", "0-1"}, {"legs", 7}}).has_value());
  EXPECT_FALSE(call_from_json({{"id", "0-1"}, {"status", "nonsense"}}).has_value());
  EXPECT_TRUE(call_from_json({{"id", "0-1"}, {"from_the_future", 1}}).has_value());
}

}  // namespace
}  // namespace calluna::calls::testing
