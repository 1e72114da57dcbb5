#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace calluna::ari {

/// One ARI event, not decoded: its JSON text and the few slices needed to route it. Slices point
/// into `json` and are raw JSON string contents (Asterisk's ids hold no escapes); empty where the
/// event has none.
struct event_view {
  std::string_view json;
  std::string_view type;
  std::string_view application;
  /// The `channel` object's text ("{...}"), for handlers that want only that.
  std::string_view channel;
  std::string_view channel_id;
  std::string_view bridge_id;
  /// Dial events name their two ends `caller` and `peer`.
  std::string_view peer_id;
  /// `playback.id` / `recording.name` and the "channel:ID" or "bridge:ID" they run on.
  std::string_view playback_id;
  std::string_view recording_name;
  std::string_view target_uri;
};

/// Finds the slices of one event's text in a single pass. False if it is not a JSON object with a
/// `type`. Does not validate what it passes over. Pure; any thread.
bool scan_event(std::string_view json, event_view& into) noexcept;

/// All complete events of one read, in order; the views live as long as somebody holds `owner`.
struct event_batch {
  std::shared_ptr<void const> owner;
  std::span<event_view const> events;
};

}  // namespace calluna::ari
