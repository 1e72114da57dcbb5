#include "connection.hpp"

#include <utility>

namespace calluna::runtime::web {
namespace {

/// A client that hears topics of the push hub.
class event_stream final : public takeover,
                           public push_listener,
                           public std::enable_shared_from_this<event_stream> {
 public:
  explicit event_stream(std::shared_ptr<connection> const& on)
      : connection_(on), core_(on->core()) {}

  void start(std::vector<std::string> topics) {
    ++core_->event_streams;
    auto const now = core_->hub->attach(shared_from_this(), std::move(topics));
    if (auto const on = connection_.lock()) on->push(now, false);
  }

  void heard(std::shared_ptr<std::string const> event) override {
    if (auto const on = connection_.lock()) on->push(std::move(event));
  }
  void received(std::string& in) override { in.clear(); }
  void beat() override {
    static auto const comment = std::make_shared<std::string const>(":\n\n");
    if (auto const on = connection_.lock()) on->push(comment);
  }
  void written(std::size_t) override {}
  void going_away() override {
    if (auto const on = connection_.lock()) on->finish();
  }
  void ended() override {
    if (std::exchange(ended_, true)) return;
    --core_->event_streams;
    core_->hub->detach(shared_from_this());
  }

 private:
  std::weak_ptr<connection> connection_;
  std::shared_ptr<server_core> core_;
  bool ended_ = false;
};

}  // namespace

std::shared_ptr<takeover> make_event_stream(std::shared_ptr<connection> const& on,
                                            std::vector<std::string> topics) {
  auto made = std::make_shared<event_stream>(on);
  made->start(std::move(topics));
  return made;
}

}  // namespace calluna::runtime::web
