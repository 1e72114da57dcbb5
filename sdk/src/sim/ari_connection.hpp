#pragma once
#include "connection.hpp"

#include <calluna/io/websocket_codec.hpp>
#include <calluna/sim/ari_front.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace calluna::sim {

/// ARI on one connection: HTTP requests, until one of them makes it a WebSocket.
class ari_connection : public std::enable_shared_from_this<ari_connection> {
 public:
  /// `around` runs what it is given with the PBX's time brought up to date before and after.
  ari_connection(ari_front& front, std::vector<ari_account> const& accounts,
                 std::shared_ptr<connection> line,
                 std::function<void(std::function<void()> const&)> around);

  void start();
  /// The front is going.
  void abandon() { gone_ = true; }

 private:
  void take(std::string_view bytes);
  bool take_request();
  void take_frames();
  void answer(ari_answer const& a, bool keep_alive, std::string_view more_headers = {});
  void upgrade(std::string const& key, ari_front::query const& fields, bool read_only);

  ari_front& front_;
  std::vector<ari_account> const& accounts_;
  std::shared_ptr<connection> line_;
  std::function<void(std::function<void()> const&)> around_;
  std::string unread_;
  bool websocket_ = false, read_only_ = false, gone_ = false;
  std::uint64_t number_ = 0;
  std::string application_;
  io::websocket_decoder decoder_{1024 * 1024, io::websocket_peer::client};
};

}  // namespace calluna::sim
