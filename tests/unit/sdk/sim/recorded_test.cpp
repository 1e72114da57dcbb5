// The same stories on the offline PBX and on a real Asterisk 22 (tests/wire/calls): each channel's
// events, in their order, in AMI and in ARI. What differs stands in differences.txt.
#include "recorded_stage.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

namespace calluna::sim::test {
namespace {

streams recorded(std::string const& story) {
  sorter s;
  // Recordings just made by tests/integration/sim_beside_asterisk.sh, else those that are kept.
  auto const* const fresh = std::getenv("CALLUNA_RECORDINGS");
  std::string const folder = fresh != nullptr ? fresh : CALLUNA_SOURCE_DIR "/tests/wire/calls";
  std::ifstream in(folder + "/" + story + "/22.jsonl");
  EXPECT_TRUE(in) << story;
  for (std::string line; std::getline(in, line);) {
    auto const j = json::parse(line);
    if (j.contains("ami")) s.ami(j["ami"]);
    if (j.contains("ari")) s.ari(j["ari"]);
  }
  return s.all;
}

std::vector<story> const& stories() {
  static auto const all = [] {
    std::vector<story> found;
    for (auto const some : {&simple_stories, &stasis_stories, &queued_stories, &transferred_stories,
                            &held_stories, &local_stories}) {
      auto const more = some();
      found.insert(found.end(), more.begin(), more.end());
    }
    return found;
  }();
  return all;
}

/// A line of differences.txt: "story | ami PJSIP/101#1 | DTMFBegin, DTMFEnd | why". If the reason
/// begins with "either order", only the place of the events is not compared.
struct difference {
  std::string story, stream;
  std::set<std::string> words;
  bool either_order = false;
  bool needed = false;
};

std::vector<difference> known_differences() {
  std::vector<difference> all;
  std::ifstream in(CALLUNA_SOURCE_DIR "/tests/unit/sdk/sim/differences.txt");
  auto const trim = [](std::string s) {
    while (!s.empty() && s.back() == ' ') s.pop_back();
    while (!s.empty() && s.front() == ' ') s.erase(0, 1);
    return s;
  };
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    auto const parts = split_arguments(line, '|');
    EXPECT_EQ(parts.size(), 4U) << line;
    difference d{trim(parts[0]), trim(parts[1]), {}};
    for (auto const& word : split_arguments(parts[2], ',')) d.words.insert(trim(word));
    d.either_order = trim(parts[3]).rfind("either order", 0) == 0;
    d.needed = d.either_order;
    all.push_back(std::move(d));
  }
  return all;
}

std::vector<std::string> without(std::vector<std::string> words, std::set<std::string> const& out) {
  words.erase(std::remove_if(words.begin(), words.end(),
                             [&](auto const& w) {
                               return out.count(w) != 0 || out.count(w.substr(0, w.find(' '))) != 0;
                             }),
              words.end());
  return words;
}

/// A phone's ringing is told by a thread of its own in Asterisk, so that either order occurs.
std::vector<std::string> in_order(std::vector<std::string> const& words) {
  return without(words, {"Newstate Ringing", "ChannelStateChange Ringing"});
}

class sim_beside_asterisk : public testing::TestWithParam<story> {};

TEST_P(sim_beside_asterisk, each_channel_has_the_same_events_in_the_same_order) {
  auto const real = recorded(GetParam().name);
  stage s;
  GetParam().play(s);
  s.pass(120s);
  auto& ours = s.heard.all;
  EXPECT_THAT(s.pbx.channels(), testing::IsEmpty());
  auto known = known_differences();
  std::set<std::string> names;
  for (auto const& [name, words] : real) names.insert(name);
  for (auto const& [name, words] : ours) names.insert(name);
  for (auto const& name : names) {
    auto const here = ours[name];
    auto const there = real.count(name) != 0 ? real.at(name) : std::vector<std::string>{};
    std::set<std::string> out, anywhere;
    for (auto& d : known)
      if (d.story == GetParam().name && d.stream == name) {
        auto& into = d.either_order ? anywhere : out;
        into.insert(d.words.begin(), d.words.end());
        d.needed |= in_order(here) != in_order(there);
      }
    auto const ours_left = without(here, out), theirs_left = without(there, out);
    EXPECT_THAT(ours_left, testing::UnorderedElementsAreArray(theirs_left)) << name;
    EXPECT_EQ(in_order(without(ours_left, anywhere)), in_order(without(theirs_left, anywhere)))
        << name << " (first ours, then Asterisk's)";
  }
  for (auto const& d : known)
    EXPECT_TRUE(d.needed || d.story != GetParam().name)
        << "differences.txt: no difference any more: " << d.stream;
}

INSTANTIATE_TEST_SUITE_P(, sim_beside_asterisk, testing::ValuesIn(stories()),
                         [](auto const& of) { return std::string(of.param.name); });

}  // namespace
}  // namespace calluna::sim::test
