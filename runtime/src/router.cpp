#include <calluna/runtime/router.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace calluna::runtime {
namespace {

bool matches(std::string_view pattern, std::string_view name) noexcept {
  if (!pattern.empty() && pattern.back() == '*')
    return name.substr(0, pattern.size() - 1) == pattern.substr(0, pattern.size() - 1);
  return pattern == name;
}

// "channel:ID" or "bridge:ID" -> ID
std::string_view target_id(std::string_view uri) noexcept {
  auto const colon = uri.find(':');
  return colon == std::string_view::npos ? std::string_view{} : uri.substr(colon + 1);
}

}  // namespace

router::router(std::string id_prefix) : prefix_(std::move(id_prefix) + "-") {}

void router::add(generation_id id, event_receiver& to) {
  entries_[id].to = &to;
  wanting_.clear();
}

void router::remove(generation_id id) {
  entries_.erase(id);
  wanting_.clear();
  for (auto& [pbx, places] : channels_)
    std::erase_if(places, [id](auto const& place) { return place.second.generation == id; });
  std::erase_if(served_, [id](auto const& s) { return s.second == id; });
}

void router::want_ami(generation_id id, std::vector<std::string> patterns) {
  auto const found = entries_.find(id);
  if (found == entries_.end()) return;
  found->second.patterns = std::move(patterns);
  wanting_.clear();
}

void router::serve(std::string const& application, generation_id id) {
  if (id == 0)
    served_.erase(application);
  else
    served_[application] = id;
}

generation_id router::server_of(std::string_view application) const noexcept {
  auto const found = served_.find(application);
  return found == served_.end() ? 0 : found->second;
}

std::vector<router::entry*> const& router::wanting(std::string_view event) {
  auto const known = wanting_.find(event);
  if (known != wanting_.end()) return known->second;
  auto& list = wanting_[std::string(event)];
  for (auto& [id, e] : entries_)
    if (std::any_of(e.patterns.begin(), e.patterns.end(),
                    [&](auto const& p) { return matches(p, event); }))
      list.push_back(&e);
  return list;
}

bool router::route(std::uint32_t pbx, ami::event_batch const& batch) {
  bool behind = false;
  count_.ami_events += batch.events.size();
  for (auto const& event : batch.events)
    for (auto* e : wanting(event.event())) {
      e->ami_pending.push_back(event);
      ++count_.ami_wanted;
    }
  for (auto& [id, e] : entries_) {
    if (e.ami_pending.empty()) continue;
    behind = e.to->on_events(pbx, batch.owner, e.ami_pending) || behind;
    e.ami_pending.clear();
  }
  return behind;
}

bool router::route(std::uint32_t pbx, ari::event_batch const& batch) {
  bool behind = false;
  count_.ari_events += batch.events.size();
  std::vector<std::string> departed;
  for (auto const& event : batch.events) {
    auto const owner = owner_of(pbx, event);
    auto const found = entries_.find(owner);
    if (event.type == "StasisStart") enter(pbx, event, found == entries_.end() ? 0 : owner);
    if (found == entries_.end()) continue;
    found->second.ari_pending.push_back(event);
    ++count_.ari_routed;
    if (event.type == "StasisEnd" || event.type == "ChannelDestroyed")
      departed.emplace_back(event.channel_id);
  }
  for (auto& [id, e] : entries_) {
    if (e.ari_pending.empty()) continue;
    behind = e.to->on_events(pbx, batch.owner, e.ari_pending) || behind;
    e.ari_pending.clear();
  }
  for (auto const& channel : departed) left(pbx, channel);
  return behind;
}

generation_id router::generation_in(std::string_view id) const noexcept {
  if (id.substr(0, prefix_.size()) != prefix_) return 0;
  generation_id number = 0;
  std::from_chars(id.data() + prefix_.size(), id.data() + id.size(), number);
  return number;
}

generation_id router::owner_of(std::uint32_t pbx, ari::event_view const& event) {
  for (auto const id : {event.playback_id, event.recording_name, event.channel_id, event.peer_id,
                        event.bridge_id, target_id(event.target_uri)})
    if (auto const ours = generation_in(id); ours != 0) return ours;
  if (!event.channel_id.empty() && event.type != "StasisStart")
    if (auto const* place = place_of(pbx, event.channel_id)) return place->generation;
  return server_of(event.application);
}

void router::enter(std::uint32_t pbx, ari::event_view const& event, generation_id owner) {
  bool const ours = generation_in(event.channel_id) != 0;
  if (owner == 0) {
    if (on_orphan)
      on_orphan({pbx, std::string(event.channel_id), std::string(event.application), ours});
    return;
  }
  left(pbx, event.channel_id);  // it came back without our having seen it leave
  channels_[pbx].emplace(event.channel_id,
                         channel_place{owner, std::string(event.application), ours});
  ++entries_.at(owner).channels;
}

void router::left(std::uint32_t pbx, std::string_view channel) {
  auto const* place = place_of(pbx, channel);
  if (place == nullptr) return;
  auto const generation = place->generation;
  auto& places = channels_[pbx];
  places.erase(places.find(channel));
  auto const e = entries_.find(generation);
  if (e != entries_.end() && --e->second.channels == 0 && on_empty) on_empty(generation);
}

router::channel_place const* router::place_of(std::uint32_t pbx,
                                              std::string_view channel) const noexcept {
  auto const places = channels_.find(pbx);
  if (places == channels_.end()) return nullptr;
  auto const found = places->second.find(channel);
  return found == places->second.end() ? nullptr : &found->second;
}

bool router::mark_leaving(std::uint32_t pbx, std::string_view channel) {
  if (place_of(pbx, channel) == nullptr) return false;
  return !std::exchange(channels_[pbx].find(channel)->second.leaving, true);
}

std::vector<std::string> router::channels_in(std::uint32_t pbx,
                                             std::string_view application) const {
  std::vector<std::string> ids;
  if (auto const places = channels_.find(pbx); places != channels_.end())
    for (auto const& [id, place] : places->second)
      if (place.application == application) ids.push_back(id);
  return ids;
}

void router::lost(std::uint32_t pbx, std::string const& channel) {
  auto const* place = place_of(pbx, channel);
  if (place == nullptr) return;
  auto const text = std::make_shared<std::string const>(nlohmann::json{
      {"type", "StasisEnd"},
      {"application", place->application},
      {"channel", {{"id", channel}}},
      {"synthetic", true}}.dump());
  ari::event_view event;
  if (ari::scan_event(*text, event)) route(pbx, ari::event_batch{text, {&event, 1}});
}

std::vector<routed_channel> router::channels_of(generation_id id) const {
  std::vector<routed_channel> list;
  for (auto const& [pbx, places] : channels_)
    for (auto const& [channel, place] : places)
      if (place.generation == id) list.push_back({pbx, channel, place.application, place.ours});
  return list;
}

std::size_t router::channel_count(generation_id id) const noexcept {
  auto const found = entries_.find(id);
  return found == entries_.end() ? 0 : found->second.channels;
}

}  // namespace calluna::runtime
