#include "websocket_link.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace calluna::runtime::web {
namespace {

namespace asio = boost::asio;

constexpr std::uint16_t going_away = 1001;
constexpr std::uint16_t policy_violation = 1008;

class socket final : public bindings::http_socket {
 public:
  explicit socket(std::shared_ptr<websocket_link> link) : link_(std::move(link)) {}
  ~socket() override {
    close(going_away, "");
    // What the app gave to hear with may hold on to the app.
    asio::post(link_->on, [link = link_] { link->heard = nullptr; });
  }

  bool send(std::string text) override {
    if (link_->closed) return false;
    if ((link_->waiting += text.size()) > link_->max_output) {
      close(policy_violation, "not reading");
      return false;
    }
    asio::post(link_->on, [link = link_, text = std::move(text)]() mutable {
      if (auto const sink = link->sink.lock()) sink->send_text(std::move(text));
    });
    return true;
  }

  void close(std::uint16_t code, std::string reason) override {
    if (link_->closed.exchange(true)) return;
    asio::post(link_->on, [link = link_, code, reason = std::move(reason)] {
      if (auto const sink = link->sink.lock()) sink->send_close(code, reason);
    });
  }

  void listen(unique_function<void(std::optional<std::string>)> heard) override {
    asio::post(link_->on, [link = link_, heard = std::move(heard)]() mutable {
      link->heard = std::move(heard);
      auto waiting = std::exchange(link->unheard, {});
      link->unheard_bytes = 0;
      for (auto& text : waiting) link->hear(std::move(text));
      if (link->end_told)
        if (auto last = std::exchange(link->heard, nullptr)) last(std::nullopt);
    });
  }

 private:
  std::shared_ptr<websocket_link> link_;
};

}  // namespace

bool websocket_link::hear(std::string text) {
  if (heard) {
    heard(std::move(text));
    return true;
  }
  if (unheard_bytes + text.size() > max_output) return false;
  unheard_bytes += text.size();
  unheard.push_back(std::move(text));
  return true;
}

void websocket_link::end() {
  closed = true;
  if (std::exchange(end_told, true)) return;
  if (auto last = std::exchange(heard, nullptr)) last(std::nullopt);
}

std::shared_ptr<bindings::http_socket> make_socket(std::shared_ptr<websocket_link> link) {
  return std::make_shared<socket>(std::move(link));
}

}  // namespace calluna::runtime::web
