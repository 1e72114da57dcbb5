#include "server_fixture.hpp"

#include <calluna/runtime/web/guess_guard.hpp>
#include <calluna/runtime/web/metrics.hpp>
#include <calluna/runtime/web/network.hpp>
#include <calluna/runtime/web/rate_limit.hpp>
#include <calluna/runtime/web/refusals.hpp>
#include <calluna/runtime/web/url.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calluna::runtime::web::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using namespace std::chrono_literals;

bool contains(std::string_view net, std::string_view one) {
  return network::read(net)->contains(*address::read(one));
}

TEST(network, contains_its_addresses_of_either_family) {
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.1.2"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(contains("10.1.2.0/23", "10.1.3.9"));
  EXPECT_FALSE(contains("10.1.2.0/23", "10.1.4.0"));
  EXPECT_TRUE(contains("0.0.0.0/0", "1.2.3.4"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(contains("::/0", "1.2.3.4"));
  EXPECT_TRUE(contains("::1", "::1"));
  EXPECT_FALSE(contains("::1", "::2"));
  EXPECT_TRUE(contains("fd00::/8", "fdff::1"));
  EXPECT_TRUE(contains("127.0.0.1", "::ffff:127.0.0.1")) << "IPv4 by an IPv6 socket";
  EXPECT_TRUE(contains("::ffff:10.0.0.0/104", "10.2.3.4"));
}

TEST(network, is_refused_with_a_reason_when_it_is_none) {
  for (std::string_view bad : {"", "10.0.0", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/x",
                               "10.0.0.0/-1", "10.1.2.3/8", "host", "fe80::1%eth0", "1.2.3.4/8/9"})
    EXPECT_FALSE(network::read(bad)) << bad;
  EXPECT_THAT(network::read("10.1.2.3/8").error().message, HasSubstr("bits set behind"));
}

TEST(address, groups_an_ipv6_network_as_one_client) {
  EXPECT_EQ(address::read("2001:db8:1:2:3:4:5:6")->group(), "2001:db8:1:2::/64");
  EXPECT_EQ(address::read("::ffff:10.0.0.1")->group(), "10.0.0.1");
}

TEST(client_behind, is_believed_from_trusted_proxies_only) {
  std::vector<network> const proxies{*network::read("10.0.0.0/8")};
  auto const of = [&](std::string_view peer, std::string_view forwarded) {
    return client_behind(*address::read(peer), forwarded, proxies).text();
  };
  EXPECT_EQ(of("1.1.1.1", "9.9.9.9"), "1.1.1.1");
  EXPECT_EQ(of("10.0.0.1", ""), "10.0.0.1");
  EXPECT_EQ(of("10.0.0.1", "9.9.9.9"), "9.9.9.9");
  EXPECT_EQ(of("10.0.0.1", "8.8.8.8, 9.9.9.9"), "9.9.9.9") << "what the client itself said";
  EXPECT_EQ(of("10.0.0.1", "9.9.9.9, 10.0.0.2"), "9.9.9.9");
  EXPECT_EQ(of("10.0.0.1", "10.0.0.3, 10.0.0.2"), "10.0.0.3");
  EXPECT_EQ(of("10.0.0.1", "9.9.9.9, nonsense"), "10.0.0.1");
  EXPECT_EQ(of("10.0.0.1", "9.9.9.9:1234"), "9.9.9.9");
  EXPECT_EQ(of("10.0.0.1", "[2001:db8::1]:1234"), "2001:db8::1");
}

TEST(percent_decode, is_strict) {
  EXPECT_EQ(percent_decode("a%20b%C3%a4"), "a b\xc3\xa4");
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode("a+b", true), "a b");
  EXPECT_EQ(percent_decode("%252e"), "%2e") << "decoded once only";
  for (std::string_view bad : {"%", "%4", "%zz", "%4z", "a%", "%00", "%-1", "% 1"})
    EXPECT_FALSE(percent_decode(bad)) << bad;
}

TEST(read_path, never_leads_out) {
  EXPECT_THAT(*read_path("/a/b%2fc/"), ElementsAre("a", "b/c", ""));
  EXPECT_THAT(*read_path("/a/..b/c..."), ElementsAre("a", "..b", "c..."));
  EXPECT_THAT(*read_path("/%252e%252e/x"), ElementsAre("%2e%2e", "x"));
  for (std::string_view bad : {"",          "a",
                               "/..",       "/../etc/passwd",
                               "/a/../b",   "/.",
                               "/./a",      "/%2e%2e/a",
                               "/%2E%2e",   "/.%2e/a",
                               "/%2e./a",   "/a/%2e",
                               "/..%2fetc", "/a%2f..%2f..%2fetc",
                               "/..%5cetc", "/a%5c..%5cb",
                               "/a%00b",    "/%",
                               "/%zz",      "/..\\a"})
    EXPECT_FALSE(read_path(bad)) << bad;
  std::string deep;
  for (std::size_t i = 0; i < most_segments; ++i) deep += "/a";
  EXPECT_TRUE(read_path(deep));
  EXPECT_FALSE(read_path(deep + "/a"));
}

TEST(read_query, keeps_order_and_refuses_broken_encoding) {
  EXPECT_THAT(*read_query("b=2&a=1+1&&c&a=%3D"),
              ElementsAre(Pair("b", "2"), Pair("a", "1 1"), Pair("c", ""), Pair("a", "=")));
  EXPECT_TRUE(read_query("")->empty());
  EXPECT_FALSE(read_query("a=%"));
  EXPECT_FALSE(read_query("%00=1"));
}

TEST(split_target, knows_the_forms_that_a_server_gets) {
  EXPECT_EQ(split_target("/a?b?c")->query, "b?c");
  EXPECT_EQ(split_target("http://host:1/a?b")->path, "/a");
  EXPECT_EQ(split_target("http://host")->path, "/");
  EXPECT_EQ(split_target("https://host?b")->query, "b");
  EXPECT_EQ(split_target("*")->path, "*");
  for (std::string_view bad :
       {"", "a", "/a#b", "host:80", "ftp://h/a", "/a b", "/\xc3\xa4", "/a\x7f"})
    EXPECT_FALSE(split_target(bad)) << bad;
}

TEST(rate_limit, lets_so_many_through_in_its_time) {
  manual_clock time;
  rate_limit limit;
  auto const take = [&](std::string_view who) { return limit.take(who, 3, 6s, time.now()); };
  EXPECT_EQ(take("a"), 0ns);
  EXPECT_EQ(take("a"), 0ns);
  EXPECT_EQ(take("a"), 0ns);
  auto const wait = take("a");
  EXPECT_GT(wait, 1s);
  EXPECT_LE(wait, 2s + 1us);
  EXPECT_EQ(take("b"), 0ns) << "others are not touched";
  time.advance(wait);
  EXPECT_EQ(take("a"), 0ns);
  EXPECT_GT(take("a"), 0ns);
  time.advance(1h);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(take("a"), 0ns);
  EXPECT_GT(take("a"), 0ns) << "it fills up to its count only";
}

TEST(rate_limit, forgets_who_has_not_come_for_longest) {
  manual_clock time;
  rate_limit limit(2);
  EXPECT_EQ(limit.take("a", 1, 1h, time.now()), 0ns);
  EXPECT_EQ(limit.take("b", 1, 1h, time.now()), 0ns);
  EXPECT_GT(limit.take("a", 1, 1h, time.now()), 0ns);
  EXPECT_EQ(limit.take("c", 1, 1h, time.now()), 0ns);
  EXPECT_EQ(limit.size(), 2U);
  EXPECT_GT(limit.take("a", 1, 1h, time.now()), 0ns);
  EXPECT_EQ(limit.take("b", 1, 1h, time.now()), 0ns);
}

TEST(guess_guard, lets_some_mistakes_pass_and_then_grows) {
  manual_clock time;
  guess_guard guard;
  for (unsigned i = 0; i < guess_guard::tolerated; ++i) EXPECT_EQ(guard.wrong("a", time.now()), 0s);
  EXPECT_EQ(guard.wrong("a", time.now()), 5s);
  time.advance(2s);
  EXPECT_EQ(guard.wrong("a", time.now()), 3s) << "inside the pause it does not grow";
  EXPECT_EQ(guard.wrong("b", time.now()), 0s);
  time.advance(3s);
  EXPECT_EQ(guard.wrong("a", time.now()), 10s);
  for (int i = 0; i < 20; ++i) {
    time.advance(15min);
    guard.wrong("a", time.now());
  }
  time.advance(15min);
  EXPECT_EQ(guard.wrong("a", time.now()), 15min);
  time.advance(31min);
  EXPECT_EQ(guard.wrong("a", time.now()), 0s) << "after a long silence it begins anew";
}

TEST(guess_guard, is_bounded) {
  manual_clock time;
  guess_guard guard;
  for (std::size_t i = 0; i < guess_guard::most_addresses + 100; ++i)
    guard.wrong(std::to_string(i), time.now());
  EXPECT_EQ(guard.size(), guess_guard::most_addresses);
}

TEST(refusals, are_logged_once_in_a_period_with_what_came_since) {
  auto const lines = std::make_shared<kept_lines>();
  manual_clock time;
  refusals refused(logger(lines, "http"), time);
  for (int i = 0; i < 1000; ++i) refused.add(refusal::no_token, "1.1.1.1 GET /a\x1b[2J");
  refused.add(refusal::slow, "1.1.1.1");
  EXPECT_EQ(refused.of(refusal::no_token), 1000U);
  EXPECT_EQ(lines->count("no token"), 1U);
  EXPECT_EQ(lines->count("request too slow"), 1U);
  EXPECT_EQ(lines->count("\x1b"), 0U);
  time.advance(61s);
  refused.add(refusal::no_token, "2.2.2.2");
  EXPECT_EQ(lines->count("(999 more since the last line)"), 1U);
}

TEST(metrics_writer, writes_what_prometheus_reads) {
  metrics_writer out;
  out.counter("a_total", "All of a.");
  out.sample(3, {{"reason", "q\"b\\s\nn"}, {"x", "y"}});
  histogram h;
  h.add(0.002);
  h.add(0.3);
  h.add(99);
  out.add("b_seconds", "How long.", h);
  auto const text = out.take();
  EXPECT_THAT(text, HasSubstr("# HELP a_total All of a.\n# TYPE a_total counter\n"
                              "a_total{reason=\"q\\\"b\\\\s\\nn\",x=\"y\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE b_seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr("b_seconds_bucket{le=\"0.001\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("b_seconds_bucket{le=\"0.0025\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("b_seconds_bucket{le=\"10\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("b_seconds_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("b_seconds_count 3\n"));
}

}  // namespace
}  // namespace calluna::runtime::web::test
