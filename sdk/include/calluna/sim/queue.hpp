#pragma once
#include <calluna/sim/agenda.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace calluna::sim {

/// An agent of a queue.
struct queue_member {
  std::string interface;  ///< "PJSIP/101"
  std::string name;
  int penalty = 0;
  bool paused = false;
  std::string paused_reason = {};
  int calls_taken = 0;
  moment last_call{};
};

/// Asterisk's own queue.
struct queue {
  std::string name, strategy = "ringall";
  span member_timeout = std::chrono::seconds(15), retry = std::chrono::seconds(5);
  std::vector<queue_member> members;
  std::vector<std::uint64_t> waiting;  ///< serials of channels, the next one first
};

}  // namespace calluna::sim
