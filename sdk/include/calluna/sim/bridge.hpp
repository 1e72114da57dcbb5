#pragma once
#include <calluna/sim/agenda.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace calluna::sim {

/// Channels that hear one another. Belongs to the machine.
struct bridge {
  std::uint64_t serial = 0;
  std::string id, name, creator;
  /// "basic": Dial's own, gone with the first who leaves. "stasis": ARI's.
  std::string bridge_class = "basic";
  /// "mixing" or "holding", as ARI says it.
  std::string type = "mixing";
  std::string technology = "simple_bridge";
  std::string video_mode = "none";
  moment created{};
  std::vector<std::uint64_t> channels;  ///< serials, in the order of their coming
  std::string music;
  std::string playback;
  bool ended = false;  ///< a conference without people, about to be destroyed
};

/// Sound played to a channel or a bridge.
struct playback {
  std::string id;
  std::string target;  ///< "channel:1.2" or "bridge:x"
  std::vector<std::string> media;
  std::size_t at = 0;  ///< the index of what plays
  std::string language = "en";
  std::string state = "queued";  ///< queued, playing, paused, continuing, done, failed
  std::uint64_t turn = 0;
};

/// A recording that runs.
struct recording {
  std::string name, format, target;
  std::string state = "queued";  ///< recording, paused, done, failed, canceled
  moment began{};
  double seconds = 0;
};

/// What is left of one.
struct stored_recording {
  std::string name, format;
  double seconds = 0;
};

}  // namespace calluna::sim
