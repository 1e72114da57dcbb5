#include <calluna/ami/action.hpp>

#include <gmock/gmock.h>

#include <string>

namespace calluna::ami {
namespace {

using testing::HasSubstr;

std::string refusal(action const& a) {
  auto const out = encode(a, 1, "p-");
  if (out) return "was encoded";
  EXPECT_EQ(out.error().kind, error_kind::invalid);
  EXPECT_FALSE(out.error().retryable);
  return out.error().message;
}

TEST(ami_action, becomes_lines_in_order_with_our_id) {
  action a("Originate");
  a.set("Channel", "PJSIP/101").variable("A", "1").variable("B", "x=y,z");
  auto const out = encode(a, 42, "cafe-");
  ASSERT_TRUE(out);
  EXPECT_EQ(out->bytes,
            "Action: Originate\r\nActionID: cafe-42\r\nChannel: PJSIP/101\r\nVariable: A=1\r\n"
            "Variable: B=x=y\\,z\r\n\r\n");
  EXPECT_EQ(out->id, 42U);
  EXPECT_EQ(out->name, "Originate");
  EXPECT_FALSE(out->safe);
  EXPECT_FALSE(out->list);
}

TEST(ami_action, refuses_line_ends_and_nul_wherever_they_stand) {
  for (std::string const bad : {"\r", "\n", "\r\nAction: Command"}) {
    EXPECT_THAT(refusal(action("X").set("Data", "a" + bad + "b")), HasSubstr("Data"));
    EXPECT_THAT(refusal(action("X").set("Da" + bad + "ta", "a")), HasSubstr("in its name"));
    EXPECT_THAT(refusal(action("X").variable("A", bad)), HasSubstr("Variable"));
    EXPECT_THAT(refusal(action("X" + bad)), HasSubstr("Action"));
  }
  EXPECT_THAT(refusal(action("X").set("Data", std::string("a\0b", 3))), HasSubstr("a NUL"));
}

TEST(ami_action, refuses_names_that_are_none) {
  EXPECT_THAT(refusal(action("X").set("", "a")), HasSubstr("no name"));
  EXPECT_THAT(refusal(action("X").set("A:B", "a")), HasSubstr("':'"));
  EXPECT_THAT(refusal(action("X").set("A B", "a")), HasSubstr("space"));
  EXPECT_THAT(refusal(action("X").set("actionid", "a")), HasSubstr("not yours"));
  EXPECT_THAT(refusal(action("X").set("Action", "a")), HasSubstr("not yours"));
  EXPECT_THAT(refusal(action("")), HasSubstr("Action"));
}

TEST(ami_action, takes_the_longest_line_that_asterisk_reads_and_no_longer) {
  std::string const fits(max_line - 8, 'x');  // "Data: " and CRLF
  EXPECT_TRUE(encode(action("X").set("Data", fits), 1, "p-"));
  EXPECT_THAT(refusal(action("X").set("Data", fits + "x")), HasSubstr("1025 bytes"));
}

TEST(ami_action, takes_as_many_lines_as_asterisk_and_no_more) {
  action a("X");
  for (std::size_t i = 2; i < max_headers; ++i) a.variable("A", "1");
  EXPECT_TRUE(encode(a, 1, "p-"));
  EXPECT_THAT(refusal(a.variable("A", "1")), HasSubstr("129 headers"));
}

TEST(ami_action, never_repeats_a_value_in_an_error) {
  EXPECT_THAT(refusal(action("Login").set("Secret", "hidden\n")),
              testing::Not(HasSubstr("hidden")));
}

TEST(ami_action, knows_lists_and_what_only_reads) {
  EXPECT_TRUE(action("coreshowchannels").is_list());
  EXPECT_TRUE(encode(action("CoreShowChannels"), 1, "")->safe);
  EXPECT_TRUE(encode(action("Ping"), 1, "")->safe);
  EXPECT_FALSE(encode(action("Ping"), 1, "")->list);
  EXPECT_TRUE(encode(action("MyList").list(), 1, "")->list);
  EXPECT_FALSE(encode(action("Command").set("Command", "core show uptime"), 1, "")->safe);
}

TEST(ami_action, takes_getvar_of_a_function_for_an_act_and_hangup_of_a_pattern_for_a_list) {
  EXPECT_TRUE(encode(action("Getvar").set("Variable", "A"), 1, "")->safe);
  EXPECT_FALSE(encode(action("Getvar").set("Variable", "SHELL(rm)"), 1, "")->safe);
  EXPECT_FALSE(
      encode(action("Getvar").set("Variable", "SHELL(rm)").set("Variable", "A"), 1, "")->safe);
  EXPECT_TRUE(encode(action("Hangup").set("Channel", "/^Local/"), 1, "")->list);
  EXPECT_FALSE(encode(action("Hangup").set("Channel", "Local/x"), 1, "")->list);
}

TEST(ami_action, a_variable_with_commas_quotes_and_backslashes_arrives_as_it_is) {
  auto const encoded = encode(action("Originate").variable("A", "a,b\"c\\d"), 1, "t-");
  ASSERT_TRUE(encoded);
  EXPECT_NE(encoded->bytes.find("Variable: A=a\\,b\\\"c\\\\d\r\n"), std::string::npos)
      << encoded->bytes;
}

}  // namespace
}  // namespace calluna::ami
