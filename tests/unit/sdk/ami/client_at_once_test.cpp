#include "fakes/ami_server.hpp"
#include "fakes/run_until.hpp"

#include <calluna/ami/client.hpp>

#include <boost/asio/post.hpp>
#include <gmock/gmock.h>

#include <atomic>
#include <optional>
#include <thread>

namespace calluna::ami {
namespace {

namespace asio = boost::asio;
using fakes::ami_server;
using namespace std::chrono_literals;

struct states final : client_listener {
  void on_ami_events(event_batch const&) override {}
  void on_ami_state(client_state s, error const*) override { ups += s == client_state::up ? 1 : 0; }
  int ups = 0;
};

/// Actions from threads that are not the client's.
struct ami_client_at_once : testing::Test {
  void TearDown() override {
    subject.reset();
    loop.restart();
    loop.poll();
  }
  void make(ami_server const& server) {
    client_options o;
    o.server = {.host = "127.0.0.1", .port = server.port()};
    o.user = "calluna";
    o.secret = "a secret";
    o.backoff = {5ms, 20ms, 0.25};
    subject.emplace(loop.get_executor(), o, logger(), told);
    subject->start();
    ASSERT_TRUE(until([&] { return told.ups > 0; }));
  }
  bool until(std::function<bool()> const& done) { return fakes::run_until(loop, done); }
  /// False: it was not sent.
  bool submit(char const* name, unique_function<void(result<response>)> done,
              std::chrono::milliseconds timeout = 10s) {
    auto a = *encode(action(name), subject->next_id(), subject->id_prefix());
    return subject->submit_at_once(a, timeout, done);
  }

  asio::io_context loop;
  states told;
  std::optional<client> subject;
};

TEST_F(ami_client_at_once, an_action_leaves_before_the_loop_runs_and_is_answered_on_it) {
  ami_server server;
  make(server);
  std::optional<result<response>> got;
  ASSERT_TRUE(submit("Ping", [&](result<response> r) { got = std::move(r); }));
  while (server.received().back() != "Ping") std::this_thread::yield();
  EXPECT_FALSE(got);
  ASSERT_TRUE(until([&] { return got.has_value(); }));
  ASSERT_TRUE(*got);
  EXPECT_EQ((*got)->head->get("Ping"), "Pong");
  EXPECT_EQ(subject->count().actions, 1U);
}

TEST_F(ami_client_at_once, without_a_connection_nothing_is_done) {
  ami_server server;
  make(server);
  subject->stop();
  EXPECT_FALSE(submit("Ping", [](auto const&) { ADD_FAILURE(); }));
}

TEST_F(ami_client_at_once, one_that_is_not_answered_ends_in_time) {
  ami_server server;
  server.on("Silence", [](auto&, auto const&) {});
  make(server);
  std::optional<error> why;
  ASSERT_TRUE(submit(
      "Silence", [&](auto r) { why = r.error(); }, 60ms));
  ASSERT_TRUE(until([&] { return why.has_value(); }));
  EXPECT_EQ(why->kind, error_kind::timeout);
}

TEST_F(ami_client_at_once, one_whose_connection_is_lost_may_have_taken_effect) {
  ami_server server;
  server.on("Originate", [](auto& peer, auto const&) { peer.close(); });
  make(server);
  std::optional<error> why;
  ASSERT_TRUE(submit("Originate", [&](auto r) { why = r.error(); }));
  ASSERT_TRUE(until([&] { return why.has_value(); }));
  EXPECT_EQ(why->kind, error_kind::offline);
  EXPECT_FALSE(why->retryable);
  ASSERT_TRUE(until([&] { return told.ups == 2; }));
  std::optional<bool> good;
  ASSERT_TRUE(submit("Ping", [&](auto const& r) { good = r.has_value(); }));
  ASSERT_TRUE(until([&] { return good.has_value(); }));
  EXPECT_TRUE(*good);
}

TEST_F(ami_client_at_once, what_is_pending_at_a_stop_is_cancelled) {
  ami_server server;
  server.on("Silence", [](auto&, auto const&) {});
  make(server);
  std::optional<error> why;
  ASSERT_TRUE(submit("Silence", [&](auto r) { why = r.error(); }));
  subject->stop();
  ASSERT_TRUE(until([&] { return why.has_value(); }));
  EXPECT_EQ(why->kind, error_kind::cancelled);
}

TEST_F(ami_client_at_once, many_threads_and_the_client_itself_get_each_their_answer) {
  ami_server server;
  make(server);
  constexpr int each = 500, threads = 3;
  std::atomic<int> answers{0}, wrong{0}, at_once{0};
  auto const answered = [&](result<response> const& r) {
    if (!r || r->head->get("Ping") != "Pong") ++wrong;
    ++answers;
  };
  std::vector<std::thread> senders;
  for (int t = 0; t < threads; ++t)
    senders.emplace_back([&] {
      for (int i = 0; i < each; ++i) {
        auto a = *encode(action("Ping"), subject->next_id(), subject->id_prefix());
        unique_function<void(result<response>)> done = answered;
        if (subject->submit_at_once(a, 10s, done))
          ++at_once;
        else
          asio::post(loop, [&, a = std::move(a), done = std::move(done)]() mutable {
            subject->submit(std::move(a), 10s, std::move(done));
          });
      }
    });
  EXPECT_TRUE(until([&] { return answers == each * threads; }));
  for (auto& s : senders) s.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(at_once, 0);
  EXPECT_EQ(subject->count().actions, static_cast<std::uint64_t>(each * threads));
}

}  // namespace
}  // namespace calluna::ami
