// The client's side: what is typed, what it asks the runtime for, what it shows.
#include "../../../../runtime/src/console/console_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <deque>
#include <sstream>
#include <unistd.h>

namespace calluna::runtime {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

class console_command : public testing::Test {
 protected:
  /// What is typed, all at once; and what the runtime answers to all but open and close.
  int talk(std::string const& typed, std::deque<result<json>> answers, bool prompts = false) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    EXPECT_EQ(::write(ends[1], typed.data(), typed.size()), static_cast<ssize_t>(typed.size()));
    ::close(ends[1]);
    auto const ask = [&](json const& request) -> result<json> {
      auto const what = request.value("do", "");
      asked.push_back(request.contains("text") ? what + " " + request.value("text", "") : what);
      if (what == "open") return json{{"session", 7}};
      if (what == "close") return json::object();
      EXPECT_EQ(request.value("session", 0), 7);
      if (answers.empty()) return fail(error_kind::gone, "nothing more");
      auto answer = std::move(answers.front());
      answers.pop_front();
      if (on_line) on_line();
      return answer;
    };
    auto const code = console::talk(ask, false, ends[0], prompts, out, err);
    ::close(ends[0]);
    return code;
  }
  static json value(std::string const& text) {
    return {{"output", json::array()}, {"done", true}, {"result", text}};
  }

  std::vector<std::string> asked;
  std::function<void()> on_line;
  std::ostringstream out, err;
};

TEST_F(console_command, shows_values_alone_in_a_pipe) {
  EXPECT_EQ(talk("1+1\n\n2\n", {value("2"), value("2")}), 0);
  EXPECT_EQ(out.str(), "2\n2\n");
  EXPECT_THAT(asked, ElementsAre("open", "line 1+1", "line 2", "close"));
}

TEST_F(console_command, takes_a_last_line_without_an_end) {
  EXPECT_EQ(talk("1", {value("1")}), 0);
  EXPECT_EQ(out.str(), "1\n");
}

TEST_F(console_command, tells_at_the_end_that_a_line_failed) {
  EXPECT_EQ(talk("x\n1\n", {json{{"done", true}, {"error", "no x"}}, value("1")}), 1);
  EXPECT_EQ(out.str(), "1\n");
  EXPECT_EQ(err.str(), "no x\n");
}

TEST_F(console_command, goes_on_with_another_line_if_one_is_not_complete) {
  json const more{{"done", true}, {"incomplete", true}, {"message", "'end' expected"}};
  EXPECT_EQ(talk("do\nend\n", {more, value("")}), 0);
  EXPECT_THAT(asked, ElementsAre("open", "line do", "line do\nend", "close"));
  EXPECT_EQ(talk("do\n", {more}), 1);
  EXPECT_EQ(err.str(), "'end' expected\n");
}

TEST_F(console_command, asks_on_until_a_line_is_done) {
  EXPECT_EQ(talk("slow()\n", {json{{"done", false}, {"output", {"one"}}}, value("2")}), 0);
  EXPECT_EQ(out.str(), "one\n2\n");
  EXPECT_THAT(asked, ElementsAre("open", "line slow()", "more", "close"));
}

TEST_F(console_command, breaks_off_a_line_at_an_interrupt) {
  on_line = [] { std::raise(SIGINT); };
  EXPECT_EQ(talk("slow()\n", {json{{"done", false}}, value("nil")}), 0);
  EXPECT_THAT(asked, ElementsAre("open", "line slow()", "interrupt", "close"));
}

TEST_F(console_command, ends_with_quit) {
  EXPECT_EQ(talk("quit\n1\n", {}), 0);
  EXPECT_THAT(asked, ElementsAre("open", "close"));
}

TEST_F(console_command, prompts_who_types) {
  json const more{{"done", true}, {"incomplete", true}};
  EXPECT_EQ(talk("do\nend\nx\n", {more, value(""), json{{"done", true}, {"error", "no x"}}}, true),
            0);
  EXPECT_THAT(out.str(), HasSubstr("\n> >> > > \n"));
}

TEST_F(console_command, says_that_the_runtime_has_gone) {
  EXPECT_EQ(talk("1\n", {}), 1);
  EXPECT_EQ(err.str(), "calluna console: nothing more\n");
  EXPECT_THAT(asked, ElementsAre("open", "line 1"));
}

TEST_F(console_command, shows_nothing_that_could_drive_a_terminal) {
  EXPECT_EQ(talk("x\n", {value("a\x1b[2J\n\tb")}), 0);
  EXPECT_EQ(out.str(), "a\\x1b[2J\n\tb\n");
}

}  // namespace
}  // namespace calluna::runtime
