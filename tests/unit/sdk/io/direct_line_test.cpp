#include <calluna/io/direct_line.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <memory>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace calluna::io {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct direct_line_test : testing::Test {
  void SetUp() override { ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0); }
  void TearDown() override {
    for (int const end : ends) ::close(end);
  }
  void open(std::size_t credit = 100) {
    line.open(ends[0], credit, [this] { ++woken; });
  }
  bool send(std::string const& text) {
    return line.send([&](std::string& bytes) {
      bytes = text;
      return std::optional(text);
    });
  }
  std::vector<std::string> sent(std::size_t credit = 100) {
    std::vector<std::string> all;
    line.take_sent(all, credit);
    return all;
  }
  std::string read(std::size_t count) {
    std::string text(count, '\0');
    for (std::size_t have = 0; have < count;) {
      auto const n = ::read(ends[1], text.data() + have, count - have);
      if (n <= 0) break;
      have += static_cast<std::size_t>(n);
    }
    return text;
  }

  std::array<int, 2> ends{};
  direct_line<std::string> line;
  int woken = 0;
};

TEST_F(direct_line_test, sends_and_tells_the_owner_what) {
  open();
  EXPECT_TRUE(send("one"));
  EXPECT_TRUE(send("two"));
  EXPECT_EQ(read(6), "onetwo");
  EXPECT_THAT(sent(), ElementsAre("one", "two"));
  EXPECT_THAT(sent(), IsEmpty());
  EXPECT_EQ(woken, 0);
}

TEST_F(direct_line_test, nothing_is_made_while_it_is_closed_held_or_without_credit) {
  bool made = false;
  auto const attempt = [&] {
    return line.send([&](std::string&) {
      made = true;
      return std::optional(std::string());
    });
  };
  EXPECT_FALSE(attempt()) << "not open";
  open(0);
  EXPECT_FALSE(attempt()) << "no credit";
  EXPECT_THAT(sent(1), IsEmpty());
  EXPECT_EQ(line.hold(), "");
  EXPECT_FALSE(attempt()) << "held";
  line.release();
  EXPECT_EQ(line.close(), "");
  EXPECT_FALSE(attempt()) << "closed";
  EXPECT_FALSE(made);
}

TEST_F(direct_line_test, each_send_costs_a_credit_and_one_that_makes_nothing_costs_none) {
  open(2);
  EXPECT_TRUE(send("a"));
  EXPECT_FALSE(line.send([](std::string& bytes) {
    bytes = "never";
    return std::optional<std::string>();
  }));
  EXPECT_TRUE(send("b"));
  EXPECT_FALSE(send("c"));
  EXPECT_THAT(sent(1), ElementsAre("a", "b"));
  EXPECT_TRUE(send("d"));
  EXPECT_EQ(read(3), "abd");
}

TEST_F(direct_line_test, what_a_full_socket_does_not_take_goes_before_all_else) {
  open();
  std::string const large(8 << 20, 'x');
  EXPECT_TRUE(send(large));
  EXPECT_EQ(woken, 1);
  EXPECT_FALSE(send("later"));
  auto const rest = line.hold();
  ASSERT_FALSE(rest.empty());
  ASSERT_LT(rest.size(), large.size());
  EXPECT_EQ(read(large.size() - rest.size()), large.substr(rest.size()));
  EXPECT_FALSE(send("later")) << "until the owner has written it";
  line.release();
  EXPECT_TRUE(send("later"));
  EXPECT_EQ(read(5), "later");
  EXPECT_THAT(sent(), testing::SizeIs(2));
}

TEST_F(direct_line_test, closing_gives_back_what_was_not_taken) {
  open();
  EXPECT_TRUE(send(std::string(8 << 20, 'x')));
  EXPECT_FALSE(line.close().empty());
  open();
  EXPECT_EQ(line.hold(), "") << "it belonged to the connection before";
}

TEST_F(direct_line_test, a_broken_connection_takes_everything) {
  open();
  ::shutdown(ends[0], SHUT_WR);
  EXPECT_TRUE(send("lost"));
  EXPECT_THAT(sent(), ElementsAre("lost"));
  EXPECT_EQ(woken, 0);
}

TEST_F(direct_line_test, many_threads_never_mix_their_bytes_and_are_told_in_the_order_of_the_wire) {
  constexpr int each = 2000, threads = 4;
  open(each * threads);
  std::vector<std::thread> senders;
  for (int t = 0; t < threads; ++t)
    senders.emplace_back([this, t] {
      for (int i = 0; i < each;) i += send("<" + std::to_string(t * each + i) + ">") ? 1 : 0;
    });
  std::string wire, told;
  std::array<char, 4096> room{};
  std::thread owner([&] {
    for (std::size_t seen = 0; seen < std::size_t{each} * threads;) {
      auto const all = sent(each * threads);
      for (auto const& text : all) told += text;
      seen += all.size();
      auto const rest = line.hold();
      if (!rest.empty()) {
        // As an owner would: all of it, before anybody else.
        for (std::size_t at = 0; at < rest.size();)
          at += send_now(ends[0], std::string_view(rest).substr(at));
      }
      line.release();
    }
    ::shutdown(ends[0], SHUT_WR);
  });
  for (ssize_t n; (n = ::read(ends[1], room.data(), room.size())) > 0;)
    wire.append(room.data(), static_cast<std::size_t>(n));
  for (auto& s : senders) s.join();
  owner.join();
  EXPECT_TRUE(wire == told);
}

}  // namespace
}  // namespace calluna::io
