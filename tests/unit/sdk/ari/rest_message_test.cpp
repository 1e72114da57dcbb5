#include "../../../../sdk/src/ari/rest_message.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace calluna::ari {
namespace {

TEST(ari_rest_message, is_json_that_means_the_request) {
  request const r{http_method::post,
                  "channels/a%2Fb/play",
                  {{"media", "sound:\"x\"\\"}, {"lang", "Zürich"}},
                  "{\"variables\":{\"A\":\"line\\nend\"}}"};
  std::string text;
  ASSERT_TRUE(append_rest_request(text, 42, r));
  auto const j = nlohmann::json::parse(text);
  EXPECT_EQ(j["type"], "RESTRequest");
  EXPECT_EQ(j["request_id"], "42");
  EXPECT_EQ(j["method"], "POST");
  EXPECT_EQ(j["uri"], "channels/a%2Fb/play");
  EXPECT_EQ(j["query_strings"][0]["value"], "sound:\"x\"\\");
  EXPECT_EQ(j["query_strings"][1]["name"], "lang");
  EXPECT_EQ(j["content_type"], "application/json");
  EXPECT_EQ(j["message_body"], r.body);
}

TEST(ari_rest_message, escapes_every_character_so_that_it_comes_back) {
  for (char32_t c = 1; c < 0x800; ++c) {
    std::string plain = "a";
    if (c < 0x80) {
      plain += static_cast<char>(c);
    } else {
      plain += static_cast<char>(0xc0 | c >> 6);
      plain += static_cast<char>(0x80 | (c & 0x3f));
    }
    plain += "b";
    std::string escaped;
    ASSERT_TRUE(append_json_escaped(escaped, plain));
    EXPECT_EQ(nlohmann::json::parse("\"" + escaped + "\""), plain);
    std::string back;
    ASSERT_TRUE(append_json_unescaped(back, escaped));
    EXPECT_EQ(back, plain);
  }
}

TEST(ari_rest_message, refuses_what_is_not_utf8_and_nul) {
  for (std::string const& bad :
       {std::string("\0", 1), std::string("\xff"), std::string("\xc3"), std::string("\xc0\x80"),
        std::string("\xe0\x80\x80"), std::string("\xed\xa0\x80"), std::string("\xf4\x90\x80\x80"),
        std::string("\xf0\x9f\x98"), std::string("\x80")}) {
    std::string to;
    EXPECT_FALSE(append_json_escaped(to, bad));
  }
  std::string to;
  EXPECT_TRUE(append_json_escaped(to, "\xf0\x9f\x98\x80"));
}

TEST(ari_rest_message, understands_all_escapes) {
  std::string to;
  ASSERT_TRUE(append_json_unescaped(to, R"(\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00)"));
  EXPECT_EQ(to, "\"\\/\b\f\n\r\tA\u00e9\u20ac\U0001F600");
  for (std::string_view const bad :
       {"\\", "\\x", "\\u12", "\\u12g4", "\\ud83d", "\\ud83dxxdc00", "\\ude00", "\\ud83d\\u0041"})
    EXPECT_FALSE(append_json_unescaped(to, bad)) << bad;
}

TEST(ari_rest_message, reads_a_response) {
  rest_response_view v;
  ASSERT_TRUE(scan_rest_response(
      R"({"type":"RESTResponse","transaction_id":"","request_id":"7","status_code":404,)"
      R"("reason_phrase":"Not Found","uri":"channels/x","content_type":"application/json",)"
      R"("message_body":"{\"message\":\"Channel not found\"}","application":"a"})",
      v));
  EXPECT_EQ(v.id, 7U);
  EXPECT_EQ(v.status, 404);
  EXPECT_EQ(v.reason, "Not Found");
  EXPECT_EQ(v.body, R"({\"message\":\"Channel not found\"})");
  ASSERT_TRUE(scan_rest_response(
      R"({"type":"RESTResponse","request_id":"8","status_code":204,"reason_phrase":"No Content"})",
      v));
  EXPECT_TRUE(v.body.empty());
  EXPECT_FALSE(
      scan_rest_response(R"({"type":"RESTResponse","request_id":"","status_code":400})", v));
  EXPECT_FALSE(scan_rest_response(R"({"type":"RESTResponse","request_id":"8"})", v));
}

}  // namespace
}  // namespace calluna::ari
