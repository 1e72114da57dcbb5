#pragma once
#include <calluna/calls/moment.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace calluna::calls {

/// What a call model is fed with: what a PBX said, free of the protocol it said it in. Facts are
/// views: their texts must outlive the call that takes them, not longer. A text that was not told
/// is empty; so is what Asterisk writes as "<unknown>".

enum class channel_state : std::uint8_t { unknown, down, calling, ringing, up, other };

/// A channel as described at one moment. Only `id` is always there.
struct channel_view {
  std::string_view id;
  std::string_view name;
  /// Empty: the protocol has none (ARI), or did not tell.
  std::string_view linkedid;
  channel_state state = channel_state::unknown;
  std::string_view number;
  /// Owned, because AMI escapes it.
  std::string caller_name;
  std::string_view exten;
  /// The dialplan application it runs, where told.
  std::string_view application;
};

/// `holding`: its members do not hear one another (music, waiting). `conference`: each member is on
/// a call of its own.
enum class bridge_kind : std::uint8_t { mixing, holding, parking, conference };

struct bridge_view {
  std::string_view id;
  bridge_kind kind = bridge_kind::mixing;
  std::string_view name;
};

struct channel_began {
  channel_view channel;
};
struct channel_changed {
  channel_view channel;
};
struct channel_ended {
  channel_view channel;
  int cause = 0;
  std::string_view cause_text;
};
/// Somebody wants the channel to end. `by_device`: the phone or trunk itself, else the PBX or a
/// program.
struct hangup_asked {
  channel_view channel;
  bool by_device = false;
  int cause = 0;
};
/// `dialer` has no id where a program originates.
struct dial_began {
  channel_view dialer, dialed;
  std::string_view dial_string;
};
struct dial_ended {
  channel_view dialer, dialed;
  /// ANSWER BUSY NOANSWER CANCEL CONGESTION CHANUNAVAIL ...
  std::string_view status;
};
struct bridge_entered {
  bridge_view bridge;
  channel_view channel;
};
struct bridge_left {
  bridge_view bridge;
  channel_view channel;
};
struct held {
  channel_view channel;
};
struct resumed {
  channel_view channel;
};
struct blind_transfer {
  channel_view transferer, transferee;
  std::string_view exten;
};
/// `first` and `second` are the transferer's two legs; the same channel if the PBX's own feature
/// did it. `target` may have no id.
struct attended_transfer {
  channel_view first, second, transferee, target;
};
/// `channel` takes the call for which `target` rings.
struct picked_up {
  channel_view channel, target;
};
struct parked {
  channel_view parkee;
  /// The endpoint that is called back ("PJSIP/101").
  std::string_view parker;
  std::string_view lot, space;
};
struct unparked {
  channel_view parkee, retriever;
};
/// The parked call was not taken: `timeout`, or the parked party hung up.
struct park_ended {
  channel_view parkee;
  bool timeout = false;
};
struct queue_joined {
  channel_view channel;
  std::string_view queue;
  unsigned position = 0;
};
struct queue_left {
  channel_view channel;
  std::string_view queue;
};
struct agent_connected {
  channel_view channel, agent;
  std::string_view queue;
};
/// `name` may be empty: AMI does not tell.
struct recording_started {
  channel_view channel;
  std::string_view name;
};
struct recording_stopped {
  channel_view channel;
  std::string_view name;
};
/// A key was pressed by the party on this channel. No call keeps the key itself.
struct digit_pressed {
  channel_view channel;
  char digit = 0;
};
struct stasis_entered {
  channel_view channel;
  std::string_view application;
};
struct stasis_left {
  channel_view channel;
};
/// Our own click to call: these channels, whose ids were chosen by us and which may not be there
/// yet, are one call to the number `to`. No event says so.
struct click_begun {
  std::string_view id;
  std::string_view to;
  std::span<std::string const> channels;
};

using fact_body =
    std::variant<channel_began, channel_changed, channel_ended, hangup_asked, dial_began,
                 dial_ended, bridge_entered, bridge_left, held, resumed, blind_transfer,
                 attended_transfer, picked_up, parked, unparked, park_ended, queue_joined,
                 queue_left, agent_connected, recording_started, recording_stopped, digit_pressed,
                 stasis_entered, stasis_left, click_begun>;

/// Who said it. Both protocols tell most things, as two streams which are some milliseconds apart.
enum class fact_source : std::uint8_t { ami, ari, ourselves };

struct fact {
  unsigned pbx = 0;
  fact_source source = fact_source::ami;
  /// When it happened, by the clock of whoever feeds the model.
  moment at;
  fact_body body;
};

}  // namespace calluna::calls
