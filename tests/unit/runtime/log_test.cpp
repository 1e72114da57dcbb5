#include "temporary_folder.hpp"

#include <calluna/runtime/log.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace calluna::runtime {
namespace {

using testing::ElementsAre;
using testing::MatchesRegex;

struct captured_log {
  std::vector<std::string> lines;
  log_options options(log_level level = log_level::info, log_format format = log_format::systemd) {
    return {level, format, [this](std::string_view line) { lines.emplace_back(line); }};
  }
};

TEST(log, puts_time_level_room_and_text_on_a_line) {
  captured_log log;
  make_log_sink(log.options(log_level::info, log_format::plain))
      ->write(log_level::warning, "ami", "lost");
  EXPECT_THAT(log.lines,
              ElementsAre(MatchesRegex("[0-9-]{10} [0-9:]{8}\\.[0-9]{3} warning ami: lost")));
}

TEST(log, lets_the_journal_know_the_level) {
  captured_log log;
  auto const sink = make_log_sink(log.options(log_level::debug));
  sink->write(log_level::debug, "ami", "a");
  sink->write(log_level::info, "ami", "b");
  sink->write(log_level::warning, "ami", "c");
  sink->write(log_level::error, "ami", "d");
  EXPECT_THAT(log.lines, ElementsAre("<7>ami: a", "<6>ami: b", "<4>ami: c", "<3>ami: d"));
}

TEST(log, leaves_out_what_is_below_its_level) {
  captured_log log;
  auto const sink = make_log_sink(log.options(log_level::warning));
  sink->write(log_level::info, "ami", "no");
  sink->write(log_level::warning, "ami", "yes");
  EXPECT_THAT(log.lines, ElementsAre("<4>ami: yes"));
}

TEST(log, does_not_take_a_text_for_a_format) {
  captured_log log;
  make_log_sink(log.options())->write(log_level::info, "{}", "{} %v {0:d}");
  EXPECT_THAT(log.lines, ElementsAre("<6>{}: {} %v {0:d}"));
}

TEST(log, cannot_be_forged_by_what_a_caller_calls_himself) {
  captured_log log;
  make_log_sink(log.options())->write(log_level::info, "app", "from Ann\n<3>ami: fire\x1b[2J");
  EXPECT_THAT(log.lines, ElementsAre("<6>app: from Ann\\n<3>ami: fire\\x1b[2J"));
}

TEST(log, escapes_controls_and_keeps_all_other_text) {
  EXPECT_EQ(escape_controls("Zoë 日本 😀 \\ \"x\""), "Zoë 日本 😀 \\ \"x\"");
  EXPECT_EQ(escape_controls(std::string_view{"\0\t\r\x7f", 4}), "\\x00\\t\\r\\x7f");
  EXPECT_EQ(escape_controls("\xc2\x85"), "\\u0085");
  EXPECT_EQ(escape_controls("\xe2\x80\xae"
                            "abc"),
            "\\u202eabc");
  EXPECT_EQ(escape_controls("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(escape_controls("\xc0\x8a"), "\\xc0\\x8a") << "an overlong line feed";
  EXPECT_EQ(escape_controls("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
}

TEST(log, counts_a_line_that_comes_again_and_again) {
  captured_log log;
  auto const sink = make_log_sink(log.options());
  for (int i = 0; i < 4; ++i) sink->write(log_level::info, "ami", "refused");
  sink->write(log_level::info, "ami", "logged in");
  EXPECT_THAT(log.lines, ElementsAre("<6>ami: refused", "<6>log: last message repeated 3 times",
                                     "<6>ami: logged in"));
}

TEST(log, tells_repeats_at_its_end) {
  captured_log log;
  {
    auto const sink = make_log_sink(log.options());
    for (int i = 0; i < 2; ++i) sink->write(log_level::info, "ami", "refused");
  }
  EXPECT_THAT(log.lines, ElementsAre("<6>ami: refused", "<6>log: last message repeated 1 time"));
}

TEST(log, bounds_the_length_of_a_line) {
  captured_log log;
  make_log_sink(log.options())->write(log_level::info, "app", std::string(10'000, 'x'));
  EXPECT_EQ(log.lines.at(0), "<6>app: " + std::string(8192, 'x') + "... (1808 bytes more)");
}

TEST(log, keeps_the_lines_of_several_threads_whole) {
  captured_log log;
  auto const sink = make_log_sink(log.options());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) sink->write(log_level::info, "app", fmt::format("{}/{}", t, i));
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(log.lines.size(), 400u);
}

TEST(log, knows_the_journal_by_the_stream_it_names) {
  struct stat status {};
  ASSERT_EQ(::fstat(STDERR_FILENO, &status), 0);
  auto const ours = fmt::format("{}:{}", status.st_dev, status.st_ino);
  test::environment_variable const set{"JOURNAL_STREAM", ours.c_str()};
  EXPECT_EQ(detect_log_format(), log_format::systemd);
  test::environment_variable const other{"JOURNAL_STREAM", "1:1"};
  EXPECT_EQ(detect_log_format(), log_format::plain);
  test::environment_variable const none{"JOURNAL_STREAM", nullptr};
  EXPECT_EQ(detect_log_format(), log_format::plain);
}

}  // namespace
}  // namespace calluna::runtime
