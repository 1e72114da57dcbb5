#include "tracker.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

namespace calluna::calls::testing {
namespace {

class resync : public ::testing::Test {
 protected:
  static std::vector<recorded> ami_of(recording_file const& file) {
    std::vector<recorded> events;
    for (auto const& r : file.events)
      if (r.source == fact_source::ami) events.push_back(r);
    return events;
  }

  static std::vector<std::string> without_gaps(listener const& all) {
    std::vector<std::string> lines;
    for (auto const& line : all.told)
      if (!line.starts_with("gap")) lines.push_back(line);
    return lines;
  }
};

/// What a gap may not take away: a call that was there before and after it, and its answer unless
/// that fell into it. The first difference, or "".
std::string lost_more(call const& whole, listener const& cut, moment from, moment to) {
  if (whole.started_at >= from || whole.ended_at <= to) return {};
  auto const found = std::find_if(cut.ended.begin(), cut.ended.end(),
                                  [&](call const& c) { return c.id == whole.id; });
  if (found == cut.ended.end()) return whole.id + " is lost";
  if (found->started_at != whole.started_at) return whole.id + " began at another time";
  if (found->ended_at != whole.ended_at) return whole.id + " ended at another time";
  if (found->caller != whole.caller || found->dialed != whole.dialed)
    return whole.id + " is of somebody else";
  bool const answer_was_heard =
      told(whole.answered_at) && (whole.answered_at < from || whole.answered_at > to);
  if (!answer_was_heard) return {};
  if (found->status != call_status::answered) return whole.id + " is no longer answered";
  if (found->answered_at > whole.answered_at) return whole.id + " was answered later";
  return {};
}

TEST_F(resync, changes_nothing_where_nothing_was_missed) {
  for (auto const& file : recordings()) {
    SCOPED_TRACE(file.name());
    auto const events = ami_of(file);
    listener once(true), often(true);
    once.begin(file);
    often.begin(file);
    tracker truth;
    for (auto const& r : events) {
      once.hear(r);
      often.hear(r);
      truth.hear(r);
      often.model.reconcile(truth.seen(r.at), moment_of(r.at), moment_of(r.at));
      ASSERT_EQ(once.told.size(), without_gaps(often).size()) << often.told.back() << r.text;
    }
    EXPECT_EQ(once.told, without_gaps(often));
  }
}

/// Hears all but `lost` events from `cut` on, reads the state back, and goes on to the end.
void cut_and_resync(recording_file const& file, std::vector<recorded> const& events,
                    listener const& uncut, std::size_t cut, std::size_t lost) {
  listener all;
  all.begin(file);
  tracker truth;
  for (std::size_t i = 0; i < events.size(); ++i) {
    auto const& r = events[i];
    truth.hear(r);
    if (i < cut || i >= cut + lost) all.hear(r);
    if (i + 1 < cut + lost) continue;
    auto const now = moment_of(r.at + 1e-4);
    if (i + 1 == cut + lost)
      all.model.reconcile(truth.seen(r.at + 1e-4), now, moment_of(events[cut].at));
    ASSERT_EQ(broken_rule(all.model, truth.ids(), now), "") << r.text;
  }
  std::set<std::string> ids;
  for (auto const& c : all.ended) {
    ASSERT_EQ(broken_end(c), "");
    ASSERT_TRUE(ids.insert(c.id).second) << c.id << " ended twice";
  }
  auto const from = moment_of(events[cut].at);
  auto const to = moment_of(events[cut + lost - 1].at);
  for (auto const& whole : uncut.ended) ASSERT_EQ(lost_more(whole, all, from, to), "");
}

TEST_F(resync, leaves_no_ghost_and_misses_no_call_wherever_the_stream_is_cut) {
  for (auto const& file : recordings()) {
    SCOPED_TRACE(file.name());
    auto const events = ami_of(file);
    listener uncut;
    uncut.begin(file);
    for (auto const& r : events) uncut.hear(r);
    for (std::size_t lost : {1u, 3u, 8u, 24u}) {
      for (std::size_t cut = 0; cut + lost <= events.size(); ++cut) {
        SCOPED_TRACE(std::to_string(lost) + " lost from " + std::to_string(cut));
        cut_and_resync(file, events, uncut, cut, lost);
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_F(resync, ends_everything_when_the_pbx_has_forgotten_it) {
  for (auto const& file : recordings()) {
    SCOPED_TRACE(file.name());
    auto const events = ami_of(file);
    for (std::size_t cut = 1; cut <= events.size(); ++cut) {
      listener all;
      all.begin(file);
      for (std::size_t i = 0; i < cut; ++i) all.hear(events[i]);
      auto const live = all.model.size();
      auto const before = all.ended.size();
      snapshot nothing;
      nothing.asked_at = moment_of(100);
      all.model.reconcile(nothing, moment_of(100), moment_of(events[cut - 1].at));
      ASSERT_EQ(all.model.size(), 0u);
      ASSERT_EQ(all.ended.size(), before + live);
      for (auto const& c : all.ended) ASSERT_EQ(broken_end(c), "");
    }
  }
}

TEST_F(resync, goes_on_with_the_calls_of_a_model_that_was_restarted) {
  for (auto const& file : recordings()) {
    SCOPED_TRACE(file.name());
    auto const events = ami_of(file);
    listener uninterrupted(true);
    uninterrupted.begin(file);
    for (auto const& r : events) uninterrupted.hear(r);
    for (std::size_t cut = 1; cut < events.size(); ++cut) {
      SCOPED_TRACE("restarted after " + std::to_string(cut) + ": " + events[cut - 1].text);
      listener before(true), after(true);
      tracker truth;
      before.begin(file);
      for (std::size_t i = 0; i < cut; ++i) before.hear(events[i]), truth.hear(events[i]);
      std::vector<call> kept;
      for (auto const* c : before.model.calls()) kept.push_back(*call_from_json(to_json(*c)));
      after.begin(file);
      after.model.restore(std::move(kept));
      auto const at = events[cut - 1].at;
      after.model.reconcile(truth.seen(at), moment_of(at), moment_of(at));
      EXPECT_EQ(broken_rule(after.model, truth.ids(), moment_of(at)), "");
      for (std::size_t i = cut; i < events.size(); ++i) after.hear(events[i]);
      auto told = before.told;
      for (auto const& line : without_gaps(after)) told.push_back(line);
      ASSERT_EQ(told, uninterrupted.told);
    }
  }
}

/// The lists that real servers gave in the middle of a recording.
struct read_back {
  double at = 0;
  snapshot ami, ari;
};

std::vector<read_back> states_of(recording_file const& file) {
  std::vector<read_back> all;
  std::ifstream in(wire_folder() / file.scenario / (file.version + ".state.jsonl"));
  std::string line;
  while (std::getline(in, line)) {
    auto const j = ordered::parse(line);
    read_back state;
    state.at = j.at("at").get<double>();
    state.ami.asked_at = state.ari.asked_at = moment_of(state.at);
    state.ami.has_queues = state.ami.has_parked = true;
    for (auto const* list : {"CoreShowChannels", "BridgeList", "QueueStatus", "ParkedCalls"})
      for (auto const& event : j.at("ami").at(list)) {
        auto const text = ami_text(event);
        add_from_ami(state.ami, ami::message_view(text), moment_of(state.at));
      }
    EXPECT_TRUE(add_from_ari(state.ari, j.at("ari").at("channels").dump(),
                             j.at("ari").at("bridges").dump()));
    all.push_back(std::move(state));
  }
  return all;
}

TEST_F(resync, agrees_with_the_lists_of_real_servers) {
  unsigned compared = 0;
  for (auto const& file : recordings()) {
    SCOPED_TRACE(file.name());
    for (auto const& state : states_of(file)) {
      listener all(true);
      all.begin(file);
      for (auto const& r : file.events)
        if (r.at <= state.at) all.hear(r);
      all.told.clear();
      all.model.reconcile(state.ami, moment_of(state.at), moment_of(state.at));
      EXPECT_EQ(all.told.size(), 1u) << all.told.back();
      all.model.reconcile(state.ari, moment_of(state.at), moment_of(state.at));
      EXPECT_EQ(all.told.size(), 2u) << all.told.back();
      ++compared;
    }
  }
  EXPECT_GE(compared, 20u);
}

TEST_F(resync, finds_the_same_calls_from_amis_lists_alone) {
  for (auto const& file : recordings()) {
    SCOPED_TRACE(file.name());
    for (auto const& state : states_of(file)) {
      listener heard(true), found(true);
      heard.begin(file);
      for (auto const& r : file.events)
        if (r.at <= state.at) heard.hear(r);
      found.model.reconcile(state.ami, moment_of(state.at), moment_of(state.at - 1));
      ASSERT_EQ(heard.model.size(), found.model.size());
      for (auto const* e : heard.model.calls()) {
        auto const* c = found.model.by_channel(0, e->legs.front().channel);
        ASSERT_NE(c, nullptr);
        EXPECT_EQ(e->id, c->id);
        EXPECT_EQ(to_string(e->direction), to_string(c->direction));
        EXPECT_EQ(to_string(e->status), to_string(c->status));
        EXPECT_EQ(e->caller, c->caller);
      }
    }
  }
}

/// They do not say who is called by whom; what does not hear one another is joined by later events.
TEST_F(resync, finds_all_channels_from_aris_lists_alone) {
  for (auto const& file : recordings()) {
    SCOPED_TRACE(file.name());
    for (auto const& state : states_of(file)) {
      listener found;
      found.model.lead(0, fact_source::ari);
      found.model.reconcile(state.ari, moment_of(state.at), moment_of(state.at - 1));
      std::set<std::string> there;
      for (auto const& c : state.ari.channels) there.insert(c.id);
      EXPECT_EQ(broken_rule(found.model, there, moment_of(state.at)), "");
    }
  }
}

}  // namespace
}  // namespace calluna::calls::testing
