#include "../../../../sdk/src/numbers/regex_head.hpp"

#include <gtest/gtest.h>

#include <string>

namespace calluna::numbers {
namespace {

/// The digits of the head, or "?" for nothing.
std::string head(std::string_view pattern) {
  auto const found = regex_head(pattern);
  if (!found) return "?";
  std::string digits;
  for (unsigned d = 0; d < 10; ++d)
    if (found->has(d)) digits += std::to_string(d);
  return digits;
}

TEST(regex_head, is_the_first_digit_of_plain_digits) {
  EXPECT_EQ(head("0"), "0");
  EXPECT_EQ(head("011"), "0");
}

TEST(regex_head, unites_alternatives_classes_and_groups) {
  EXPECT_EQ(head("0|1"), "01");
  EXPECT_EQ(head("[2-46]\\d{6}$"), "2346");
  EXPECT_EQ(head("(?:12|3(4)?)5|([89]\\d{5})$"), "1389");
  EXPECT_EQ(head("\\d"), "0123456789");
}

TEST(regex_head, sees_through_what_may_be_absent) {
  EXPECT_EQ(head("0?1"), "01");
  EXPECT_EQ(head("(?:0|)[12]"), "012");
  EXPECT_EQ(head("0*1+2"), "01");
  EXPECT_EQ(head("0{0,2}1"), "01");
  EXPECT_EQ(head("0{1,2}1"), "0");
}

TEST(regex_head, is_nothing_for_what_can_be_empty) {
  EXPECT_EQ(head(""), "?");
  EXPECT_EQ(head("0?"), "?");
  EXPECT_EQ(head("(?:0|1?)$"), "?");
}

TEST(regex_head, is_nothing_for_what_it_does_not_understand) {
  for (auto const* pattern :
       {"(?=0)1", "a", "^0", "[^0]", "0)", "(0", "[0", "\\D", "\\", "0{1", ".", "0{x}"})
    EXPECT_EQ(head(pattern), "?") << pattern;
}

}  // namespace
}  // namespace calluna::numbers
