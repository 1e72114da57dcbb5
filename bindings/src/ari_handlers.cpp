#include "ari_handlers.hpp"

#include <algorithm>

namespace calluna::bindings {

void ari_handlers::collect(ari::event_view const& event, std::vector<int>& functions) const {
  if (auto const found = by_type.find(event.type); found != by_type.end())
    functions.insert(functions.end(), found->second.begin(), found->second.end());
  bool watched_by_somebody = false;
  if (!watched.empty()) {
    auto const target = event.target_uri.substr(
        std::min(event.target_uri.find(':'), event.target_uri.size() - 1) + 1);
    auto const first_watcher = functions.size();
    for (auto id : {event.playback_id, event.recording_name, event.channel_id, event.peer_id,
                    event.bridge_id, target}) {
      if (id.empty()) continue;
      auto const found = watched.find(id);
      if (found == watched.end()) continue;
      watched_by_somebody = true;
      if (std::find(functions.begin() + static_cast<std::ptrdiff_t>(first_watcher), functions.end(),
                    found->second) == functions.end())
        functions.push_back(found->second);
    }
  }
  if (watched_by_somebody || event.type != "StasisStart") return;
  if (auto const found = served.find(event.application); found != served.end())
    functions.push_back(found->second);
}

}  // namespace calluna::bindings
