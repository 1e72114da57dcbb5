#include "connection.hpp"
#include "utf8.hpp"

#include <calluna/io/websocket_codec.hpp>

#include <deque>
#include <utility>

namespace calluna::runtime::web {
namespace {

using io::websocket_kind;

// RFC 6455, 7.4.1
constexpr std::uint16_t going_away_code = 1001;
constexpr std::uint16_t protocol_error = 1002;
constexpr std::uint16_t unsupported = 1003;
constexpr std::uint16_t not_utf8 = 1007;
constexpr std::uint16_t policy_violation = 1008;
constexpr std::uint16_t too_big = 1009;

/// A client at a WebSocket: its frames to the app's link, and back.
class websocket_session final : public takeover,
                                public websocket_sink,
                                public std::enable_shared_from_this<websocket_session> {
 public:
  websocket_session(std::shared_ptr<connection> const& on, std::shared_ptr<websocket_link> link)
      : connection_(on),
        core_(on->core()),
        link_(std::move(link)),
        decoder_(core_->options.max_websocket_message, io::websocket_peer::client) {
    ++core_->websockets;
    sizes_.push_back({on->waiting(), 0});  // the answer to the upgrade
  }

  void start() { link_->sink = weak_from_this(); }

  void received(std::string& in) override {
    if (closing_) return in.clear();
    silent_beats_ = 0;
    std::string_view rest = in;
    io::websocket_message message;
    while (!closing_ && !ended_) {
      auto const got = decoder_.next(rest, message);
      if (!got) {
        bool const big = got.error().code == io::websocket_errc::too_big;
        break_off(big ? too_big : protocol_error, got.error().message);
        break;
      }
      if (!*got) break;
      take(message);
    }
    if (closing_ || ended_)
      in.clear();
    else
      in.erase(0, in.size() - rest.size());
  }

  void beat() override {
    auto const on = connection_.lock();
    if (!on) return;
    // One that does not answer the closing is not waited for, either.
    if (closing_ || ++silent_beats_ > 2) {
      if (!closing_) core_->refused.add(refusal::websocket, on->about() + ": no answer to a ping");
      return on->close();
    }
    send_frame(websocket_kind::ping, "");
  }

  void send_text(std::string text) override {
    auto const size = text.size();
    auto const frame = frame_of(websocket_kind::text, text);
    if (closing_ || ended_) return;
    auto const on = connection_.lock();
    // Before the push, which may close.
    sizes_.push_back({frame->size(), size});
    if (on) on->push(frame, false);
  }

  void send_close(std::uint16_t code, std::string const& reason) override {
    if (std::exchange(closing_, true) || ended_) return;
    std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
    payload += reason.substr(0, 123);
    send_frame(websocket_kind::close, payload, true);
    link_->end();
    // What waits is sent, then the end; who does not read at all meets the write timeout.
    if (auto const on = connection_.lock()) on->finish();
  }

  void written(std::size_t bytes) override {
    written_ += bytes;
    while (!sizes_.empty() && written_ >= sizes_.front().frame) {
      written_ -= sizes_.front().frame;
      link_->waiting -= sizes_.front().text;
      sizes_.pop_front();
    }
    if (sizes_.empty()) written_ = 0;
  }

  void going_away() override { send_close(going_away_code, ""); }

  void ended() override {
    if (std::exchange(ended_, true)) return;
    --core_->websockets;
    link_->end();
  }

 private:
  /// Frames as they are in the output, with what the link counted for them.
  struct sent {
    std::size_t frame, text;
  };

  static std::shared_ptr<std::string const> frame_of(websocket_kind kind, std::string_view text) {
    std::string frame;
    io::append_server_frame(frame, kind, text);
    return std::make_shared<std::string const>(std::move(frame));
  }

  void send_frame(websocket_kind kind, std::string_view payload, bool last = false) {
    auto const frame = frame_of(kind, payload);
    sizes_.push_back({frame->size(), 0});
    if (auto const on = connection_.lock()) on->push(frame, !last);
  }

  void take(io::websocket_message const& message) {
    switch (message.kind) {
      case websocket_kind::text:
        if (!is_utf8(message.payload)) return break_off(not_utf8, "a text is not UTF-8");
        if (!link_->hear(std::string{message.payload}))
          break_off(policy_violation, "nobody takes the messages");
        return;
      case websocket_kind::binary:
        return break_off(unsupported, "only texts are understood");
      case websocket_kind::ping:
        return send_frame(websocket_kind::pong, message.payload);
      case websocket_kind::pong:
        return;
      case websocket_kind::close: {
        auto const code = io::read_close(message.payload).code;
        return send_close(static_cast<std::uint16_t>(code == 1005 ? 1000 : code), "");
      }
    }
  }

  void break_off(std::uint16_t code, std::string const& why) {
    if (auto const on = connection_.lock())
      core_->refused.add(refusal::websocket, on->about() + ": " + why);
    send_close(code, why);
  }

  std::weak_ptr<connection> connection_;
  std::shared_ptr<server_core> core_;
  std::shared_ptr<websocket_link> link_;
  io::websocket_decoder decoder_;
  std::deque<sent> sizes_;
  std::size_t written_ = 0;
  unsigned silent_beats_ = 0;
  bool closing_ = false;
  bool ended_ = false;
};

}  // namespace

std::shared_ptr<takeover> make_websocket_session(std::shared_ptr<connection> const& on,
                                                 std::shared_ptr<websocket_link> link) {
  auto made = std::make_shared<websocket_session>(on, std::move(link));
  made->start();
  return made;
}

}  // namespace calluna::runtime::web
