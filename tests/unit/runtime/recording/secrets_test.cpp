#include "../../../../runtime/src/recording/secrets.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace calluna::runtime::recording {
namespace {

TEST(secrets, are_known_by_their_names) {
  for (auto const* name : {"Secret", "password", "X_API_KEY", "SIP-Token", "Authorization", "PIN",
                           "VOICEMAIL_PIN", "apikey", "Credentials"})
    EXPECT_TRUE(is_secret_name(name)) << name;
  for (auto const* name : {"CallerIDNum", "PINNED", "spinning", "Key", "Channel", ""})
    EXPECT_FALSE(is_secret_name(name)) << name;
}

TEST(secrets, are_hidden_where_they_are_assigned) {
  EXPECT_EQ(hide_in_text("Set(MY_TOKEN=abc,X=1)"), "Set(MY_TOKEN=(secret),X=1)");
  EXPECT_EQ(hide_in_text("https://crm.example/find?number=1&api_key=k-1&x=2"),
            "https://crm.example/find?number=1&api_key=(secret)&x=2");
  EXPECT_EQ(hide_in_text("password="), "password=");
  EXPECT_EQ(hide_in_text("a=b"), "a=b");
}

TEST(secrets, are_hidden_in_urls_with_a_login) {
  EXPECT_EQ(hide_in_text("CURL(https://ann:sesame@crm.example/x)"),
            "CURL(https://(secret)@crm.example/x)");
  EXPECT_EQ(hide_in_text("https://crm.example/a@b"), "https://crm.example/a@b");
}

TEST(secrets, are_hidden_in_headers_and_variables_of_ami) {
  EXPECT_EQ(hide_in_ami("Action: Login\r\nUsername: calluna\r\nSecret: sesame\r\n"),
            "Action: Login\r\nUsername: calluna\r\nSecret: (secret)\r\n");
  EXPECT_EQ(hide_in_ami("Event: VarSet\r\nVariable: CRM_TOKEN\r\nValue: abc\r\nUniqueid: 1.2\r\n"),
            "Event: VarSet\r\nVariable: CRM_TOKEN\r\nValue: (secret)\r\nUniqueid: 1.2\r\n");
  EXPECT_EQ(hide_in_ami("Event: VarSet\r\nVariable: COLOUR\r\nValue: red\r\n"),
            "Event: VarSet\r\nVariable: COLOUR\r\nValue: red\r\n");
  EXPECT_EQ(hide_in_ami("Action: Originate\r\nVariable: SIP_PASSWORD=abc def\r\n"),
            "Action: Originate\r\nVariable: SIP_PASSWORD=(secret)\r\n");
}

TEST(secrets, are_hidden_in_json) {
  auto value = nlohmann::json::parse(
      R"j({"variable":"X_TOKEN","value":"abc","list":["password=1"],"deep":{"secret":{"a":1},"b":2}})j");
  hide_in_json(value);
  EXPECT_EQ(value, nlohmann::json::parse(
                       R"j({"variable":"X_TOKEN","value":"(secret)","list":["password=(secret)"],)j"
                       R"j("deep":{"secret":"(secret)","b":2}})j"));
}

}  // namespace
}  // namespace calluna::runtime::recording
