#include <calluna/sim/dialplan.hpp>

#include <gtest/gtest.h>

namespace calluna::sim {
namespace {

TEST(sim_dialplan, patterns_mean_what_they_mean_in_asterisk) {
  EXPECT_TRUE(matches("101", "101"));
  EXPECT_FALSE(matches("101", "1011"));
  EXPECT_TRUE(matches("_1XX", "155"));
  EXPECT_FALSE(matches("_1XX", "15"));
  EXPECT_TRUE(matches("_0[1-3]N.", "0129"));
  EXPECT_FALSE(matches("_0[1-3]N.", "0429"));
  EXPECT_FALSE(matches("_X.", "1"));
  EXPECT_TRUE(matches("_X!", "1"));
  EXPECT_TRUE(matches("_+X.", "+49"));
  EXPECT_FALSE(matches("_ZX", "01"));
}

TEST(sim_dialplan, a_name_beats_a_pattern_and_a_narrow_pattern_a_wide_one) {
  dialplan plan;
  ASSERT_TRUE(
      plan.read("[a]\n"
                "exten => _X.,1,NoOp(wide)\n"
                "exten => _1XX,1,NoOp(narrow)\n"
                "exten => 101,1,NoOp(name) ; a comment\n"
                " same => n(here),Hangup()\n"
                "[b]\ninclude => a\n"));
  EXPECT_EQ(plan.find("a", "101", 1)->data, "name");
  EXPECT_EQ(plan.find("a", "102", 1)->data, "narrow");
  EXPECT_EQ(plan.find("b", "2022", 1)->data, "wide");
  EXPECT_EQ(plan.labelled("b", "101", "here"), 2);
  EXPECT_EQ(plan.find("a", "101", 3), nullptr);
  EXPECT_EQ(plan.find("c", "101", 1), nullptr);
}

TEST(sim_dialplan, mistakes_are_told_with_their_line) {
  auto const message = [](char const* text) {
    dialplan plan;
    auto const r = plan.read(text);
    return r ? std::string("good") : r.error().message;
  };
  EXPECT_EQ(message("[a]\nexten => 1,1,Foo()\n")
                .rfind("dialplan, line 2: the offline PBX has no "
                       "application 'Foo'; it has AGI",
                       0),
            0U);
  EXPECT_EQ(message("exten => 1,1,NoOp()"),
            "dialplan, line 1: no [context] before it: exten => 1,1,NoOp()");
  EXPECT_EQ(message("[a]\nsame => n,NoOp()"),
            "dialplan, line 2: 'same' follows no 'exten': same => n,NoOp()");
  EXPECT_EQ(message("[a]\nexten => 1,x,NoOp()"),
            "dialplan, line 2: not a priority: exten => 1,x,NoOp()");
  EXPECT_EQ(message("[a]\nexten => 1,1,NoOp("),
            "dialplan, line 2: no ) at the end: exten => 1,1,NoOp(");
}

TEST(sim_dialplan, variables_are_put_in) {
  auto const value = [](std::string const& name) {
    return name == "EXTEN" ? "0171555" : name == "n" ? "EXTEN" : "";
  };
  EXPECT_EQ(substitute("PJSIP/${EXTEN:1}@trunk", value), "PJSIP/171555@trunk");
  EXPECT_EQ(substitute("${EXTEN:-3:2}|${${n}:0:2}|${none}|$x", value), "55|01||$x");
  EXPECT_EQ(substitute("open ${EXTEN", value), "open ${EXTEN");
}

}  // namespace
}  // namespace calluna::sim
