#include <calluna/ari/event.hpp>

#include <gtest/gtest.h>

#include <string>

namespace calluna::ari {
namespace {

// Long enough that every block boundary of the scanner falls somewhere inside it.
constexpr std::string_view stasis_start =
    R"({"type":"StasisStart","timestamp":"2026-11-21T01:00:00.000+0000","args":["a\"]}","b"],)"
    R"("channel":{"id":"lab22-1795221016.71","name":"PJSIP/trunk-00000001","state":"Ring",)"
    R"("caller":{"name":"O\\\"Neil } { \\","number":"+14155550101"},"connected":{"name":"","number":""},)"
    R"("dialplan":{"context":"from-trunk","exten":"app-x","priority":2,"app_name":"Stasis","app_data":"x"},)"
    R"("language":"en","channelvars":{"id":"not this"}},"asterisk_id":"00:11","application":"vip-queue"})";

TEST(ari_scan_event, finds_what_a_stasis_start_is_routed_on) {
  event_view e;
  ASSERT_TRUE(scan_event(stasis_start, e));
  EXPECT_EQ(e.json.data(), stasis_start.data());
  EXPECT_EQ(e.type, "StasisStart");
  EXPECT_EQ(e.application, "vip-queue");
  EXPECT_EQ(e.channel_id, "lab22-1795221016.71");
  EXPECT_EQ(e.channel.front(), '{');
  EXPECT_TRUE(e.channel.ends_with(R"("channelvars":{"id":"not this"}})"));
  EXPECT_TRUE(e.bridge_id.empty());
  EXPECT_TRUE(e.peer_id.empty());
}

TEST(ari_scan_event, finds_the_same_wherever_block_boundaries_fall) {
  for (std::size_t shift = 0; shift < 130; ++shift) {
    std::string const text = std::string(shift, ' ') + std::string(stasis_start);
    event_view e;
    ASSERT_TRUE(scan_event(text, e)) << shift;
    EXPECT_EQ(e.type, "StasisStart");
    EXPECT_EQ(e.channel_id, "lab22-1795221016.71") << shift;
    EXPECT_EQ(e.application, "vip-queue") << shift;
  }
}

TEST(ari_scan_event, counts_backslashes_across_block_boundaries) {
  for (std::size_t pad = 0; pad < 70; ++pad)
    for (std::size_t slashes = 0; slashes < 140; slashes += 2) {
      std::string const text =
          R"({"a":")" + std::string(pad, 'x') + std::string(slashes, '\\') + R"(\"}","type":"T"})";
      event_view e;
      ASSERT_TRUE(scan_event(text, e)) << pad << " " << slashes;
      ASSERT_EQ(e.type, "T");
    }
}

TEST(ari_scan_event, tells_bridge_and_channel_apart) {
  event_view e;
  ASSERT_TRUE(
      scan_event(R"({"type":"ChannelEnteredBridge","bridge":{"technology":"simple_bridge",)"
                 R"("channels":["c1","c2"],"id":"b1"},"channel":{"id":"c1"},"application":"a"})",
                 e));
  EXPECT_EQ(e.bridge_id, "b1");
  EXPECT_EQ(e.channel_id, "c1");
  EXPECT_EQ(e.channel, R"({"id":"c1"})");
}

TEST(ari_scan_event, names_both_ends_of_a_dial) {
  event_view e;
  ASSERT_TRUE(scan_event(
      R"({"type":"Dial","dialstatus":"RINGING","caller":{"id":"c1"},"peer":{"id":"c2"}})", e));
  EXPECT_EQ(e.channel_id, "c1");
  EXPECT_EQ(e.peer_id, "c2");
}

TEST(ari_scan_event, finds_playbacks_recordings_and_where_they_run) {
  event_view e;
  ASSERT_TRUE(scan_event(R"({"type":"PlaybackFinished","playback":{"id":"p1","media_uri":)"
                         R"("sound:x","target_uri":"channel:c1","state":"done"}})",
                         e));
  EXPECT_EQ(e.playback_id, "p1");
  EXPECT_EQ(e.target_uri, "channel:c1");
  ASSERT_TRUE(scan_event(R"({"recording":{"target_uri":"bridge:b1","name":"r/1","duration":5},)"
                         R"("type":"RecordingFinished"})",
                         e));
  EXPECT_EQ(e.recording_name, "r/1");
  EXPECT_EQ(e.target_uri, "bridge:b1");
  EXPECT_TRUE(e.playback_id.empty());
}

TEST(ari_scan_event, takes_numbers_words_and_white_space) {
  event_view e;
  ASSERT_TRUE(
      scan_event("\n { \"a\" : 1.5e3 , \"b\": null,\n\"c\" :true, \"d\": [ 1, {\"type\":\"no\"} ],"
                 " \"type\" : \"T\" } ",
                 e));
  EXPECT_EQ(e.type, "T");
}

TEST(ari_scan_event, refuses_what_is_no_object_with_a_type) {
  for (std::string_view const text :
       {"", " ", "[]", "null", "{}", R"({"type":5})", R"({"type":""})", R"(["type","T"])",
        R"({"type":"T")", R"({"type":"T)", R"({"type" "T"})", R"({{"type":"T"}})", R"({"a":]})",
        R"("type")", R"({"channel":{"id":"x"},"type":)"}) {
    event_view e;
    EXPECT_FALSE(scan_event(text, e)) << text;
  }
}

TEST(ari_scan_event, refuses_every_cut_event) {
  for (std::size_t n = 0; n < stasis_start.size(); ++n) {
    // An own allocation, so that a sanitizer sees a read beyond it.
    std::string const cut(stasis_start.substr(0, n));
    event_view e;
    EXPECT_FALSE(scan_event(cut, e)) << n;
  }
}

TEST(ari_scan_event, survives_each_byte_being_another) {
  std::string text(stasis_start);
  for (std::size_t i = 0; i < text.size(); ++i)
    for (char const c : {'"', '\\', '{', '}', '[', ']', ',', ':', '\0', '\xff'}) {
      auto const old = std::exchange(text[i], c);
      event_view e;
      scan_event(text, e);
      for (auto const slice : {e.type, e.application, e.channel, e.channel_id})
        if (!slice.empty()) {
          ASSERT_GE(slice.data(), text.data());
          ASSERT_LE(slice.data() + slice.size(), text.data() + text.size());
        }
      text[i] = old;
    }
}

}  // namespace
}  // namespace calluna::ari
