#include "ami_view.hpp"

#include "eventually.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace calluna::integration {

class ami_view::impl : public ami::client_listener {
 public:
  explicit impl(asterisk const& pbx) {
    ami::client_options options;
    options.server.host = pbx.setting("HOST");
    options.server.port = pbx.port("AMI_PORT");
    options.user = pbx.setting("AMI_USER");
    options.secret = pbx.setting("AMI_SECRET");
    client = std::make_unique<ami::client>(loop.get_executor(), options, logger{}, *this);
    client->start();
    thread = std::thread([this] { loop.run(); });
  }
  ~impl() override {
    boost::asio::post(loop, [this] { client->stop(); });
    thread.join();
  }

  void on_ami_events(ami::event_batch const& batch) override {
    std::lock_guard const hold{mutex};
    for (auto const& event : batch.events) {
      seen.emplace_back(batch.owner, event);
      if (visit) visit(event);
    }
    changed.notify_all();
  }
  void on_ami_state(ami::client_state state, error const*) override {
    std::lock_guard const hold{mutex};
    up = state == ami::client_state::up;
    changed.notify_all();
  }

  std::vector<ami::message> matching(std::string const& name, headers const& wanted,
                                     std::size_t from) const {
    std::vector<ami::message> found;
    for (auto i = from; i < seen.size(); ++i) {
      auto const& event = *seen[i];
      if (event.event() != name) continue;
      bool fits = true;
      for (auto const& [key, value] : wanted) fits = fits && event.get(key) == value;
      if (fits) found.push_back(seen[i]);
    }
    return found;
  }

  boost::asio::io_context loop{1};
  std::unique_ptr<ami::client> client;
  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  std::vector<ami::message> seen;
  std::function<void(ami::message_view)> visit;
  bool up = false;
  std::thread thread;
};

ami_view::ami_view(asterisk const& pbx) : impl_(std::make_unique<impl>(pbx)) {
  std::unique_lock hold{impl_->mutex};
  if (!impl_->changed.wait_for(hold, 10s, [this] { return impl_->up; }))
    throw std::runtime_error("the test's own manager connection does not come up");
}

ami_view::~ami_view() = default;

result<ami::response> ami_view::send(ami::action const& what) {
  auto bytes = ami::encode(what, impl_->client->next_id(), impl_->client->id_prefix());
  if (!bytes) return tl::unexpected(bytes.error());
  std::promise<result<ami::response>> answer;
  boost::asio::post(impl_->loop, [&] {
    impl_->client->submit(std::move(*bytes), 10s,
                          [&](result<ami::response> r) { answer.set_value(std::move(r)); });
  });
  return answer.get_future().get();
}

void ami_view::user_event(std::string const& name, headers const& more) {
  ami::action event{"UserEvent"};
  event.set("UserEvent", name);
  for (auto const& [key, value] : more) event.set(key, value);
  if (auto const sent = send(event); !sent) throw std::runtime_error(sent.error().message);
}

std::size_t ami_view::position() const {
  std::lock_guard const hold{impl_->mutex};
  return impl_->seen.size();
}

std::vector<ami::message> ami_view::events(std::string const& name, headers const& wanted,
                                           std::size_t from) const {
  std::lock_guard const hold{impl_->mutex};
  return impl_->matching(name, wanted, from);
}

bool ami_view::wait_for(std::string const& name, headers const& wanted,
                        std::chrono::milliseconds bound, std::size_t times,
                        std::size_t from) const {
  std::unique_lock hold{impl_->mutex};
  return impl_->changed.wait_for(
      hold, bound, [&] { return impl_->matching(name, wanted, from).size() >= times; });
}

void ami_view::on_event(std::function<void(ami::message_view)> visit) {
  std::lock_guard const hold{impl_->mutex};
  impl_->visit = std::move(visit);
}

}  // namespace calluna::integration
