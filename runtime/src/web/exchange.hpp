#pragma once
#include "websocket_link.hpp"

#include <calluna/bindings/http_door.hpp>
#include <calluna/io/executor.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace calluna::runtime::web {

struct exchange_state;

/// Whose request it is: told on the executor, what comes too late too.
class exchange_owner {
 public:
  virtual ~exchange_owner() = default;
  virtual void on_response(exchange_state const& of, bindings::http_response response) = 0;
  virtual void on_stream(exchange_state const& of, std::vector<std::string> topics) = 0;
  virtual void on_accept(exchange_state const& of, std::shared_ptr<websocket_link> link) = 0;
  /// The app let go of it.
  virtual void on_unanswered(exchange_state const& of) = 0;
};

/// Bytes set aside for a body; given back when this goes.
class reserved_bytes {
 public:
  reserved_bytes(std::shared_ptr<std::atomic<std::size_t>> of, std::size_t bytes)
      : of_(std::move(of)), bytes_(bytes) {
    *of_ += bytes_;
  }
  reserved_bytes(reserved_bytes const&) = delete;
  reserved_bytes& operator=(reserved_bytes const&) = delete;
  ~reserved_bytes() { *of_ -= bytes_; }

 private:
  std::shared_ptr<std::atomic<std::size_t>> of_;
  std::size_t bytes_;
};

/// What an exchange and its connection share.
struct exchange_state : std::enable_shared_from_this<exchange_state> {
  io::executor on;
  std::weak_ptr<exchange_owner> owner;
  bindings::http_request request;
  std::size_t max_output = 0;
  std::unique_ptr<reserved_bytes> body_room;
  std::atomic<bool> gone{false};
  std::atomic<bool> answered{false};
  // Of the executor:
  unique_function<void()> tell_gone;
  /// It has been answered, and so will not be gone any more.
  bool over = false;

  void set_gone();
  /// Lets go of whom it would have told: that may hold the exchange.
  void set_over();
};

/// The app's end.
std::shared_ptr<bindings::http_exchange> make_exchange(std::shared_ptr<exchange_state> state);

}  // namespace calluna::runtime::web
