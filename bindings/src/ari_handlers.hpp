#pragma once
#include "ami_handlers.hpp"

#include <calluna/ari/event.hpp>

#include <string>
#include <vector>

namespace calluna::bindings {

/// An app's handlers of ARI events. Values are registry references of Lua functions.
class ari_handlers {
 public:
  /// The Stasis applications it serves: called with each StasisStart nobody watches.
  string_map<int> served;
  /// Every event of a type.
  string_map<std::vector<int>> by_type;
  /// Every event about one channel, bridge, playback or recording.
  string_map<int> watched;

  /// Appends to `functions` whom `event` concerns, in the order: type, object, served application.
  void collect(ari::event_view const& event, std::vector<int>& functions) const;
};

}  // namespace calluna::bindings
