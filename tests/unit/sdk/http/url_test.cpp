#include <calluna/http/url.hpp>

#include <gtest/gtest.h>

namespace calluna::http {
namespace {

TEST(http_url, has_an_origin_and_a_target) {
  auto const u = parse_url("HTTPS://Crm.Example:8443/people?name=x#top");
  ASSERT_TRUE(u) << u.error().message;
  EXPECT_EQ(u->origin(), "https://crm.example:8443");
  EXPECT_EQ(u->target, "/people?name=x");
  EXPECT_EQ(parse_url("http://pbx")->text(), "http://pbx/");
  EXPECT_EQ(parse_url("http://pbx:80?x")->text(), "http://pbx/?x");
  EXPECT_EQ(parse_url("https://[::1]/")->origin(), "https://[::1]");
  EXPECT_EQ(parse_url("https://[::1]:8443/")->host, "::1");
  EXPECT_EQ(parse_url("https://[::1]:8443/")->port, 8443);
}

TEST(http_url, refuses_what_is_no_plain_address) {
  for (auto const* bad : {"",
                          "file:///etc/passwd",
                          "ftp://x/",
                          "gopher://x",
                          "crm.example/x",
                          "http:/x",
                          "http://",
                          "http://user:secret@crm/",
                          "http://user@crm/",
                          "http://crm:0/",
                          "http://crm:65536/",
                          "http://crm:x/",
                          "http://crm:/",
                          "http://crm:80:80/",
                          "http://[::1/",
                          "http://[::1]x/",
                          "http://cr m/",
                          "http://crm/a b",
                          "http://crm/a\r\nX: y",
                          "http://crm/\xc3\xa4",
                          "http://crm\n/",
                          "httpx://crm",
                          "javascript:alert(1)",
                          "http://crm\\@evil/"})
    EXPECT_FALSE(parse_url(bad)) << bad;
  EXPECT_FALSE(parse_url("http://crm/" + std::string(8000, 'x')));
  EXPECT_FALSE(parse_url(std::string("http://crm/a\0b", 14)));
}

TEST(http_url, tells_nothing_of_what_may_be_secret) {
  auto const bad = parse_url("http://crm/?token=hidden and more");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().message.find("hidden"), std::string::npos);
  EXPECT_EQ(parse_url("http://u:hidden@crm/").error().message.find("hidden"), std::string::npos);
}

TEST(http_url, leads_on_as_a_redirect_says) {
  auto const base = *parse_url("https://crm.example/a/b/c?x=1");
  auto const to = [&](char const* location) {
    auto const u = resolve(base, location);
    return u ? u->text() : to_string(u.error());
  };
  EXPECT_EQ(to("https://other.example:1/x"), "https://other.example:1/x");
  EXPECT_EQ(to("//other.example/x"), "https://other.example/x");
  EXPECT_EQ(to("/x?y#z"), "https://crm.example/x?y");
  EXPECT_EQ(to("d"), "https://crm.example/a/b/d");
  EXPECT_EQ(to("../d/./e/"), "https://crm.example/a/d/e/");
  EXPECT_EQ(to("../../../../d"), "https://crm.example/d");
  EXPECT_EQ(to(".."), "https://crm.example/a/");
  EXPECT_EQ(to("?y=a:b/../c"), "https://crm.example/a/b/c?y=a:b/../c");
  EXPECT_EQ(to("/x:y"), "https://crm.example/x:y");
  EXPECT_EQ(to("file:///etc/passwd").substr(0, 8), "invalid:");
  EXPECT_EQ(to("javascript:x").substr(0, 8), "invalid:");
}

}  // namespace
}  // namespace calluna::http
