#include <calluna/ari/event.hpp>
#include <calluna/calls/from_ari.hpp>

#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <string>
#include <variant>

namespace calluna::calls {
namespace {

/// Facts are views: the texts stay.
std::optional<fact_body> read(std::string const& from) {
  static std::deque<std::string> kept;
  auto const& json = kept.emplace_back(from);
  ari::event_view event;
  if (!ari::scan_event(json, event)) return {};
  return fact_from(event);
}

template <class Fact>
Fact fact_of(std::string const& json) {
  auto const body = read(json);
  EXPECT_TRUE(body && std::holds_alternative<Fact>(*body)) << json;
  return body && std::holds_alternative<Fact>(*body) ? std::get<Fact>(*body) : Fact{};
}

TEST(calls_from_ari, reads_a_channel) {
  std::string const json =
      R"({"type":"ChannelCreated","channel":{"id":"x-1.1","name":"PJSIP/101-1","state":"Ring",)"
      R"("caller":{"name":"Zo\u00eb \"Z\"","number":"101"},)"
      R"("dialplan":{"context":"c","exten":"102","app_name":"Dial"}}})";
  auto const c = fact_of<channel_began>(json).channel;
  EXPECT_EQ(c.id, "x-1.1");
  EXPECT_EQ(c.linkedid, "");
  EXPECT_EQ(c.state, channel_state::calling);
  EXPECT_EQ(c.caller_name, "Zo\u00eb \"Z\"");
  EXPECT_EQ(c.number, "101");
  EXPECT_EQ(c.exten, "102");
  EXPECT_EQ(c.application, "Dial");
}

TEST(calls_from_ari, makes_three_facts_of_one_dial_event) {
  auto const dial = [](std::string const& status) {
    return read(R"({"type":"Dial","dialstatus":")" + status + R"(","peer":{"id":"2"}})");
  };
  EXPECT_TRUE(std::holds_alternative<dial_began>(*dial("")));
  EXPECT_TRUE(std::holds_alternative<channel_changed>(*dial("RINGING")));
  EXPECT_TRUE(std::holds_alternative<dial_ended>(*dial("BUSY")));
}

TEST(calls_from_ari, tells_who_wants_to_hang_up) {
  std::string const device = R"({"type":"ChannelHangupRequest","cause":17,"channel":{"id":"1"}})";
  std::string const pbx =
      R"({"type":"ChannelHangupRequest","soft":true,"cause":32,"channel":{"id":"1"}})";
  EXPECT_TRUE(fact_of<hangup_asked>(device).by_device);
  EXPECT_EQ(fact_of<hangup_asked>(device).cause, 17);
  EXPECT_FALSE(fact_of<hangup_asked>(pbx).by_device);
}

TEST(calls_from_ari, takes_recordings_of_channels_only) {
  auto const recording = [](std::string const& target) {
    return read(R"({"type":"RecordingStarted","recording":{"name":"r","target_uri":")" + target +
                R"("}})");
  };
  ASSERT_TRUE(recording("channel:7"));
  EXPECT_FALSE(recording("bridge:7"));
}

TEST(calls_from_ari, survives_what_is_no_event) {
  for (auto const* json : {R"({"type":"ChannelCreated"})",
                           R"({"type":"ChannelCreated","channel":7})", R"({"type":"Dial"})"})
    EXPECT_TRUE(read(json)) << json;
  for (auto const* json :
       {R"({"type":"PlaybackStarted"})", R"({"type":"ChannelVarset"})", "[]", ""})
    EXPECT_FALSE(read(json)) << json;
}

}  // namespace
}  // namespace calluna::calls
