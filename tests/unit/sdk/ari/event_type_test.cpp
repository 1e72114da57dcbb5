#include <calluna/ari/event_type.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace calluna::ari {
namespace {

TEST(ari_event_type, is_found_by_name) {
  auto const* start = find_event_type("StasisStart");
  ASSERT_NE(start, nullptr);
  EXPECT_EQ(start->name, "StasisStart");
  EXPECT_EQ(start->base, "Event");
  ASSERT_EQ(start->fields.size(), 3U);
  EXPECT_EQ(start->fields[0].name, "args");
  EXPECT_EQ(start->fields[0].type, "[string]");
  EXPECT_TRUE(start->fields[0].required);
  EXPECT_EQ(start->fields[2].name, "replace_channel");
  EXPECT_FALSE(start->fields[2].required);
}

TEST(ari_event_type, is_null_for_an_unknown_name) {
  EXPECT_EQ(find_event_type("TestEvent"), nullptr);
  EXPECT_EQ(find_event_type("stasisstart"), nullptr);
  EXPECT_EQ(find_event_type(""), nullptr);
}

TEST(ari_event_type, every_one_is_found_once) {
  std::set<std::string> seen;
  for (object_type const& each : event_types()) {
    EXPECT_EQ(find_event_type(each.name), &each) << each.name;
    EXPECT_TRUE(seen.insert(std::string(each.name)).second) << each.name;
  }
  EXPECT_EQ(seen.size(), 46U);
}

TEST(ari_event_type, says_since_when) {
  EXPECT_EQ(find_event_type("ChannelTransfer")->since, "22.3");
  EXPECT_EQ(find_event_type("StasisEnd")->since, "");
}

TEST(ari_event_type, builds_on_a_model_that_exists) {
  auto const is_model = [](std::string_view name) {
    return std::ranges::any_of(model_types(), [&](auto const& m) { return m.name == name; });
  };
  for (object_type const& each : event_types()) EXPECT_TRUE(is_model(each.base)) << each.name;
  EXPECT_TRUE(is_model("Channel"));
  EXPECT_FALSE(is_model("StasisStart"));
}

}  // namespace
}  // namespace calluna::ari
