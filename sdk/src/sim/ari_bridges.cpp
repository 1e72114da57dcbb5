// ARI's operations on bridges, playbacks and recordings.
#include "ari_arguments.hpp"

namespace calluna::sim {

using json = nlohmann::ordered_json;

ari_answer ari_front::list_bridges(arguments const&) {
  auto list = json::array();
  for (auto const& [serial, b] : machine_.bridges()) list.push_back(to_json(*b));
  return ok(list);
}

ari_answer ari_front::create_bridge(arguments const& a) {
  // Asking again under the id of a bridge that is there gives that bridge.
  if (auto* const there = machine_.find_bridge(a.get("bridgeId"))) {
    if (a.has("name")) there->name = a.get("name");
    return ok(to_json(*there));
  }
  auto const made = machine_.create_bridge(a.get("bridgeId"), a.get("type"), a.get("name"));
  if (!made) return refuse(409, "Conflict", made.error().message);
  return ok(to_json(**made));
}

ari_answer ari_front::get_bridge(arguments const& a) {
  auto const* b = machine_.find_bridge(a.get("bridgeId"));
  return b == nullptr ? no_bridge() : ok(to_json(*b));
}

ari_answer ari_front::destroy_bridge(arguments const& a) {
  auto* const b = machine_.find_bridge(a.get("bridgeId"));
  if (b == nullptr) return no_bridge();
  machine_.destroy_bridge(*b);
  return {};
}

ari_answer ari_front::add_channel(arguments const& a) {
  auto* const b = machine_.find_bridge(a.get("bridgeId"));
  if (b == nullptr) return no_bridge();
  auto const ids = a.list("channel");
  if (ids.empty()) return refuse(400, "Bad Request", "No channels specified");
  std::vector<channel*> all;
  for (auto const& id : ids) {
    auto* const c = machine_.find(id);
    if (c == nullptr || c->ending) return refuse(400, "Bad Request", "Channel not found");
    if (!c->stasis) return refuse(422, "Unprocessable Entity", "Channel not in Stasis application");
    all.push_back(c);
  }
  for (auto* const c : all) machine_.add_to_bridge(*b, *c);
  return {};
}

ari_answer ari_front::remove_channel(arguments const& a) {
  auto* const b = machine_.find_bridge(a.get("bridgeId"));
  if (b == nullptr) return no_bridge();
  for (auto const& id : a.list("channel")) {
    auto* const c = machine_.find(id);
    if (c == nullptr) return refuse(400, "Bad Request", "Channel not found");
    if (c->bridge != b->id)
      return refuse(422, "Unprocessable Entity", "Channel not in this bridge");
    machine_.remove_from_bridge(*c);
  }
  return {};
}

ari_answer ari_front::bridge_moh(arguments const& a) {
  auto* const b = machine_.find_bridge(a.get("bridgeId"));
  if (b == nullptr) return no_bridge();
  if (a.what->nickname == "startMoh")
    machine_.start_music(*b, a.get("mohClass"));
  else
    machine_.stop_music(*b);
  return {};
}

ari_answer ari_front::play_to_channel(arguments const& a) {
  auto const* c = machine_.find(a.get("channelId"));
  if (c == nullptr) return no_channel();
  return c->stasis ? play_to("channel:" + c->id, a) : not_in_stasis();
}

ari_answer ari_front::play_to_bridge(arguments const& a) {
  auto const* b = machine_.find_bridge(a.get("bridgeId"));
  return b == nullptr ? no_bridge() : play_to("bridge:" + b->id, a);
}

ari_answer ari_front::play_to(std::string const& target, arguments const& a) {
  if (a.list("media").empty()) return refuse(400, "Bad Request", "Media is required");
  auto const made = machine_.play(a.get("playbackId"), target, a.list("media"), a.get("lang"));
  if (!made) return refuse(409, "Conflict", made.error().message);
  auto said = ok(to_json(**made));
  said.status = 201;
  said.reason = "Created";
  return said;
}

ari_answer ari_front::get_playback(arguments const& a) {
  auto const* p = machine_.find_playback(a.get("playbackId"));
  return p == nullptr ? refuse(404, "Not Found", "Playback not found") : ok(to_json(*p));
}

ari_answer ari_front::stop_playback(arguments const& a) {
  auto* const p = machine_.find_playback(a.get("playbackId"));
  if (p == nullptr) return refuse(404, "Not Found", "Playback not found");
  machine_.stop(*p);
  return {};
}

ari_answer ari_front::control_playback(arguments const& a) {
  auto* const p = machine_.find_playback(a.get("playbackId"));
  if (p == nullptr) return refuse(404, "Not Found", "Playback not found");
  auto const operation = a.get("operation");
  if (operation == "pause" || operation == "unpause")
    machine_.pause(*p, operation == "pause");
  else if (operation != "restart" && operation != "reverse" && operation != "forward")
    return refuse(400, "Bad Request", "Invalid operation");
  return {};
}

namespace {

std::optional<span> longest(long seconds) {
  if (seconds <= 0) return {};
  return std::chrono::seconds(seconds);
}

}  // namespace

ari_answer ari_front::record_channel(arguments const& a) {
  auto const* c = machine_.find(a.get("channelId"));
  if (c == nullptr) return no_channel();
  if (!c->stasis) return not_in_stasis();
  recording r;
  r.name = a.get("name");
  r.format = a.get("format");
  r.target = "channel:" + c->id;
  if (machine_.stored_recordings().count(r.name) != 0 && a.get("ifExists") != "overwrite")
    return refuse(409, "Conflict",
                  "Recording '" + r.name + "' already exists and can not be overwritten.");
  auto const made = machine_.record(std::move(r), longest(a.number("maxDurationSeconds", 0)));
  if (!made) return refuse(409, "Conflict", made.error().message);
  auto said = ok(to_json(**made));
  said.status = 201;
  said.reason = "Created";
  return said;
}

ari_answer ari_front::record_bridge(arguments const& a) {
  auto const* b = machine_.find_bridge(a.get("bridgeId"));
  if (b == nullptr) return no_bridge();
  recording r;
  r.name = a.get("name");
  r.format = a.get("format");
  r.target = "bridge:" + b->id;
  auto const made = machine_.record(std::move(r), longest(a.number("maxDurationSeconds", 0)));
  if (!made) return refuse(409, "Conflict", made.error().message);
  auto said = ok(to_json(**made));
  said.status = 201;
  said.reason = "Created";
  return said;
}

ari_answer ari_front::list_stored(arguments const&) {
  auto list = json::array();
  for (auto const& [name, r] : machine_.stored_recordings())
    list.push_back({{"name", name}, {"format", r.format}});
  return ok(list);
}

ari_answer ari_front::get_stored(arguments const& a) {
  auto const& all = machine_.stored_recordings();
  auto const at = all.find(a.get("recordingName"));
  if (at == all.end()) return refuse(404, "Not Found", "Recording not found");
  return ok({{"name", at->first}, {"format", at->second.format}});
}

ari_answer ari_front::get_live(arguments const& a) {
  auto const* r = machine_.find_recording(a.get("recordingName"));
  return r == nullptr ? refuse(404, "Not Found", "Recording not found") : ok(to_json(*r));
}

ari_answer ari_front::end_live(arguments const& a) {
  auto* const r = machine_.find_recording(a.get("recordingName"));
  if (r == nullptr) return refuse(404, "Not Found", "Recording not found");
  machine_.stop(*r, a.what->nickname == "stop");
  return {};
}

}  // namespace calluna::sim
