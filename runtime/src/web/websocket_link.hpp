#pragma once
#include <calluna/bindings/http_door.hpp>
#include <calluna/io/executor.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace calluna::runtime::web {

/// The connection's side of a WebSocket, on the executor.
class websocket_sink {
 public:
  virtual ~websocket_sink() = default;
  virtual void send_text(std::string text) = 0;
  virtual void send_close(std::uint16_t code, std::string const& reason) = 0;
};

/// What the app's end of a WebSocket and its connection share.
struct websocket_link : std::enable_shared_from_this<websocket_link> {
  websocket_link(io::executor executor, std::size_t most)
      : on(std::move(executor)), max_output(most) {}

  io::executor on;
  std::size_t max_output;
  std::atomic<bool> closed{false};
  /// Bytes that wait to be sent.
  std::atomic<std::size_t> waiting{0};

  // Of the executor:
  std::weak_ptr<websocket_sink> sink;
  unique_function<void(std::optional<std::string>)> heard;
  /// Messages that came before the app listens.
  std::deque<std::string> unheard;
  std::size_t unheard_bytes = 0;
  bool end_told = false;

  /// A message came. False: nobody listens, and more than may wait for that.
  bool hear(std::string text);
  /// It is over, whoever ended it.
  void end();
};

/// The app's end. Dropping it closes the WebSocket ("going away").
std::shared_ptr<bindings::http_socket> make_socket(std::shared_ptr<websocket_link> link);

}  // namespace calluna::runtime::web
