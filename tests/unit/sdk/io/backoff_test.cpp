#include <calluna/io/backoff.hpp>

#include <gtest/gtest.h>

#include <set>

namespace calluna::io {
namespace {

using namespace std::chrono_literals;

TEST(io_backoff, doubles_up_to_the_ceiling_and_begins_again_after_a_success) {
  backoff waits({100ms, 1500ms, 0.0});
  for (auto const expected : {100ms, 200ms, 400ms, 800ms, 1500ms, 1500ms})
    EXPECT_EQ(waits.next(), expected);
  EXPECT_EQ(waits.attempts(), 6);
  waits.reset();
  EXPECT_EQ(waits.next(), 100ms);
}

TEST(io_backoff, leaves_its_share_to_chance_and_never_waits_longer) {
  std::set<backoff::duration> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    backoff waits({1000ms, 1000ms, 0.25}, seed * 7919);
    for (int i = 0; i < 5; ++i) {
      auto const wait = waits.next();
      EXPECT_GE(wait, 750ms);
      EXPECT_LE(wait, 1000ms);
      seen.insert(wait);
    }
  }
  EXPECT_GT(seen.size(), 100U);
}

}  // namespace
}  // namespace calluna::io
