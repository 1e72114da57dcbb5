#include <calluna/agi/command.hpp>

#include <gtest/gtest.h>

namespace calluna::agi {
namespace {

// As Asterisk takes a line apart (parse_args of res_agi), written anew from what it does.
std::vector<std::string> taken_apart(std::string_view line) {
  std::vector<std::string> words;
  bool quoted = false, escaped = false, outside = true;
  for (char const c : line.substr(0, line.size() - 1)) {
    auto const put = [&] {
      if (outside) words.emplace_back();
      outside = false;
      words.back() += c;
      escaped = false;
    };
    if (c == '"' && !escaped) {
      quoted = !quoted;
      if (quoted && outside) words.emplace_back(), outside = false;
    } else if ((c == ' ' || c == '\t') && !quoted && !escaped) {
      outside = true;
    } else if (c == '\\' && !escaped) {
      escaped = true;
    } else {
      put();
    }
  }
  return words;
}

TEST(agi_command, is_a_line_of_words_quoted_where_needed) {
  EXPECT_EQ(*encode({"SET", "VARIABLE", "NAME", "two words"}), "SET VARIABLE NAME \"two words\"\n");
  EXPECT_EQ(*encode({"STREAM", "FILE", "beep", ""}), "STREAM FILE beep \"\"\n");
}

TEST(agi_command, keeps_each_word_one_word_whatever_is_in_it) {
  std::vector<std::vector<std::string>> const cases{
      {"SET", "VARIABLE", "X", "; , \" ' \\ ) ${Y} \t \xf0\x9f\x92\xa1"},
      {"SET", "VARIABLE", "X", "\" \"EXEC System rm"},
      {"SET", "VARIABLE", "X", "\\"},
      {"SET", "VARIABLE", "X", "\\\\\""},
      {"SET", "VARIABLE", "X", " "},
      {"X", "", "", "a"}};
  for (auto const& words : cases) {
    auto const line = encode(words);
    ASSERT_TRUE(line);
    EXPECT_EQ(taken_apart(*line), words) << *line;
    EXPECT_EQ(line->find('\n'), line->size() - 1);
  }
}

TEST(agi_command, refuses_what_would_end_its_line) {
  for (auto const* value : {"a\nEXEC System x", "a\r", "\n"}) {
    auto const line = encode({"SET", "VARIABLE", "X", value});
    ASSERT_FALSE(line);
    EXPECT_EQ(line.error().kind, error_kind::invalid);
  }
  EXPECT_FALSE(encode({"SET", std::string("a\0b", 3)}));
}

TEST(agi_command, refuses_what_asterisk_would_cut) {
  std::string const head = "SET VARIABLE X ";
  auto const fits =
      encode({"SET", "VARIABLE", "X", std::string(longest_command - head.size() - 1, 'x')});
  ASSERT_TRUE(fits);
  EXPECT_EQ(fits->size(), longest_command);
  EXPECT_FALSE(encode({"SET", "VARIABLE", "X", std::string(longest_command - head.size(), 'x')}));
  EXPECT_TRUE(encode(std::vector<std::string>(most_words, "x")));
  EXPECT_FALSE(encode(std::vector<std::string>(most_words + 1, "x")));
  EXPECT_FALSE(encode({}));
}

}  // namespace
}  // namespace calluna::agi
