#include "../../../../runtime/src/recording/scrubber.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <random>
#include <set>

namespace calluna::runtime::recording {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

json event(std::string const& block) {
  return {{"at", 1}, {"pbx", "main"}, {"event", block}};
}

TEST(scrubber, gives_a_number_the_same_other_ending_in_each_notation) {
  scrubber s;
  EXPECT_EQ(s.scrub_text("+14155550101"), "+14155550001");
  EXPECT_EQ(s.scrub_text("4155550101"), "4155550001");
  EXPECT_EQ(s.scrub_text("PJSIP/0014155550101@trunk"), "PJSIP/0014155550001@trunk");
  EXPECT_EQ(s.scrub_text("+493012345678"), "+493015550002");
}

TEST(scrubber, leaves_extensions_ids_and_times) {
  scrubber s;
  for (auto const* text : {"101", "PJSIP/101-0000000a", "1764592000.17",
                           "Timestamp 1764592000.123456", "2026-12-01T13:21:33.123+0000", "555-01"})
    EXPECT_EQ(s.scrub_text(text), text);
}

TEST(scrubber, finds_a_callers_number_however_it_is_written) {
  scrubber s;
  s.learn(event("Event: Newchannel\r\nCallerIDNum: +14155550199\r\n"));
  EXPECT_EQ(s.scrub_text("call (415) 555-0199 back"), "call (415) 555-0001 back");
  EXPECT_EQ(s.scrub_text("12.12.2026 12:30"), "12.12.2026 12:30");
}

TEST(scrubber, gives_a_name_the_same_other_name_wherever_it_is) {
  scrubber s;
  auto const line = event("Event: Newexten\r\nCallerIDName: Ann\r\nAppData: Hello Ann, Anna\r\n");
  s.learn(line);
  s.learn({{"at", 1},
           {"pbx", "main"},
           {"ari",
            {{"type", "StasisStart"},
             {"channel", {{"caller", {{"name", "Bob Ann"}, {"number", ""}}}}}}}});
  EXPECT_EQ(s.scrub(line)["event"],
            "Event: Newexten\r\nCallerIDName: Person 1\r\nAppData: Hello Person 1, Anna\r\n");
  EXPECT_EQ(s.scrub_text("Bob Ann"), "Person 2");
}

TEST(scrubber, leaves_the_protocols_own_words) {
  scrubber s;
  auto const line = event("Event: Hangup\r\nChannelStateDesc: Up\r\nCallerIDName: Up\r\n");
  s.learn(line);
  EXPECT_EQ(s.scrub(line)["event"],
            "Event: Hangup\r\nChannelStateDesc: Up\r\nCallerIDName: Person 1\r\n");
}

TEST(scrubber, reads_escaped_names) {
  scrubber s;
  s.learn(event("Event: Newchannel\r\nCallerIDName: A\\\"n\\\"n\r\n"));
  EXPECT_EQ(s.scrub_text("A\"n\"n"), "Person 1");
}

/// Whatever is called how and wherever it stands: no name and no number of it is left, what was the
/// same is the same, what was not is not.
TEST(scrubber, leaves_nobody_in_any_recording) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::mt19937 chance(seed);
    auto const any = [&](int low, int high) {
      return std::uniform_int_distribution(low, high)(chance);
    };
    std::vector<std::string> numbers, names;
    std::set<std::string> endings;
    for (int i = 0; i < 12; ++i) {
      auto const ending = fmt::format("{:07}", any(6'000'000, 9'999'999));
      endings.insert(ending);
      numbers.push_back(
          fmt::format("{}{}", std::vector{"+1415", "0", "0049", "+4930"}[any(0, 3)], ending));
      names.push_back(fmt::format("{} {}", std::vector{"Zoë", "Ann", "O'Neil", "Müller"}[any(0, 3)],
                                  std::string(1 + any(0, 3), static_cast<char>('A' + i))));
    }
    std::vector<json> lines;
    for (int i = 0; i < 40; ++i) {
      auto const& number = numbers[any(0, 11)];
      auto const& name = names[any(0, 11)];
      lines.push_back(
          any(0, 1) == 0
              ? event(fmt::format("Event: Newexten\r\nCallerIDNum: {}\r\nCallerIDName: {}\r\n"
                                  "AppData: PJSIP/{}@trunk,20,X({})\r\nUniqueid: 1764592000.{}\r\n",
                                  number, name, numbers[any(0, 11)], names[any(0, 11)], i))
              : json{{"at", i},
                     {"pbx", "main"},
                     {"ari",
                      {{"type", "ChannelCreated"},
                       {"channel",
                        {{"id", fmt::format("1764592000.{}", i)},
                         {"caller", {{"name", name}, {"number", number}}},
                         {"dialplan", {{"exten", numbers[any(0, 11)]}}}}}}}});
    }
    scrubber s;
    for (auto const& line : lines) s.learn(line);
    std::set<std::string> learned_endings, learned_names;
    for (auto const& line : lines) {
      auto const text = line.dump();
      auto const other = s.scrub(line);
      auto const told = other.dump();
      for (auto const& ending : endings) EXPECT_THAT(told, Not(HasSubstr(ending))) << seed;
      if (line.contains("ari")) {
        EXPECT_THAT(told,
                    Not(HasSubstr(line["ari"]["channel"]["caller"]["name"].get<std::string>())));
        EXPECT_EQ(other["ari"]["channel"]["id"], line["ari"]["channel"]["id"]);
      }
      EXPECT_EQ(s.scrub(line), other);
    }
    std::set<std::string> before(numbers.begin(), numbers.end()), after;
    for (auto const& number : before) after.insert(s.scrub_text(number));
    EXPECT_EQ(before.size(), after.size());
  }
}

}  // namespace
}  // namespace calluna::runtime::recording
