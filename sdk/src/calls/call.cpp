#include <calluna/calls/call.hpp>
#include <calluna/calls/call_event.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace calluna::calls {
namespace {

template <class Enum, std::size_t N>
std::string_view word(std::array<std::string_view, N> const& words, Enum value) noexcept {
  auto const at = static_cast<std::size_t>(value);
  return at < N ? words[at] : std::string_view{};
}

/// Clips a span to what can be.
span_of_time within(span_of_time value, span_of_time most) noexcept {
  return std::clamp(value, span_of_time{}, std::max(most, span_of_time{}));
}

}  // namespace

leg const* call::find_leg(std::string_view channel) const noexcept {
  for (auto const& l : legs)
    if (l.channel == channel) return &l;
  return nullptr;
}

std::vector<std::string> call::participants() const {
  std::vector<std::string> all;
  for (auto const& l : legs)
    if (l.talked && std::find(all.begin(), all.end(), l.endpoint) == all.end())
      all.push_back(l.endpoint);
  return all;
}

call_times call::times(moment now) const noexcept {
  call_times t;
  auto const end = std::max(started_at, ended() ? ended_at : now);
  auto const answer = told(answered_at) ? std::clamp(answered_at, started_at, end) : end;
  t.total = end - started_at;
  t.talk = end - answer;
  // Stays in queues follow one another; what overlaps is counted once.
  auto counted = started_at;
  for (auto const& e : queues) {
    auto const from = std::max(counted, e.entered_at);
    auto const to = std::min(answer, told(e.left_at) ? e.left_at : end);
    if (to <= from) continue;
    t.wait += to - from;
    counted = to;
  }
  t.ring = t.total - t.talk - t.wait;
  t.hold = within(held_before + (told(held_since) ? end - held_since : span_of_time{}), t.talk);
  for (auto const& p : parkings)
    t.parked += within((told(p.ended_at) ? p.ended_at : end) - p.at, t.total);
  t.parked = within(t.parked, t.talk);
  return t;
}

std::string_view to_string(call_direction value) noexcept {
  return word(std::array<std::string_view, 3>{"internal", "in", "out"}, value);
}

std::string_view to_string(call_status value) noexcept {
  return word(std::array<std::string_view, 13>{"ringing", "queued", "parked", "up", "answered",
                                               "busy", "noanswer", "cancelled", "congestion",
                                               "offline", "rejected", "failed", "unknown_end"},
              value);
}

std::string_view to_string(leg_role value) noexcept {
  return word(
      std::array<std::string_view, 6>{"caller", "callee", "user", "consult", "pickup", "joined"},
      value);
}

std::string_view to_string(leg_end value) noexcept {
  return word(
      std::array<std::string_view, 13>{"", "hung_up", "other_hung_up", "cancelled", "noanswer",
                                       "busy", "rejected", "congestion", "offline", "elsewhere",
                                       "transferred", "cleared", "unseen"},
      value);
}

std::string_view to_string(asker value) noexcept {
  return word(std::array<std::string_view, 3>{"", "device", "pbx"}, value);
}

std::string_view to_string(queue_outcome value) noexcept {
  return word(std::array<std::string_view, 4>{"waiting", "answered", "abandoned", "timeout"},
              value);
}

std::string_view to_string(park_outcome value) noexcept {
  return word(std::array<std::string_view, 4>{"waiting", "taken", "timeout", "abandoned"}, value);
}

std::string_view to_string(call_event_kind value) noexcept {
  return word(
      std::array<std::string_view, 15>{"started", "ringing", "answered", "held", "resumed", "left",
                                       "transferred", "queued", "dequeued", "parked", "unparked",
                                       "recording", "merged", "ended", "gap"},
      value);
}

}  // namespace calluna::calls
