#include <calluna/ami/message.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace calluna::ami {
namespace {

constexpr std::string_view newchannel =
    "Event: Newchannel\r\nPrivilege: call,all\r\nChannel: PJSIP/101-00000001\r\n"
    "CallerIDName: O\\'Neil\r\nExten: \r\nTwice: first\r\nTwice: second\r\nLast: end\r\n";

TEST(ami_message, finds_a_header_wherever_it_stands_and_in_any_case) {
  message_view const view(newchannel);
  EXPECT_EQ(view.get("Event"), "Newchannel");
  EXPECT_EQ(view.get("channel"), "PJSIP/101-00000001");
  EXPECT_EQ(view.get("LAST"), "end");
  EXPECT_EQ(view.get("Twice"), "first");
}

TEST(ami_message, tells_an_empty_header_from_a_missing_one) {
  message_view const view(newchannel);
  EXPECT_EQ(view.find("Exten"), std::string_view{});
  EXPECT_TRUE(view.find("Exten").has_value());
  EXPECT_FALSE(view.find("Exte").has_value());
  EXPECT_FALSE(view.find("").has_value());
  EXPECT_FALSE(message_view{}.find("Exten").has_value());
}

TEST(ami_message, finds_the_same_as_a_walk_at_every_length_of_the_text) {
  std::vector<std::string> const keys = {"Event", "Privilege", "Channel", "CallerIDName",
                                         "Exten", "Twice",     "Last",    "Missing"};
  for (std::size_t length = 0; length <= newchannel.size(); ++length) {
    message_view const view(newchannel.substr(0, length));
    for (auto const& wanted : keys) {
      std::optional<std::string_view> walked;
      view.for_each([&](std::string_view key, std::string_view value) {
        if (!walked && key == wanted) walked = value;
      });
      EXPECT_EQ(view.find(wanted), walked) << wanted << " in " << length << " bytes";
    }
  }
}

TEST(ami_message, walks_repeated_headers_in_order) {
  std::string seen;
  message_view(newchannel).for_each([&](std::string_view key, std::string_view value) {
    if (key == "Twice") seen += value;
  });
  EXPECT_EQ(seen, "firstsecond");
}

TEST(ami_message, keeps_a_bare_lf_inside_a_value) {
  message_view const view(
      "Response: Error\r\nMessage: Unable to retrieve endpoint nope\n\r\nFoo: a\nBar: b\r\n");
  EXPECT_EQ(view.get("Message"), "Unable to retrieve endpoint nope\n");
  EXPECT_EQ(view.get("Foo"), "a\nBar: b");
  EXPECT_FALSE(view.find("Bar").has_value());
}

TEST(ami_message, keeps_a_bare_cr_and_inner_colons_inside_a_value) {
  message_view const view("A: x\ry: z\r\nB:no space\r\nC:  two\r\n");
  EXPECT_EQ(view.get("A"), "x\ry: z");
  EXPECT_EQ(view.get("B"), "no space");
  EXPECT_EQ(view.get("C"), " two");
}

TEST(ami_message, gives_a_line_without_colon_as_a_value_without_key) {
  std::size_t at = 0;
  std::string_view key = "x", value;
  ASSERT_TRUE(message_view("no colon here\r\n").next(at, key, value));
  EXPECT_EQ(key, "");
  EXPECT_EQ(value, "no colon here");
}

TEST(ami_message, names_only_events) {
  EXPECT_EQ(message_view(newchannel).event(), "Newchannel");
  EXPECT_EQ(message_view("Response: Success\r\n").event(), "");
  EXPECT_EQ(message_view("").event(), "");
}

TEST(ami_message, a_copy_outlives_the_text) {
  message kept;
  {
    std::string const text(newchannel);
    kept = message::copy_of(text);
  }
  EXPECT_EQ(kept->get("Last"), "end");
}

TEST(ami_message, unescapes_what_asterisk_escapes) {
  EXPECT_EQ(unescape("O\\'Neil \\\"x\\\" a\\\\b\\n\\t\\?"), "O'Neil \"x\" a\\b\n\t?");
  EXPECT_EQ(unescape("odd \\x and \\"), "odd \\x and \\");
}

TEST(ami_message, knows_which_values_are_escaped) {
  EXPECT_TRUE(is_escaped("Newchannel", "CallerIDName"));
  EXPECT_TRUE(is_escaped("DialBegin", "DestConnectedLineName"));
  EXPECT_TRUE(is_escaped("VarSet", "Value"));
  EXPECT_FALSE(is_escaped("VarSet", "Variable"));
  EXPECT_FALSE(is_escaped("CEL", "CallerIDname"));
  EXPECT_FALSE(is_escaped("UserEvent", "Value"));
}

}  // namespace
}  // namespace calluna::ami
