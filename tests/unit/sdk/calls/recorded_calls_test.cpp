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

class recorded_calls : public ::testing::TestWithParam<std::size_t> {
 protected:
  recording_file const& file() const { return recordings()[GetParam()]; }
  ordered expected() const {
    std::ifstream in(wire_folder() / file().scenario / "expected.json");
    return ordered::parse(in);
  }
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

INSTANTIATE_TEST_SUITE_P(wire, recorded_calls,
                         ::testing::Range<std::size_t>(0, recordings().size()),
                         [](auto const& test) { return recordings()[test.param].name(); });

TEST(recorded_calls_of_both_versions, are_all_there) {
  EXPECT_EQ(recordings().size(), 122u);
}

}  // namespace
}  // namespace calluna::calls::testing
