#include <calluna/numbers/region_rules.hpp>

#include <gtest/gtest.h>

namespace calluna::numbers {
namespace {

TEST(region_rules, a_trunk_goes_before_its_pbx) {
  region_rules const rules({{"main", "DE"}, {"branch", "CH"}}, {{"main", "PJSIP/trunk-at", "AT"}});
  EXPECT_EQ(rules.region_of("main", "PJSIP/trunk-at-0000001f"), "AT");
  EXPECT_EQ(rules.region_of("main", "PJSIP/trunk-at2-0000001f"), "DE");
  EXPECT_EQ(rules.region_of("main", ""), "DE");
  EXPECT_EQ(rules.region_of("branch", "PJSIP/trunk-at-0000001f"), "CH");
  EXPECT_EQ(rules.region_of("other", "PJSIP/trunk-at-0000001f"), "");
}

TEST(region_rules, the_exact_endpoint_goes_before_the_longest_pattern) {
  region_rules const rules({{"main", "DE"}}, {{"main", "PJSIP/*", "FR"},
                                              {"main", "PJSIP/trunk-*", "AT"},
                                              {"main", "PJSIP/trunk-uk", "GB"}});
  EXPECT_EQ(rules.region_of("main", "PJSIP/trunk-uk-00000001"), "GB");
  EXPECT_EQ(rules.region_of("main", "PJSIP/trunk-us-00000001"), "AT");
  EXPECT_EQ(rules.region_of("main", "PJSIP/101-00000001"), "FR");
  EXPECT_EQ(rules.region_of("main", "Local/101@agents-00000001;2"), "DE");
}

TEST(region_rules, the_default_is_what_all_agree_on) {
  EXPECT_EQ(region_rules({{"a", "DE"}, {"b", "DE"}}, {}).default_region(), "DE");
  EXPECT_EQ(region_rules({{"a", "DE"}, {"b", "AT"}}, {}).default_region(), "");
  EXPECT_EQ(region_rules({{"a", "DE"}, {"b", ""}}, {}).default_region(), "");
  EXPECT_EQ(region_rules().default_region(), "");
}

TEST(region_rules, a_channel_s_endpoint_is_its_name_without_the_number) {
  EXPECT_EQ(endpoint_of_channel("PJSIP/a-b-0000001f"), "PJSIP/a-b");
  EXPECT_EQ(endpoint_of_channel("Local/101@agents-0000;2"), "Local/101@agents");
  EXPECT_EQ(endpoint_of_channel("PJSIP/101"), "PJSIP/101");
  EXPECT_EQ(endpoint_of_channel(""), "");
}

}  // namespace
}  // namespace calluna::numbers
