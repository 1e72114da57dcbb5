#include <calluna/sim/machine.hpp>

#include <algorithm>

namespace calluna::sim {

bridge* machine::find_bridge(std::string_view id) {
  if (id.empty()) return nullptr;
  auto const at = bridges_by_id_.find(std::string(id));
  return at == bridges_by_id_.end() ? nullptr : bridges_.at(at->second).get();
}

std::vector<std::string> machine::channel_ids(bridge const& b) const {
  std::vector<std::string> ids;
  for (auto const serial : b.channels)
    if (auto const at = channels_.find(serial); at != channels_.end())
      ids.push_back(at->second->id);
  return ids;
}

bridge& machine::make_bridge(std::string const& bridge_class, std::string id) {
  auto made = std::make_unique<bridge>();
  auto& b = *made;
  b.serial = ++serial_;
  b.id = id.empty() ? make_uuid() : std::move(id);
  b.bridge_class = bridge_class;
  b.created = now();
  bridges_by_id_[b.id] = b.serial;
  bridges_.emplace(b.serial, std::move(made));
  return b;
}

result<bridge*> machine::create_bridge(std::string id, std::string const& type, std::string name) {
  if (!id.empty() && find_bridge(id) != nullptr)
    return fail(error_kind::rejected, "Bridge with the same ID already exists");
  auto& b = make_bridge("stasis", std::move(id));
  b.name = std::move(name);
  b.creator = "Stasis";
  b.video_mode = "talker";
  if (type.find("holding") != std::string::npos) {
    b.type = "holding";
    b.technology = "holding_bridge";
  } else if (type.find("dtmf_events") != std::string::npos) {
    b.technology = "softmix";
  }
  emit({event_kind::bridge_created, nullptr, nullptr, &b});
  return &b;
}

void machine::enter(bridge& b, channel& c, channel const* instead_of) {
  b.channels.push_back(c.serial);
  c.bridge = b.id;
  merge_linkedids(b);
  event entered{event_kind::bridge_entered, &c, nullptr, &b};
  if (instead_of != nullptr) entered.name = instead_of->id;
  emit(std::move(entered));
  if (c.half != 0) optimise_later(c);
  if (b.bridge_class == "stasis") share_connected_lines(b);
}

void machine::leave(channel& c) {
  auto* const b = find_bridge(c.bridge);
  if (b == nullptr) return;
  gives_up_parking(c);
  bool const conference = b->bridge_class == "base";
  if (conference) leaves_conference(c, *b, false);
  c.bridge.clear();
  auto& all = b->channels;
  all.erase(std::remove(all.begin(), all.end(), c.serial), all.end());
  emit({event_kind::bridge_left, &c, nullptr, b});
  if (conference) leaves_conference(c, *b, true);
}

void machine::add_to_bridge(bridge& b, channel& c) {
  if (c.bridge == b.id) return;
  leave(c);
  stop_music(c);
  enter(b, c);
}

void machine::remove_from_bridge(channel& c) {
  leave(c);
}

void machine::destroy_bridge(bridge& b) {
  auto const serial = b.serial;
  for (auto const each : std::vector(b.channels))
    if (auto* const c = alive(each)) leave(*c);
  sound_ends("bridge:" + b.id);
  emit({event_kind::bridge_destroyed, nullptr, nullptr, &b});
  bridges_by_id_.erase(b.id);
  bridges_.erase(serial);
}

/// Channels that meet belong to the older call from then on; in a conference each keeps its own.
void machine::merge_linkedids(bridge& b) {
  if (b.bridge_class == "base") return;
  channel const* oldest = nullptr;
  for (auto const serial : b.channels)
    if (auto const* c = alive(serial);
        c != nullptr && (oldest == nullptr || c->linked_serial < oldest->linked_serial))
      oldest = c;
  if (oldest == nullptr || b.type == "holding") return;
  auto const id = oldest->linkedid;
  auto const number = oldest->linked_serial;
  for (auto const serial : b.channels)
    if (auto* const c = alive(serial)) {
      c->linkedid = id;
      c->linked_serial = number;
    }
}

/// Two in a bridge: each device is told who the other is.
void machine::share_connected_lines(bridge& b) {
  if (b.type == "holding" || b.channels.size() != 2) return;
  auto* const first = alive(b.channels[0]);
  auto* const second = alive(b.channels[1]);
  if (first == nullptr || second == nullptr) return;
  set_connected(*first, second->caller);
  set_connected(*second, first->caller);
}

void machine::start_music(bridge& b, std::string const& music_class) {
  b.music = music_class;
}

void machine::stop_music(bridge& b) {
  b.music.clear();
}

}  // namespace calluna::sim
