#include "json_scan.hpp"

#include <calluna/ari/event.hpp>

namespace calluna::ari {
namespace {

/// Leaves the object that was just entered and finds its string member `key` on the way; with
/// `second`, that one too.
std::size_t find_in(json_scan& scan, std::string_view key, std::string_view& into,
                    std::string_view second = {},
                    std::string_view* second_into = nullptr) noexcept {
  return visit_members(scan, [&](json_member const& m) {
    if (m.kind == '"') {
      if (m.key == key) into = m.value;
      if (second_into != nullptr && m.key == second) *second_into = m.value;
      bool const complete = second_into == nullptr || second_into->data() != nullptr;
      return !(complete && into.data() != nullptr);
    }
    return m.kind == ' ' || scan.leave() != json_scan::npos;
  });
}

/// The containers at an event's top that hold something to route on.
std::size_t route_on(json_scan& scan, json_member const& m, event_view& into) noexcept {
  if (m.kind == '{') {
    if (m.key == "channel" || m.key == "caller") {
      std::string_view id;
      auto const end = find_in(scan, "id", id);
      if (end != json_scan::npos) {
        into.channel = scan.text().substr(m.begin, end + 1 - m.begin);
        into.channel_id = id;
      }
      return end;
    }
    if (m.key == "bridge") return find_in(scan, "id", into.bridge_id);
    if (m.key == "peer") return find_in(scan, "id", into.peer_id);
    if (m.key == "playback")
      return find_in(scan, "id", into.playback_id, "target_uri", &into.target_uri);
    if (m.key == "recording")
      return find_in(scan, "name", into.recording_name, "target_uri", &into.target_uri);
  }
  return scan.leave();
}

}  // namespace

bool scan_event(std::string_view json, event_view& into) noexcept {
  into = {};
  into.json = json;
  json_scan scan(json);
  auto const start = scan.skip_space(0);
  if (scan.at(start) != '{' || scan.next() != start) return false;
  bool broken = false;
  auto const end = visit_members(scan, [&](json_member const& m) {
    if (m.kind == '"') {
      if (m.key == "type") into.type = m.value;
      if (m.key == "application") into.application = m.value;
      return true;
    }
    if (m.kind == ' ') return true;
    broken = route_on(scan, m, into) == json_scan::npos;
    return !broken;
  });
  return !broken && end != json_scan::npos && !into.type.empty();
}

}  // namespace calluna::ari
