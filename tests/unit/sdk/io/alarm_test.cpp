#include <calluna/io/alarm.hpp>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <string>

namespace calluna::io {
namespace {

using namespace std::chrono_literals;

struct alarms : testing::Test {
  boost::asio::io_context loop;
  std::shared_ptr<manual_clock> time = std::make_shared<manual_clock>();
  std::string rung;
  unique_function<void()> note(char what) {
    return [this, what] { rung += what; };
  }
  void pass(std::chrono::seconds span) {
    time->advance(span);
    loop.restart();
    loop.poll();
  }
};

TEST_F(alarms, ring_on_the_loop_when_the_hand_of_the_clock_gets_there) {
  alarm early(loop.get_executor(), time), late(loop.get_executor(), time);
  late.set(time->now() + 5s, note('b'));
  early.set(time->now() + 2s, note('a'));
  EXPECT_EQ(time->next_alarm(), time->now() + 2s);
  pass(1s);
  EXPECT_EQ(rung, "");
  pass(4s);
  EXPECT_EQ(rung, "ab");
  EXPECT_EQ(time->next_alarm(), std::nullopt);
}

TEST_F(alarms, are_silent_once_cancelled_set_again_or_gone) {
  alarm one(loop.get_executor(), time);
  one.set(time->now() + 1s, note('x'));
  one.set(time->now() + 3s, note('a'));
  {
    alarm gone(loop.get_executor(), time);
    gone.set(time->now() + 1s, note('x'));
  }
  pass(2s);
  EXPECT_EQ(rung, "");
  pass(1s);
  EXPECT_EQ(rung, "a");
  one.set(time->now() + 1s, note('x'));
  one.cancel();
  pass(9s);
  EXPECT_EQ(rung, "a");
}

TEST_F(alarms, that_rang_but_were_not_heard_yet_can_be_cancelled) {
  alarm one(loop.get_executor(), time);
  one.set(time->now(), note('x'));
  time->advance(1s);
  one.cancel();
  loop.poll();
  EXPECT_EQ(rung, "");
}

TEST_F(alarms, of_a_real_clock_wait_for_the_loop_s_timer) {
  alarm one(loop.get_executor(), std::make_shared<real_clock>()),
      other(loop.get_executor(), std::make_shared<real_clock>());
  other.set(clock::time_point::max(), note('x'));
  other.cancel();
  one.set(std::chrono::steady_clock::now() + 1ms, note('a'));
  loop.run();
  EXPECT_EQ(rung, "a");
}

TEST_F(alarms, a_wall_clock_moves_with_the_hand) {
  manual_clock clock(clock::wall_time(1'000s));
  clock.advance(90min);
  EXPECT_EQ(clock.wall(), clock::wall_time(1'000s + 90min));
}

}  // namespace
}  // namespace calluna::io
