#pragma once
#include <calluna/calls/fact.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace calluna::ami {
class message_view;
}

namespace calluna::calls {

/// A channel as read back from a PBX.
struct known_channel {
  std::string id, name, linkedid, number, caller_name, exten, application;
  channel_state state = channel_state::unknown;
  /// The bridge it is in, or empty.
  std::string bridge;
  /// Since when it exists; never if that was not told.
  moment since;
  /// It was called by the PBX, and did not call it.
  bool dialed = false;

  channel_view view() const;
};

struct known_bridge {
  std::string id, name;
  bridge_kind kind = bridge_kind::mixing;
};

struct known_waiting {
  std::string channel, queue;
  unsigned position = 0;
  moment since;
};

struct known_parked {
  std::string channel, parker, lot, space;
};

/// The state of one PBX, read back by lists. A plain value.
struct snapshot {
  unsigned pbx = 0;
  /// When the first list was asked for. What happened later is known better from events.
  moment asked_at;
  std::vector<known_channel> channels;
  std::vector<known_bridge> bridges;
  /// False: nobody asked for these (ARI has no such lists), so nothing follows from their absence.
  bool has_queues = false, has_parked = false;
  std::vector<known_waiting> waiting;
  std::vector<known_parked> parked;
};

/// Adds one event of the lists CoreShowChannels, BridgeList, QueueStatus and ParkedCalls; any other
/// is ignored. `at`: when it was read. QueueStatus and ParkedCalls may be empty lists: who has
/// asked for them sets `has_queues` and `has_parked`.
void add_from_ami(snapshot& into, ami::message_view const& event, moment at);
/// Adds the answers of GET /channels and GET /bridges, JSON texts. False if they are no such lists.
bool add_from_ari(snapshot& into, std::string_view channels, std::string_view bridges);

}  // namespace calluna::calls
