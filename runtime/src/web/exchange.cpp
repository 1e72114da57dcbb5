#include "exchange.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace calluna::runtime::web {
namespace {

namespace asio = boost::asio;

class exchange final : public bindings::http_exchange {
 public:
  explicit exchange(std::shared_ptr<exchange_state> state) : state_(std::move(state)) {}
  ~exchange() override {
    answer([](exchange_owner& owner, exchange_state& s) { owner.on_unanswered(s); });
  }

  bindings::http_request const& request() const noexcept override { return state_->request; }
  bool gone() const noexcept override { return state_->gone; }

  void on_gone(unique_function<void()> tell) override {
    asio::post(state_->on, [state = state_, tell = std::move(tell)]() mutable {
      if (state->gone) return tell();
      if (!state->over) state->tell_gone = std::move(tell);
    });
  }

  void respond(bindings::http_response response) override {
    answer([response = std::move(response)](exchange_owner& owner, exchange_state& s) mutable {
      owner.on_response(s, std::move(response));
    });
  }

  void stream(std::vector<std::string> topics) override {
    answer([topics = std::move(topics)](exchange_owner& owner, exchange_state& s) mutable {
      owner.on_stream(s, std::move(topics));
    });
  }

  std::shared_ptr<bindings::http_socket> accept() override {
    if (state_->gone) return nullptr;
    auto link = std::make_shared<websocket_link>(state_->on, state_->max_output);
    bool const first = answer([link](exchange_owner& owner, exchange_state& s) mutable {
      owner.on_accept(s, std::move(link));
    });
    return first ? make_socket(std::move(link)) : nullptr;
  }

 private:
  /// False: it has been answered already.
  template <class Tell>
  bool answer(Tell tell) {
    if (state_->answered.exchange(true)) return false;
    asio::post(state_->on, [state = state_, tell = std::move(tell)]() mutable {
      if (auto const owner = state->owner.lock()) tell(*owner, *state);
    });
    return true;
  }

  std::shared_ptr<exchange_state> state_;
};

}  // namespace

void exchange_state::set_gone() {
  if (gone.exchange(true)) return;
  if (auto tell = std::exchange(tell_gone, nullptr)) tell();
}

void exchange_state::set_over() {
  over = true;
  tell_gone = nullptr;
}

std::shared_ptr<bindings::http_exchange> make_exchange(std::shared_ptr<exchange_state> state) {
  return std::make_shared<exchange>(std::move(state));
}

}  // namespace calluna::runtime::web
