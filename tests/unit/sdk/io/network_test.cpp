#include <calluna/io/network.hpp>

#include <gtest/gtest.h>

namespace calluna::io {
namespace {

bool holds(std::string_view range, std::string_view address) {
  auto const read = network::read(range);
  EXPECT_TRUE(read) << range;
  return read && read->contains(address);
}

TEST(network, holds_the_addresses_of_its_range) {
  EXPECT_TRUE(holds("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(holds("192.168.1.128/25", "192.168.1.200"));
  EXPECT_FALSE(holds("192.168.1.128/25", "192.168.1.127"));
  EXPECT_TRUE(holds("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(holds("127.0.0.1", "127.0.0.2"));
  EXPECT_TRUE(holds("0.0.0.0/0", "8.8.8.8"));
  EXPECT_TRUE(holds("fd00::/8", "fd12::1"));
  EXPECT_FALSE(holds("fd00::/8", "fe80::1"));
  EXPECT_TRUE(holds("::1", "::1"));
}

TEST(network, of_ipv4_holds_its_form_in_ipv6_and_nothing_else_of_it) {
  EXPECT_TRUE(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
  EXPECT_FALSE(holds("0.0.0.0/0", "::1"));
}

TEST(network, holds_nothing_that_is_no_address) {
  EXPECT_FALSE(holds("0.0.0.0/0", "pbx"));
  EXPECT_FALSE(holds("0.0.0.0/0", ""));
  EXPECT_FALSE(holds("fe80::/10", "fe80::1%eth0"));
}

TEST(network, says_what_is_wrong_with_a_text) {
  for (auto const* text : {"", "pbx", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/x", "10.0.0.0/8 ",
                           "10.0.0.0/-1", "::/129", "10.0.0/8", "fe80::1%eth0"})
    EXPECT_FALSE(network::read(text)) << text;
  EXPECT_EQ(network::read("10.1.2.3/8").error().message,
            "'10.1.2.3/8' is no network: it has bits set behind its prefix");
}

}  // namespace
}  // namespace calluna::io
