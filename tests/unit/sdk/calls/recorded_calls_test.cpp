#include "expectation.hpp"
#include "recording.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace calluna::calls::testing {
namespace {

std::string joined(std::vector<std::string> const& lines) {
  std::string all;
  for (auto const& line : lines) all += "  " + line + '\n';
  return all;
}

/// What ARI has no events for: queues (and so the time in them), the lots and ends of parking,
/// recordings by MixMonitor; and who called, where an application dials and nobody answers.
bool ari_tells(std::string const& scenario, std::string const& difference) {
  struct gap {
    std::string_view scenario, words;
  };
  constexpr gap gaps[] = {{"queue", "queue"},         {"queue", ": wait"},
                          {"queue", ": ring"},        {"park", ": parked "},
                          {"park", "role"},           {"recorded", "recordings"},
                          {"stasis_noanswer", "call"}};
  for (auto const& g : gaps)
    if (scenario.starts_with(g.scenario) && difference.find(g.words) != std::string::npos)
      return false;
  return true;
}

class recorded_calls : public ::testing::TestWithParam<std::filesystem::path> {
 protected:
  recording_file const& file() const { return file_; }
  ordered expected() const {
    std::ifstream in(wire_folder() / file().scenario / "expected.json");
    return ordered::parse(in);
  }

 private:
  recording_file const file_ = load(GetParam());
};

TEST_P(recorded_calls, come_to_the_history_written_by_hand) {
  listener all;
  all.hear_all(file());
  auto const lines = expectation::differences(expected(), all.ended);
  EXPECT_TRUE(lines.empty()) << joined(lines);
  EXPECT_EQ(all.model.size(), 0u);
}

TEST_P(recorded_calls, come_to_the_same_with_ami_alone) {
  listener both, ami;
  both.hear_all(file());
  ami.hear_all(file(), hearing_to::ami_only);
  ASSERT_EQ(both.ended.size(), ami.ended.size());
  for (std::size_t i = 0; i < both.ended.size(); ++i)
    EXPECT_EQ(to_json(both.ended[i]), to_json(ami.ended[i]));
}

TEST_P(recorded_calls, come_to_the_same_history_with_ari_alone_but_for_what_ari_does_not_tell) {
  listener ari;
  ari.hear_all(file(), hearing_to::ari_only);
  auto lines = expectation::differences(expected(), ari.ended);
  std::erase_if(lines, [&](auto const& line) { return !ari_tells(file().scenario, line); });
  EXPECT_TRUE(lines.empty()) << joined(lines);
  EXPECT_EQ(ari.model.size(), 0u);
}

INSTANTIATE_TEST_SUITE_P(wire, recorded_calls, ::testing::ValuesIn(recording_paths()),
                         [](auto const& test) {
                           return test.param.parent_path().filename().string() + '_' +
                                  test.param.stem().string();
                         });

TEST(recorded_calls_of_both_versions, are_all_there) {
  EXPECT_EQ(recording_paths().size(), 122u);
}

}  // namespace
}  // namespace calluna::calls::testing
