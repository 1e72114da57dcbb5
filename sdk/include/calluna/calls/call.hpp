#pragma once
#include <calluna/calls/moment.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::calls {

/// As seen from the business: `in` was begun by somebody outside, `out` reached for somebody
/// outside. A call from outside that goes out again (forwarded to a mobile) stays `in`.
enum class call_direction : std::uint8_t { internal, in, out };

/// Live: ringing, queued, parked, up. The others are how it ended; see status_rules in
/// src/calls/status.cpp.
enum class call_status : std::uint8_t {
  ringing,      ///< nobody has answered yet
  queued,       ///< it waits in a queue
  parked,       ///< it waits in a parking lot
  up,           ///< two people talk, or have talked and it goes on
  answered,     ///< two people talked
  busy,         ///< nobody was reached: busy
  noanswer,     ///< nobody was reached: it rang, or only the PBX itself answered
  cancelled,    ///< the caller gave up before anybody answered
  congestion,   ///< no way through
  offline,      ///< the phone is not registered
  rejected,     ///< declined
  failed,       ///< anything else
  unknown_end,  ///< it ended while nobody listened
};

enum class leg_role : std::uint8_t {
  caller,   ///< began the call
  callee,   ///< was called
  user,     ///< a device of the one who clicked, or was originated to
  consult,  ///< a transferer's second call
  pickup,   ///< came in by picking up or unparking
  joined,   ///< was put into the bridge by an application
};

enum class leg_end : std::uint8_t {
  none,           ///< it is still there
  hung_up,        ///< this party ended its part
  other_hung_up,  ///< the party it talked to did
  cancelled,      ///< it rang and the caller gave up
  noanswer,
  busy,
  rejected,
  congestion,
  offline,
  elsewhere,    ///< it rang and somebody else answered
  transferred,  ///< it left by transferring or parking
  cleared,      ///< the PBX ended it
  unseen,       ///< it ended while nobody listened
};

enum class asker : std::uint8_t { nobody, device, pbx };

/// One party's part in a call: one channel. Local and other channels that are no party have none.
struct leg {
  std::string channel;
  std::string name;
  /// The channel's name without its last part: "PJSIP/101".
  std::string endpoint;
  /// Filled by whoever knows the users.
  std::string user;
  /// The number it had at first.
  std::string number;
  /// The first extension it was at in the dialplan: of one who calls, what was dialled.
  std::string exten;
  /// The Stasis application that leads the channel now, or empty.
  std::string stasis;
  leg_role role = leg_role::caller;
  leg_end end = leg_end::none;
  /// Is beyond a trunk.
  bool outside = false;
  /// Has talked to another party.
  bool talked = false;
  bool transferred = false;
  /// Who first wanted it to end, and when.
  asker asked_by = asker::nobody;
  moment asked_at;
  moment began_at, rang_at, answered_at, held_at, ended_at;
  int cause = 0;
  /// Of the hang-up request, which may know more.
  int asked_cause = 0;
  /// Asterisk's words at the end: "Call Rejected"; and the result of dialling it: "BUSY".
  std::string cause_text;
  std::string dial_status;
  /// The channel it last talked to, once it is alone.
  std::string parted_from;
  unsigned digits = 0;

  bool ended() const noexcept { return told(ended_at); }
  /// When its party was gone: at its own hang-up, which may be long before the channel's end.
  moment left_at() const noexcept {
    return asked_by == asker::device && told(asked_at) ? asked_at : ended_at;
  }
};

enum class queue_outcome : std::uint8_t { waiting, answered, abandoned, timeout };

/// One stay in one of Asterisk's queues.
struct queue_episode {
  std::string queue;
  std::string channel;
  /// The agent's endpoint.
  std::string agent;
  unsigned position = 0;
  /// `timeout`: the queue gave the caller back to the dialplan, for whatever reason.
  queue_outcome outcome = queue_outcome::waiting;
  moment entered_at, left_at;
};

struct transfer {
  bool attended = false;
  /// Endpoints; `to` as dialled. `reached` is empty until somebody answers there.
  std::string by, to, reached;
  /// The channel that is transferred.
  std::string transferee;
  moment at;
};

enum class park_outcome : std::uint8_t { waiting, taken, timeout, abandoned };

struct parking {
  std::string by, lot, space, taken_by;
  std::string channel;
  park_outcome outcome = park_outcome::waiting;
  moment at, ended_at;
};

struct recording {
  std::string name;
  std::string channel;
  moment started_at, stopped_at;
};

/// A channel of a call that is no party of it.
struct other_channel {
  std::string channel, name;
  bool ended = false;
};

/// Parts of a call's time. `ring + wait + talk == total`; `hold` and `parked` lie within `talk`.
struct call_times {
  /// Until the first person answered, or the end, without `wait`.
  span_of_time ring{};
  /// In queues, before anybody answered.
  span_of_time wait{};
  /// From the first answer to the end.
  span_of_time talk{};
  span_of_time hold{};
  span_of_time parked{};
  span_of_time total{};
};

/// One conversation, from its first channel to its last. A plain value.
struct call {
  /// Stable and ours: the PBX's number and its first channel's linkedid, "0-1795238601.46".
  std::string id;
  unsigned pbx = 0;
  call_direction direction = call_direction::internal;
  call_status status = call_status::ringing;
  /// Ours: begun by our own click to call.
  bool click = false;
  /// Ended or was answered while nobody listened: times are at most what they say.
  bool uncertain = false;
  /// `started` was told. A channel that only exists yet is no call to anybody.
  bool announced = false;
  /// Who calls and what was dialled, as presented; of a click the user's extension and the number
  /// asked for.
  std::string caller, caller_name, dialed;
  /// The number outside (inside: of the party called), as presented, and in E.164 or empty.
  std::string remote, remote_e164;
  /// Endpoints: the first person who answered the caller, who ended it, who picked it up.
  std::string answered_by, hung_up_by, picked_up_by;
  std::string conference;
  /// Of a click: our id of it, and of all channels it may have.
  std::string click_id;
  std::vector<std::string> click_channels;
  /// Filled by whoever knows them: a key in the directory, a record of the business system.
  std::string partner, reference;
  /// The Stasis application that leads one of its channels now, or is empty.
  std::string stasis;
  int cause = 0;
  std::string cause_text;
  moment started_at, answered_at, ended_at;
  /// In the order of their channels.
  std::vector<leg> legs;
  std::vector<queue_episode> queues;
  std::vector<transfer> transfers;
  std::vector<parking> parkings;
  std::vector<recording> recordings;
  std::vector<other_channel> others;
  /// The PBX's own names of this call, its own first; those of merged calls too.
  std::vector<std::string> linkedids;
  unsigned holds = 0;
  unsigned digits = 0;
  /// Legs left out because a call keeps a bounded number (a queue that rang for hours).
  unsigned dropped_legs = 0;
  moment held_since;
  span_of_time held_before{};

  bool ended() const noexcept { return told(ended_at); }
  leg const* find_leg(std::string_view channel) const noexcept;
  /// Endpoints of all who talked to another party, each once, in the order of their channels.
  std::vector<std::string> participants() const;
  /// The parts of its time at `now`, or at its end if that was before.
  call_times times(moment now) const noexcept;
};

std::string_view to_string(call_direction) noexcept;
std::string_view to_string(call_status) noexcept;
std::string_view to_string(leg_role) noexcept;
std::string_view to_string(leg_end) noexcept;
std::string_view to_string(asker) noexcept;
std::string_view to_string(queue_outcome) noexcept;
std::string_view to_string(park_outcome) noexcept;

}  // namespace calluna::calls
