#pragma once
#include "../web/websocket_link.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace calluna::runtime::testing {

/// The client's end of a WebSocket of an app under test: what the app has sent, and whether it has
/// closed it. On the stage's loop.
class offline_websocket final : public web::websocket_sink,
                                public std::enable_shared_from_this<offline_websocket> {
 public:
  /// As much as the server lets wait by default.
  static constexpr std::size_t most_unheard = std::size_t{4} << 20;

  explicit offline_websocket(io::executor on)
      : link_(std::make_shared<web::websocket_link>(std::move(on), most_unheard)) {}

  /// The app's end.
  std::shared_ptr<bindings::http_socket> accept() {
    link_->sink = weak_from_this();
    return web::make_socket(link_);
  }
  /// False: it is closed.
  bool say(std::string text) {
    if (link_->closed) return false;
    if (!link_->hear(std::move(text))) send_close(1009, "too much waits to be received");
    return true;
  }
  /// The client goes.
  void leave() {
    if (!closed_) closed_ = 1005;
    link_->end();
  }

  std::vector<std::string> const& received() const noexcept { return received_; }
  /// The code it was closed with.
  std::optional<std::uint16_t> closed() const noexcept { return closed_; }

 private:
  void send_text(std::string text) override {
    link_->waiting -= text.size();
    received_.push_back(std::move(text));
  }
  void send_close(std::uint16_t code, std::string const&) override {
    if (!closed_) closed_ = code;
    link_->end();
  }

  std::shared_ptr<web::websocket_link> link_;
  std::vector<std::string> received_;
  std::optional<std::uint16_t> closed_;
};

}  // namespace calluna::runtime::testing
