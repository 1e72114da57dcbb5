#include <calluna/ami/framer.hpp>

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace calluna::ami {
namespace {

std::vector<std::string> blocks(std::string_view bytes, std::vector<std::size_t> const& reads) {
  framer cutter;
  std::vector<std::string> found;
  std::size_t begin = 0, end = 0;
  for (auto const read : reads) {
    end += read;
    for (;;) {
      auto const text = cutter.next(bytes.substr(begin, end - begin));
      if (text.empty()) break;
      found.emplace_back(text);
      begin += text.size() + 2;
    }
  }
  return found;
}

constexpr std::string_view four =
    "Event: A\r\nX: 1\r\n\r\n"
    "Response: Error\r\nMessage: Unable to retrieve endpoint nope\n\r\n\r\n"
    "Response: Follows\r\nPrivilege: Command\r\nline\n\r\n\r\nmore\n--END COMMAND--\r\n\r\n"
    "Event: B\r\nY: \r\r\r\nZ: \n\n\n\r\n\r\n";

TEST(ami_framer, cuts_at_empty_lines_only_at_every_split) {
  auto const whole = blocks(four, {four.size()});
  ASSERT_EQ(whole.size(), 4U);
  EXPECT_EQ(whole[0], "Event: A\r\nX: 1\r\n");
  EXPECT_EQ(whole[1], "Response: Error\r\nMessage: Unable to retrieve endpoint nope\n\r\n");
  EXPECT_EQ(whole[2],
            "Response: Follows\r\nPrivilege: Command\r\nline\n\r\n\r\nmore\n--END COMMAND--\r\n");
  EXPECT_EQ(whole[3], "Event: B\r\nY: \r\r\r\nZ: \n\n\n\r\n");
  EXPECT_EQ(blocks(four, std::vector<std::size_t>(four.size(), 1)), whole);
  for (std::size_t a = 0; a <= four.size(); ++a)
    for (std::size_t b = 0; a + b <= four.size(); ++b)
      ASSERT_EQ(blocks(four, {a, b, four.size() - a - b}), whole) << a << " " << b;
}

TEST(ami_framer, never_takes_lf_cr_lf_for_an_end) {
  EXPECT_TRUE(blocks("Message: x\n\r\n", {13}).empty());
}

TEST(ami_framer, finds_the_end_at_every_distance_from_the_start) {
  for (std::size_t length = 0; length < 100; ++length) {
    auto const text = std::string(length, '\r') + "x\r\n\r\n";
    EXPECT_EQ(find_block_end(text, 0), length + 1);
    EXPECT_EQ(find_block_end(text + "\r\n\r\n", length + 2), length + 3);
    EXPECT_EQ(find_block_end(std::string(length, 'x') + "\r\n\r", 0), std::string::npos);
  }
}

TEST(ami_framer, tells_a_block_that_is_too_long) {
  framer cutter(100);
  std::string text = "Event: A\r\nB: ";
  while (text.size() <= 103) {
    EXPECT_TRUE(cutter.next(text).empty());
    EXPECT_FALSE(cutter.too_long());
    text += 'x';
  }
  EXPECT_TRUE(cutter.next(text).empty());
  EXPECT_TRUE(cutter.too_long());
  auto const why = cutter.too_long_error(text);
  EXPECT_EQ(why.kind, error_kind::protocol);
  EXPECT_THAT(why.message, testing::HasSubstr("100 bytes; it begins with \"Event: A\""));
}

TEST(ami_framer, takes_the_banner_as_one_line) {
  framer const cutter;
  EXPECT_EQ(*cutter.banner("Asterisk Call Manager/11.0.0\r\nRes"),
            "Asterisk Call Manager/11.0.0\r\n");
  EXPECT_EQ(*cutter.banner("Asterisk Call Mana"), "");
  EXPECT_EQ(*cutter.banner(""), "");
}

TEST(ami_framer, says_what_it_got_instead_of_a_banner) {
  framer const cutter;
  auto const ssh = cutter.banner("SSH-2.0-OpenSSH_9.2\x01\r\n");
  ASSERT_FALSE(ssh);
  EXPECT_EQ(ssh.error().kind, error_kind::protocol);
  EXPECT_THAT(ssh.error().message, testing::HasSubstr("\"SSH-2.0-OpenSSH_9.2.\""));
  auto const endless = cutter.banner(std::string(300, 'y'));
  ASSERT_FALSE(endless);
  EXPECT_LT(endless.error().message.size(), 200U);
}

}  // namespace
}  // namespace calluna::ami
