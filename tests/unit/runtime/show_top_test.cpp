#include "../../../runtime/src/show_top.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace calluna::runtime {
namespace {

using nlohmann::json;
using testing::ContainsRegex;
using testing::HasSubstr;

json status(int events, double cpu, int generation = 3) {
  return {
      {"ready", true},
      {"calls", {{"live", 2}}},
      {"http", {{"requests", events * 2}, {"connections", 5}}},
      {"pbx", {{{"name", "main"}, {"ami", {{"state", "up"}, {"events", events}, {"actions", 1}}}}}},
      {"apps",
       {{{"name", "vip\x1b[2J"},
         {"state", "serving"},
         {"generation", generation},
         {"channels", 4},
         {"draining", {{{"channels", 7}}}},
         {"tasks", 9},
         {"events", events},
         {"cpu_seconds", cpu},
         {"memory_bytes", 2'500'000},
         {"last_error", "init.lua:3: no"}}}}};
}

TEST(top, shows_what_changed_between_two_looks) {
  auto const text = top_table(status(100, 1.0), status(150, 1.1), 2);
  EXPECT_THAT(text, HasSubstr("ready, 2 live calls, HTTP 50.0 requests/s on 5 connections\n"));
  EXPECT_THAT(text, HasSubstr("pbx main  AMI up, 25.0 events/s, 0.0 actions/s\n"));
  EXPECT_THAT(text, ContainsRegex("serving +3 +4 +7 +9 +0 +25.0 +5.0 +2.5 MB +0 +0\n"));
  EXPECT_THAT(text, HasSubstr("  init.lua:3: no\n"));
  EXPECT_EQ(text.find('\x1b'), text.npos) << "nothing moves the cursor";
}

TEST(top, has_no_rates_where_there_is_nothing_to_compare_with) {
  EXPECT_THAT(top_table({}, status(150, 1.1), 1), ContainsRegex(" - +- +2.5 MB"));
  EXPECT_THAT(top_table(status(900, 9, 2), status(150, 1.1, 3), 1), ContainsRegex(" - +- +2.5 MB"))
      << "another generation";
}

}  // namespace
}  // namespace calluna::runtime
