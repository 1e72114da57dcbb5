#include <calluna/erp/breaker.hpp>

#include <gtest/gtest.h>

namespace calluna::erp {
namespace {

using namespace std::chrono_literals;

struct erp_breaker : testing::Test {
  void fail(int times) {
    for (int i = 0; i < times; ++i) b.failed(time.now());
  }
  manual_clock time;
  breaker b{breaker_policy{3, 1000ms, 4000ms}};
};

TEST_F(erp_breaker, opens_after_failures_in_a_row_only) {
  fail(2);
  b.succeeded();
  fail(2);
  EXPECT_EQ(b.state(), breaker_state::closed);
  EXPECT_TRUE(b.allow(time.now()));
  fail(1);
  EXPECT_EQ(b.state(), breaker_state::open);
  EXPECT_FALSE(b.allow(time.now()));
}

TEST_F(erp_breaker, lets_one_trial_through_after_its_pause) {
  fail(3);
  time.advance(999ms);
  EXPECT_FALSE(b.would_allow(time.now()));
  time.advance(1ms);
  EXPECT_TRUE(b.would_allow(time.now()));
  EXPECT_TRUE(b.allow(time.now()));
  EXPECT_EQ(b.state(), breaker_state::half_open);
  EXPECT_FALSE(b.allow(time.now()));
}

TEST_F(erp_breaker, closes_when_the_trial_is_answered) {
  fail(3);
  time.advance(1s);
  EXPECT_TRUE(b.allow(time.now()));
  b.succeeded();
  EXPECT_EQ(b.state(), breaker_state::closed);
  fail(2);
  EXPECT_EQ(b.state(), breaker_state::closed);
}

TEST_F(erp_breaker, waits_twice_as_long_after_each_failed_trial_up_to_a_ceiling) {
  fail(3);
  for (auto const pause : {1s, 2s, 4s, 4s}) {
    time.advance(pause - 1ms);
    EXPECT_FALSE(b.allow(time.now()));
    time.advance(1ms);
    EXPECT_TRUE(b.allow(time.now()));
    fail(1);
    EXPECT_EQ(b.state(), breaker_state::open);
  }
  time.advance(4s);
  EXPECT_TRUE(b.allow(time.now()));
  b.succeeded();
  fail(3);
  time.advance(1s);
  EXPECT_TRUE(b.allow(time.now())) << "an answer makes the pause short again";
}

TEST_F(erp_breaker, a_trial_that_never_left_leaves_the_place_to_the_next) {
  fail(3);
  time.advance(1s);
  EXPECT_TRUE(b.allow(time.now()));
  b.gave_up();
  EXPECT_TRUE(b.allow(time.now()));
}

TEST_F(erp_breaker, failures_of_calls_that_left_before_it_opened_change_nothing) {
  fail(3);
  auto const until = b.opens_at();
  time.advance(500ms);
  fail(5);
  EXPECT_EQ(b.opens_at(), until);
}

}  // namespace
}  // namespace calluna::erp
