#pragma once
#include <calluna/sim/agenda.hpp>
#include <calluna/sim/bridge.hpp>
#include <calluna/sim/channel.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace calluna::sim {

enum class event_kind : std::uint8_t {
  channel_created,
  channel_state,
  channel_callerid,
  channel_connected,
  channel_dialplan,  ///< an application begins
  channel_variable,  ///< name, value
  hangup_request,    ///< by the device; number: the cause, 0 for none
  soft_hangup,       ///< by the PBX or a program; number: the cause
  channel_ended,
  dial_begin,  ///< channel: who dials (may be null), other: who is called; name: the dial string
  dial_state,
  dial_end,  ///< value: ANSWER, BUSY, ...
  bridge_created,
  bridge_entered,  ///< name: the id of the channel whose place it takes, or empty
  bridge_left,
  bridge_merged,  ///< into bridge; from: the other one
  bridge_destroyed,
  stasis_start,  ///< name: the application, list: the arguments
  stasis_end,
  stasis_move_failed,
  playback_started,
  playback_continuing,
  playback_finished,
  recording_started,
  recording_finished,
  recording_failed,
  digit_begin,  ///< name: the digit, value: Received or Sent
  digit_end,    ///< number: milliseconds
  hold,         ///< name: the music class
  unhold,
  music_started,
  music_stopped,
  device_state,  ///< name: the device, value: NOT_INUSE, ...
  user_event,    ///< name, fields; channel may be null
  originated,    ///< name: the ActionID; number: the reason; fields: what was asked for
  blind_transfer,
  attended_transfer,  ///< see `handover`
  spy_begin,          ///< ChanSpy(); channel: who listens, other: to whom
  spy_end,            ///< channel: who has listened
  pickup,             ///< channel takes the call for which other rings
  local_event,        ///< name: AMI's name of it; channel and other: the halves; source
  parking_event,      ///< name: AMI's name of it; channel: who is parked, other: who takes it
  conference_event,   ///< name: AMI's name of it; channel may be null
  agi_begin,          ///< a command of AGI; name: the command, number: its own
  agi_end,            ///< value: its answer
  sound,              ///< played by AGI; name: the media. Neither AMI nor ARI tell it
  queue_event,        ///< name: AMI's name of it; fields: beside the channel's
};

/// An attended transfer, with everybody as they were before it.
struct handover {
  channel first, second;  ///< the transferer's; the same one if the PBX's own feature did it
  channel transferee, target;
  bridge first_bridge, second_bridge;
  std::string destination;  ///< the id of the bridge where the others are now
};

/// Something that has just happened, for those who listen to the machine. What it points at is
/// valid during the call only.
struct event {
  event_kind kind;
  sim::channel const* channel = nullptr;
  sim::channel const* other = nullptr;
  sim::bridge const* bridge = nullptr;
  sim::playback const* playback = nullptr;
  sim::recording const* recording = nullptr;
  std::string name = {}, value = {};
  long number = 0;
  std::vector<std::string> list = {};
  std::vector<std::pair<std::string, std::string>> fields = {};
  sim::handover const* handover = nullptr;
  sim::channel const* source = nullptr;
  sim::bridge const* from = nullptr;
};

}  // namespace calluna::sim
