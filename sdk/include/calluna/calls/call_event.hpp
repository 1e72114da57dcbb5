#pragma once
#include <calluna/calls/call.hpp>

#include <cstdint>
#include <string_view>

namespace calluna::calls {

enum class call_event_kind : std::uint8_t {
  started,
  ringing,   ///< `leg` rings
  answered,  ///< `leg` talks to the caller; the call's first answer is also `call.answered_by`
  held,
  resumed,
  left,         ///< `leg` has ended, and why: `leg.end`; before `ended` also the last one's
  transferred,  ///< `call.transfers.back()`
  queued,
  dequeued,
  parked,
  unparked,
  recording,  ///< began or stopped: `call.recordings`
  merged,     ///< the call `other` is part of this one from now on
  ended,      ///< told once; the call is dropped afterwards
  gap,        ///< nobody listened to this PBX between `from` and `at`; `call` is null
};

/// What happened to a call. Valid only while it is told.
struct call_event {
  call_event_kind kind = call_event_kind::started;
  unsigned pbx = 0;
  moment at;
  /// Found by reading the state back, not told by the PBX as it happened.
  bool synthetic = false;
  calls::call const* call = nullptr;
  /// Index in `call->legs`, or -1.
  int leg = -1;
  std::string_view other;
  moment from;
};

std::string_view to_string(call_event_kind) noexcept;

}  // namespace calluna::calls
