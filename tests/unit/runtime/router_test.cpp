#include <calluna/runtime/router.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <deque>

namespace calluna::runtime {
namespace {

using nlohmann::json;

/// Keeps what it gets as text.
class recorder : public event_receiver {
 public:
  bool on_events(std::uint32_t, std::shared_ptr<void const> const&,
                 std::vector<ami::message_view> const& events) override {
    for (auto const& e : events) ami.emplace_back(e.event());
    return behind;
  }
  bool on_events(std::uint32_t, std::shared_ptr<void const> const&,
                 std::vector<ari::event_view> const& events) override {
    for (auto const& e : events) ari.push_back(json::parse(e.json));
    return behind;
  }
  std::vector<std::string> ami;
  std::vector<json> ari;
  bool behind = false;
};

class router_test : public testing::Test {
 protected:
  router_test() {
    events.add(1, blue);
    events.serve("app", 1);
    events.on_empty = [this](generation_id id) { emptied.push_back(id); };
    events.on_orphan = [this](routed_channel const& c) { orphans.push_back(c); };
  }
  void ari(std::string type, std::string channel, json more = json::object()) {
    json event{{"type", type}, {"application", "app"}};
    if (!channel.empty()) event["channel"] = {{"id", channel}};
    event.update(more);
    auto const text = std::make_shared<std::string const>(event.dump());
    ari::event_view view;
    ASSERT_TRUE(ari::scan_event(*text, view));
    events.route(0, ari::event_batch{text, {&view, 1}});
  }
  bool ami(std::string name) {
    auto const text = std::make_shared<std::string const>("Event: " + name + "\r\nA: b\r\n");
    ami::message_view view(*text);
    return events.route(0, ami::event_batch{text, {&view, 1}});
  }

  router events{"calluna-1"};
  recorder blue, green;
  std::vector<generation_id> emptied;
  std::vector<routed_channel> orphans;
};

TEST_F(router_test, gives_an_ami_event_to_those_who_want_its_name_or_pattern) {
  events.add(2, green);
  events.want_ami(1, {"Hangup", "Queue*"});
  events.want_ami(2, {"*"});
  for (auto const* name : {"Hangup", "HangupRequest", "QueueCallerJoin", "Newchannel"}) ami(name);
  EXPECT_EQ(blue.ami, (std::vector<std::string>{"Hangup", "QueueCallerJoin"}));
  EXPECT_EQ(green.ami.size(), 4u);
}

TEST_F(router_test, says_when_a_receiver_falls_behind) {
  events.want_ami(1, {"*"});
  EXPECT_FALSE(ami("Hangup"));
  blue.behind = true;
  EXPECT_TRUE(ami("Hangup"));
}

TEST_F(router_test, a_call_stays_where_it_began_and_the_next_one_goes_to_the_new_generation) {
  ari("StasisStart", "old");
  events.add(2, green);
  events.serve("app", 2);
  ari("ChannelStateChange", "old");
  ari("StasisStart", "new");
  ari("StasisEnd", "old");
  EXPECT_EQ(blue.ari.size(), 3u);
  ASSERT_EQ(green.ari.size(), 1u);
  EXPECT_EQ(green.ari[0]["channel"]["id"], "new");
  EXPECT_EQ(emptied, std::vector<generation_id>{1});
  EXPECT_EQ(events.channel_count(2), 1u);
}

TEST_F(router_test, events_about_ids_of_ours_find_their_generation_by_the_id) {
  events.add(2, green);
  events.serve("app", 2);
  ari("Dial", "", {{"peer", {{"id", "calluna-1-1-ch7"}}}});
  ari("PlaybackFinished", "",
      {{"playback", {{"id", "calluna-1-1-pb1"}, {"target_uri", "channel:x"}}}});
  ari("BridgeDestroyed", "", {{"bridge", {{"id", "calluna-1-2-br1"}}}});
  EXPECT_EQ(blue.ari.size(), 2u);
  EXPECT_EQ(green.ari.size(), 1u);
}

TEST_F(router_test, a_call_that_nobody_serves_is_an_orphan) {
  events.serve("app", 0);
  ari("StasisStart", "x");
  ari("StasisStart", "calluna-1-9-ch1");  // a leg of a generation that is gone
  ASSERT_EQ(orphans.size(), 2u);
  EXPECT_EQ(orphans[0].id, "x");
  EXPECT_FALSE(orphans[0].ours);
  EXPECT_TRUE(orphans[1].ours);
}

TEST_F(router_test, a_channel_lost_in_a_gap_ends_once_with_a_synthetic_event) {
  ari("StasisStart", "a");
  ari("StasisStart", "b");
  EXPECT_EQ(events.channels_in(0, "app").size(), 2u);
  EXPECT_TRUE(events.channels_in(1, "app").empty());
  events.lost(0, "a");
  events.lost(0, "a");
  ASSERT_EQ(blue.ari.size(), 3u);
  EXPECT_EQ(blue.ari[2]["type"], "StasisEnd");
  EXPECT_EQ(blue.ari[2]["synthetic"], true);
  EXPECT_EQ(events.channel_count(1), 1u);
}

TEST_F(router_test, a_removed_generation_gets_nothing_and_its_channels_are_forgotten) {
  ari("StasisStart", "a");
  EXPECT_EQ(events.channels_of(1).size(), 1u);
  events.remove(1);
  ari("ChannelStateChange", "a");
  EXPECT_EQ(blue.ari.size(), 1u);
  EXPECT_TRUE(events.channels_of(1).empty());
}

}  // namespace
}  // namespace calluna::runtime
