#pragma once
#include "context.hpp"

#include <calluna/io/direct_line.hpp>
#include <calluna/io/websocket_codec.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace calluna::ari {

class event_socket;

/// Asterisk closes the WebSocket on a frame above 65,535 bytes; HTTP at least says 413.
constexpr std::size_t max_frame = 65'000;

/// Where requests leave without a hop to the executor: one of a client's WebSockets has it.
struct rest_line {
  io::direct_line<rest_call> line;
  /// Whose it is; on the executor.
  event_socket const* owner = nullptr;

  // Of whoever may send: a sender inside `line.send`, or the owner while it holds the line.
  std::uint64_t next_id = 1;
  io::websocket_encoder encoder;
  std::string json;

  /// Somebody on the executor will look for what was sent within `watch_interval`.
  std::atomic<bool> watched{false};
  static constexpr std::chrono::milliseconds watch_interval{50};
};

}  // namespace calluna::ari
