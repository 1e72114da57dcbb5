#include <calluna/io/receive_buffer.hpp>

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace calluna::io {
namespace {

void put(receive_buffer& buffer, std::string_view bytes) {
  auto const room = buffer.prepare(bytes.size());
  ASSERT_GE(room.size(), bytes.size());
  std::memcpy(room.data(), bytes.data(), bytes.size());
  buffer.commit(bytes.size());
}

TEST(io_receive_buffer, gives_back_what_went_in_in_any_portions) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    std::mt19937 chance(seed);
    receive_buffer buffer(64);
    std::string in, out;
    std::vector<std::pair<std::shared_ptr<void const>, std::pair<std::string_view, std::string>>>
        held;
    for (int step = 0; step < 500; ++step) {
      std::string const part(chance() % 50 + 1, static_cast<char>('a' + step % 26));
      put(buffer, part);
      in += part;
      auto const readable = buffer.readable();
      auto const take = chance() % (readable.size() + 1);
      auto const taken = readable.substr(0, take);
      out += taken;
      if (chance() % 3 == 0) held.push_back({buffer.owner(), {taken, std::string(taken)}});
      if (held.size() > 5) held.erase(held.begin());
      buffer.consume(take);
      for (auto const& each : held) ASSERT_EQ(each.second.first, each.second.second);
    }
    out += buffer.readable();
    ASSERT_EQ(out, in);
  }
}

TEST(io_receive_buffer, grows_for_a_message_longer_than_a_block) {
  receive_buffer buffer(16);
  std::string whole;
  for (int i = 0; i < 100; ++i) {
    put(buffer, "0123456789");
    whole += "0123456789";
  }
  EXPECT_EQ(buffer.readable(), whole);
}

TEST(io_receive_buffer, uses_a_block_again_that_nobody_holds) {
  receive_buffer buffer(1024);
  put(buffer, "abc");
  auto const* const block = buffer.readable().data();
  buffer.consume(3);
  for (int i = 0; i < 10'000; ++i) {
    put(buffer, "abc");
    EXPECT_EQ(buffer.readable().data(), block);
    buffer.consume(3);
  }
}

TEST(io_receive_buffer, lets_other_threads_read_and_release_what_they_hold) {
  receive_buffer buffer(256);
  for (int round = 0; round < 300; ++round) {
    put(buffer, std::string(100, static_cast<char>('a' + round % 26)));
    std::thread reader([owner = buffer.owner(), view = buffer.readable(), round] {
      EXPECT_EQ(view, std::string(100, static_cast<char>('a' + round % 26)));
    });
    buffer.consume(100);
    if (round % 2 == 0) put(buffer, "x");
    if (round % 2 == 0) buffer.consume(1);
    reader.join();
  }
}

}  // namespace
}  // namespace calluna::io
