#include <calluna/ari/operation.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace calluna::ari {
namespace {

TEST(ari_operation, is_found_by_asterisks_name) {
  auto const* found = find_operation("channels.continueInDialplan");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->name, "channels.continueInDialplan");
  EXPECT_EQ(found->resource, "channels");
  EXPECT_EQ(found->nickname, "continueInDialplan");
  EXPECT_EQ(found->method, http_method::post);
  EXPECT_EQ(found->path, "channels/{channelId}/continue");
  EXPECT_EQ(found->parameters.size(), 5U);
}

TEST(ari_operation, is_found_in_snake_case) {
  EXPECT_EQ(find_operation("channels.continue_in_dialplan"),
            find_operation("channels.continueInDialplan"));
  EXPECT_EQ(find_operation("channels.send_dtmf"), find_operation("channels.sendDTMF"));
  EXPECT_EQ(find_operation("device_states.get"), find_operation("deviceStates.get"));
  EXPECT_NE(find_operation("device_states.get"), nullptr);
}

TEST(ari_operation, is_null_for_an_unknown_name) {
  EXPECT_EQ(find_operation(""), nullptr);
  EXPECT_EQ(find_operation("channels"), nullptr);
  EXPECT_EQ(find_operation("channels.answe"), nullptr);
  EXPECT_EQ(find_operation("channels.answers"), nullptr);
  EXPECT_EQ(find_operation("~"), nullptr);
}

TEST(ari_operation, every_one_is_found_by_its_own_name_once) {
  std::set<std::string> seen;
  for (operation const& each : operations()) {
    EXPECT_EQ(find_operation(each.name), &each) << each.name;
    EXPECT_TRUE(seen.insert(std::string(each.name)).second) << each.name;
  }
  EXPECT_EQ(seen.size(), 109U);
}

TEST(ari_operation, has_its_path_parameters_first_and_in_order) {
  for (operation const& each : operations()) {
    auto rest = each.path;
    bool in_path = true;
    for (parameter const& p : each.parameters) {
      if (p.place != place::path) {
        in_path = false;
        continue;
      }
      ASSERT_TRUE(in_path) << each.name << ' ' << p.name;
      auto const at = rest.find("{" + std::string(p.name) + "}");
      ASSERT_NE(at, rest.npos) << each.name << ' ' << p.name;
      rest.remove_prefix(at + 1);
    }
    EXPECT_EQ(rest.find('{'), rest.npos) << each.name;
  }
}

TEST(ari_operation, knows_types_places_and_versions) {
  auto const* originate = find_operation("channels.originate");
  ASSERT_NE(originate, nullptr);
  auto const& endpoint = originate->parameters[0];
  EXPECT_EQ(endpoint.name, "endpoint");
  EXPECT_TRUE(endpoint.required);
  EXPECT_EQ(endpoint.place, place::query);
  EXPECT_EQ(find_operation("channels.progress")->since, "22.6");
  EXPECT_EQ(originate->since, "");
  EXPECT_EQ(originate->result, "Channel");
  EXPECT_EQ(find_operation("applications.filter")->parameters[1].place, place::whole_body);
  EXPECT_EQ(find_operation("asterisk.getInfo")->parameters[0].values, "build|system|config|status");
  EXPECT_TRUE(find_operation("events.eventWebsocket")->upgrade);
}

TEST(ari_operation, has_methods_with_names) {
  EXPECT_EQ(to_string(http_method::get), "GET");
  EXPECT_EQ(to_string(http_method::post), "POST");
  EXPECT_EQ(to_string(http_method::put), "PUT");
  EXPECT_EQ(to_string(http_method::del), "DELETE");
}

}  // namespace
}  // namespace calluna::ari
