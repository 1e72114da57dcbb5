#pragma once
#include "channel_table.hpp"

#include <calluna/calls/call_model.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::calls {

/// The machine. Each idea has a file: grouping, legs, talking (bridges, hold), queueing,
/// transferring, ending, resync.
class call_model::impl {
 public:
  impl(sink tell, call_model_options options)
      : tell_(std::move(tell)), options_(std::move(options)) {}

  void lead(unsigned pbx, fact_source source) { at_pbx(pbx).leader = source; }
  void apply(fact const& f);
  void reconcile(snapshot const& seen, moment at, moment gap_from);
  void restore(std::vector<call> calls);

  std::vector<call const*> calls() const;
  std::size_t size() const noexcept { return calls_.size(); }
  call const* find(std::string_view id) const;
  call const* by_channel(unsigned pbx, std::string_view channel) const;
  counters count() const noexcept { return counters_; }

 private:
  enum class merge_reason { same_linkedid, linked, picked_up };

  // facts (each in the file of its idea)
  void on(channel_began const&);
  void on(channel_changed const&);
  void on(channel_ended const&);
  void on(hangup_asked const&);
  void on(dial_began const&);
  void on(dial_ended const&);
  void on(bridge_entered const&);
  void on(bridge_left const&);
  void on(held const&);
  void on(resumed const&);
  void on(blind_transfer const&);
  void on(attended_transfer const&);
  void on(picked_up const&);
  void on(parked const&);
  void on(unparked const&);
  void on(park_ended const&);
  void on(queue_joined const&);
  void on(queue_left const&);
  void on(agent_connected const&);
  void on(recording_started const&);
  void on(recording_stopped const&);
  void on(digit_pressed const&);
  void on(stasis_entered const&);
  void on(stasis_left const&);
  void on(click_begun const&);

  // call_model.cpp
  pbx_state& at_pbx(unsigned number);
  /// The live channel, brought up to date; null (a stray fact) if there is none.
  channel* known(channel_view const& view);
  void emit(call_event_kind kind, call_state& c, int leg = -1, std::string_view other = {});
  void announce(call_state& c);

  // grouping.cpp
  call_state& call_for(channel_view const& view);
  call_state& new_call(std::string_view linkedid);
  void be_click(call_state& c, click_table::click& click);
  void take_linkedid(call_state& c, std::string_view linkedid);
  void follow_linkedid(channel& ch, std::string_view linkedid);
  call_state& merge(call_state& one, call_state& two, merge_reason reason);
  void absorb(call_state& into, call_state& from, merge_reason reason);
  void index_legs(call_state& c);

  // legs.cpp
  channel& add_channel(channel_view const& view);
  void pair_up(channel& ch);
  void add_leg(channel& ch, channel_view const& view, leg_role role);
  void drop_old_legs(call_state& c);
  void update(channel& ch, channel_view const& view);
  void take_state(channel& ch, channel_state state);
  void take_words(channel& ch, channel_view const& view);
  /// Empty: it has left.
  void take_stasis(channel& ch, std::string_view application);
  void set_outside(channel& ch, std::string_view dial_string);
  void refresh(call_state& c);

  // talking.cpp
  bridge& bridge_for(bridge_view const& view);
  void enter(channel& ch, bridge& b);
  void enter_conference(channel& ch, bridge const& b);
  void enter_lot(channel& ch, bridge const& b);
  void leave(channel& ch);
  void meet(channel& ch);
  void answer(call_state& c, channel& by);

  // talking.cpp too
  void release(leg& l, call_state& c);

  // transferring.cpp
  void leave_by_transfer(channel* ch);
  void reach(call_state& c, std::vector<channel*> const& parties);
  parking* open_parking(channel const& ch);
  void end_parking(channel& ch, park_outcome outcome, std::string_view taken_by = {});

  // queueing.cpp
  queue_episode* open_episode(channel const& ch, std::string_view queue = {});
  void leave_queue(channel& ch, queue_episode& e);
  void name_agents(call_state& c, std::vector<channel*> const& parties);

  // ending.cpp
  void end_channel(channel& ch, int cause, std::string_view text, bool unseen);
  void finish(call_state& c);

  // resync.cpp
  void reconcile_channels(snapshot const& seen);
  void reconcile_bridges(snapshot const& seen);
  void reconcile_waiting(snapshot const& seen);
  void reconcile_gone(snapshot const& seen);
  void restore_call(call&& c);

  sink tell_;
  call_model_options options_;
  std::map<unsigned, pbx_state> pbxs_;
  std::map<std::uint64_t, std::unique_ptr<call_state>> calls_;
  by_text<call_state*> by_id_;
  std::uint64_t next_number_ = 1;
  counters counters_;

  // What is being applied.
  pbx_state* pbx_ = nullptr;
  moment at_;
  bool synthetic_ = false;
};

/// The legs' ends and the call's status and words, from what was seen. status.cpp
leg_end decide_end(call const& c, leg const& l);
void decide(call& c);
call_status live_status(call const& c);

}  // namespace calluna::calls
