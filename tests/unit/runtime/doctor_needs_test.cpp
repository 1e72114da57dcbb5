#include "../../../runtime/src/doctor/needs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calluna::runtime::doctor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> actions(std::vector<need> const& needs) {
  std::vector<std::string> names;
  for (auto const& n : needs) names.push_back(n.action);
  return names;
}

TEST(doctor_needs, are_read_from_verbs_and_literal_actions) {
  auto const needs = needs_of_script("sales", "init.lua",
                                     "local calls = require 'calluna.calls'\n"
                                     "-- calls.click is what we do not use\n"
                                     "call:park()\n"
                                     "ami.action { Action = \"DBPut\", Family = 'a' }\n"
                                     "ami.action { Action= 'Nothing");
  EXPECT_THAT(actions(needs), ElementsAre("Park", "DBPut"));
  EXPECT_EQ(needs[0].why, "call:park in app sales, init.lua:3");
  EXPECT_EQ(needs[1].why, "the action itself in app sales, init.lua:4");
}

TEST(doctor_needs, that_are_not_allowed_are_told_by_class) {
  std::vector<need> const needs{{"Park", "a"},     {"Redirect", "b"}, {"Park", "c"},
                                {"QueueAdd", "d"}, {"Odd", "e"},      {"Ping", "f"}};
  EXPECT_THAT(
      missing_rights(needs, {"Ping"}),
      ElementsAre("not there, or not allowed: Odd (e)", "\"write\" lacks agent: QueueAdd (d)",
                  "\"write\" lacks call: Park (a), Redirect (b)"));
  EXPECT_THAT(missing_rights(needs, {"Ping", "Park", "Redirect", "QueueAdd", "Odd"}), IsEmpty());
}

}  // namespace
}  // namespace calluna::runtime::doctor
