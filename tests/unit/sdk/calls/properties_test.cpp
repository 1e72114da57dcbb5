#include "tracker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>

namespace calluna::calls::testing {
namespace {

/// Over all recordings at once: these tests are short, and a name in the message tells which.
class every_recording : public ::testing::Test {
 protected:
  template <class Visit>
  void each(Visit&& visit) {
    for (auto const& file : recordings()) {
      SCOPED_TRACE(file.name());
      visit(file);
    }
  }

  void expect_ended_well(listener const& all) {
    std::set<std::string> ids;
    for (auto const& c : all.ended) {
      EXPECT_EQ(broken_end(c), "");
      EXPECT_TRUE(ids.insert(c.id).second) << c.id << " ended twice";
    }
    EXPECT_EQ(all.model.size(), 0u);
  }
};

TEST_F(every_recording, keeps_each_channel_in_one_call_after_every_event) {
  each([&](recording_file const& file) {
    listener all;
    tracker truth;
    all.begin(file, hearing_to::ami_only);
    for (auto const& r : file.events) {
      all.hear(r, hearing_to::ami_only);
      truth.hear(r);
      ASSERT_EQ(broken_rule(all.model, truth.ids(), moment_of(r.at)), "") << r.text;
    }
    expect_ended_well(all);
  });
}

TEST_F(every_recording, tells_the_same_each_time) {
  each([&](recording_file const& file) {
    listener one(true), two(true);
    one.hear_all(file);
    two.hear_all(file);
    EXPECT_EQ(one.told, two.told);
  });
}

TEST_F(every_recording, tells_the_same_when_each_event_comes_twice) {
  each([&](recording_file const& file) {
    listener once(true), twice(true);
    once.hear_all(file);
    twice.begin(file);
    for (auto const& r : file.events) {
      twice.hear(r);
      twice.hear(r);
    }
    EXPECT_EQ(once.told, twice.told);
  });
}

TEST_F(every_recording, ends_all_calls_however_events_overtake_one_another) {
  std::mt19937 random(4711);
  each([&](recording_file const& file) {
    for (std::size_t window : {2u, 3u, 5u, 9u}) {
      auto events = file.events;
      for (std::size_t at = 0; at < events.size(); at += window)
        std::shuffle(
            events.begin() + static_cast<std::ptrdiff_t>(at),
            events.begin() + static_cast<std::ptrdiff_t>(std::min(at + window, events.size())),
            random);
      listener all;
      all.begin(file);
      for (auto const& r : events) all.hear(r);
      expect_ended_well(all);
    }
  });
}

TEST_F(every_recording, survives_as_json_after_every_event) {
  each([&](recording_file const& file) {
    listener all;
    all.begin(file);
    for (auto const& r : file.events) {
      all.hear(r);
      for (auto const* c : all.model.calls()) {
        auto const written = to_json(*c);
        auto const read = call_from_json(written);
        ASSERT_TRUE(read.has_value());
        ASSERT_EQ(to_json(*read), written);
      }
    }
  });
}

}  // namespace
}  // namespace calluna::calls::testing
