#include "server_fixture.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace calluna::runtime::web::test {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

/// An app on a thread of its own, as apps are.
class app_thread {
 public:
  using work = std::function<void()>;
  app_thread() : thread_([this] { run(); }) {}
  ~app_thread() {
    post(nullptr);
    thread_.join();
  }
  app_thread(app_thread const&) = delete;
  app_thread& operator=(app_thread const&) = delete;
  void post(work w) {
    std::lock_guard const held(mutex_);
    queue_.push_back(std::move(w));
    wake_.notify_one();
  }

 private:
  void run() {
    for (;;) {
      work next;
      {
        std::unique_lock held(mutex_);
        wake_.wait(held, [this] { return !queue_.empty(); });
        next = std::move(queue_.front());
        queue_.pop_front();
      }
      if (!next) return;
      next();
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<work> queue_;
  std::thread thread_;
};

class threads : public server_test {};

TEST_F(threads, of_apps_answer_stream_and_speak) {
  auto events = open_route("GET", "/events");
  events.what = bindings::http_route::kind::events;
  auto ws = open_route("GET", "/ws");
  ws.what = bindings::http_route::kind::websocket;
  serve({}, {open_route("GET", "/a/{n}"), events, ws});
  std::atomic<int> heard{0};
  std::shared_ptr<bindings::http_socket> socket;
  app_thread app;
  app_ = [&](std::string const&, std::uint32_t, exchange_ptr const& x) {
    app.post([&, x] {
      auto const& path = x->request().path;
      x->on_gone([] {});
      if (path == "/events") return x->stream({"t"});
      if (path != "/ws") return x->respond({200, {}, "for " + path});
      socket = x->accept();
      if (!socket) return;
      socket->listen([&](std::optional<std::string> const&) { ++heard; });
      for (int i = 0; i < 50; ++i) socket->send("tick");
    });
    return true;
  };
  raw_client listener(io_, server_->port());
  listener.send("GET /events HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(listener.wait_for("event: reset"));
  raw_client speaker(io_, server_->port());
  speaker.send(
      "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");

  std::vector<std::thread> pushers;
  for (int p = 0; p < 2; ++p)
    pushers.emplace_back([this, p] {
      auto const key = std::to_string(p);
      for (int i = 0; i < 200; ++i) {
        hub_->set("t", key, std::to_string(i), 1h);
        hub_->send("t", "1");
        hub_->listeners("t");
      }
      hub_->set("t", key, "\"last\"", std::nullopt);
    });
  raw_client asker(io_, server_->port());
  for (int i = 0; i < 50; ++i)
    asker.send("GET /a/" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(asker.wait_for("for /a/49"));
  EXPECT_TRUE(listener.wait_for("\"last\"", 2));
  EXPECT_TRUE(speaker.wait_for("tick", 50));
  for (auto& p : pushers) p.join();
  for (int i = 0, at = -1; i < 50; ++i) {
    auto const next = static_cast<int>(asker.received().find("for /a/" + std::to_string(i)));
    EXPECT_GT(next, at);
    at = next;
  }
  speaker.close();
  EXPECT_TRUE(fakes::run_until(io_, [&] { return heard == 1; }));
  app.post([&] { socket.reset(); });
}

TEST_F(threads, may_hold_requests_beyond_the_end_of_the_server) {
  serve({}, {open_route("GET", "/a")});
  exchange_ptr held;
  app_ = [&](std::string const&, std::uint32_t, exchange_ptr x) {
    held = std::move(x);
    return true;
  };
  raw_client client(io_, server_->port());
  client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(fakes::run_until(io_, [&] { return held != nullptr; }));
  server_.reset();
  EXPECT_TRUE(held->gone());
  bool told = false;
  held->on_gone([&] { told = true; });
  held->respond({});
  EXPECT_EQ(held->accept(), nullptr);
  held.reset();
  EXPECT_TRUE(fakes::run_until(io_, [&] { return told; }));
  EXPECT_TRUE(client.wait_for_end());
}

}  // namespace
}  // namespace calluna::runtime::web::test
