#include "fakes/ari_server.hpp"
#include "fakes/run_until.hpp"

#include <calluna/ari/client.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>

#include <atomic>
#include <optional>
#include <thread>

namespace calluna::ari {
namespace {

namespace asio = boost::asio;
using fakes::ari_server;
using namespace std::chrono_literals;

struct deaf final : client_listener {
  void on_ari_events(std::string_view, event_batch const&) override {}
  void on_ari_state(std::string_view, application_state, error const*) override {}
};

/// Requests from threads that are not the client's.
struct ari_client_at_once : testing::Test {
  ari_client_at_once() {
    client_options o;
    o.server = {.host = "127.0.0.1", .port = server.port()};
    o.user = "u";
    o.password = "p";
    o.backoff = {5ms, 20ms, 0.25};
    subject.emplace(loop.get_executor(), o, logger(), listener);
    server.on_request = [](auto const& r) { return ari_server::reply{200, r.target}; };
  }
  ~ari_client_at_once() override {
    subject->stop();
    subject.reset();
    loop.restart();
    loop.poll();
  }
  bool until(std::function<bool()> const& done) { return fakes::run_until(loop, done); }
  bool submit(std::string const& path, unique_function<void(result<response>)> done,
              std::chrono::milliseconds timeout = 10s, http_method method = http_method::post) {
    request r{method, path, {}, {}};
    return subject->submit_at_once(r, timeout, done);
  }
  /// The WebSocket takes requests past the loop.
  void until_open() {
    subject->subscribe("app");
    std::optional<bool> good;
    ASSERT_TRUE(
        until([&] { return submit("first", [&](auto const& r) { good = r.has_value(); }); }));
    ASSERT_TRUE(until([&] { return good.has_value(); }));
    EXPECT_TRUE(*good);
  }

  asio::io_context loop;
  ari_server server{loop};
  deaf listener;
  std::optional<client> subject;
};

TEST_F(ari_client_at_once, without_a_websocket_that_takes_it_nothing_is_done) {
  EXPECT_FALSE(submit("x", [](auto const&) { ADD_FAILURE(); }));
  server.rest_over_websocket = false;
  subject->subscribe("app");
  bool answered = false;
  subject->submit({http_method::get, "x", {}, {}}, 5s, [&](auto const&) { answered = true; });
  ASSERT_TRUE(until([&] { return answered && server.count.websockets == 1; }));
  EXPECT_FALSE(submit("x", [](auto const&) { ADD_FAILURE(); }));
}

TEST_F(ari_client_at_once, a_request_is_answered_on_the_loop) {
  until_open();
  std::optional<result<response>> got;
  ASSERT_TRUE(submit("channels/1/answer", [&](auto r) { got = std::move(r); }));
  EXPECT_FALSE(got);
  ASSERT_TRUE(until([&] { return got.has_value(); }));
  ASSERT_TRUE(*got);
  EXPECT_EQ((*got)->body, "channels/1/answer");
  EXPECT_EQ(server.count.http_requests, 0);
}

TEST_F(ari_client_at_once, what_cannot_travel_there_is_left_as_it_was) {
  until_open();
  request r{http_method::post, "x", {}, std::string(70'000, 'x')};
  unique_function<void(result<response>)> done = [](auto const&) { ADD_FAILURE(); };
  EXPECT_FALSE(subject->submit_at_once(r, 1s, done));
  EXPECT_EQ(r.body.size(), 70'000U);
  EXPECT_TRUE(done);
}

TEST_F(ari_client_at_once, one_that_is_not_answered_ends_in_time) {
  until_open();
  server.on_request = [](auto const&) {
    ari_server::reply r;
    r.silent = true;
    return r;
  };
  std::optional<error> why;
  ASSERT_TRUE(submit(
      "x", [&](auto r) { why = r.error(); }, 80ms));
  ASSERT_TRUE(until([&] { return why.has_value(); }));
  EXPECT_EQ(why->kind, error_kind::timeout);
}

TEST_F(ari_client_at_once, one_whose_connection_is_lost_may_have_taken_effect) {
  until_open();
  std::optional<error> why, harmless;
  ASSERT_TRUE(submit("x", [&](auto r) { why = r.error(); }));
  ASSERT_TRUE(submit(
      "y", [&](auto r) { harmless = r.error(); }, 10s, http_method::get));
  server.drop();
  ASSERT_TRUE(until([&] { return why && harmless; }));
  EXPECT_EQ(why->kind, error_kind::offline);
  EXPECT_FALSE(why->retryable);
  EXPECT_TRUE(harmless->retryable);
  std::optional<bool> good;
  ASSERT_TRUE(until([&] { return submit("z", [&](auto const& r) { good = r.has_value(); }); }));
  ASSERT_TRUE(until([&] { return good.has_value(); }));
}

TEST_F(ari_client_at_once, what_is_pending_at_a_stop_is_cancelled) {
  until_open();
  std::optional<error> why;
  ASSERT_TRUE(submit("x", [&](auto r) { why = r.error(); }));
  subject->stop();
  ASSERT_TRUE(until([&] { return why.has_value(); }));
  EXPECT_EQ(why->kind, error_kind::cancelled);
}

TEST_F(ari_client_at_once, a_second_websocket_takes_over_when_the_first_is_closed) {
  until_open();
  subject->subscribe("other");
  ASSERT_TRUE(until([&] { return server.count.probes == 2; }));
  subject->unsubscribe("app");
  std::optional<bool> good;
  ASSERT_TRUE(until([&] {
    bool asked = false;
    subject->submit({http_method::get, "warm", {}, {}}, 5s, [&](auto const&) { asked = true; });
    return until([&] { return asked; }) &&
           submit("x", [&](auto const& r) { good = r.has_value(); });
  }));
  ASSERT_TRUE(until([&] { return good.has_value(); }));
  EXPECT_TRUE(*good);
}

TEST_F(ari_client_at_once, many_threads_and_the_client_itself_get_each_their_answer) {
  until_open();
  constexpr int each = 500, threads = 3;
  std::atomic<int> answers{0}, wrong{0}, at_once{0};
  std::vector<std::thread> senders;
  for (int t = 0; t < threads; ++t)
    senders.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) {
        auto const path = "x/" + std::to_string(t) + "/" + std::to_string(i);
        request r{http_method::post, path, {}, {}};
        unique_function<void(result<response>)> done = [&, path](result<response> const& got) {
          if (!got || got->body != path) ++wrong;
          ++answers;
        };
        if (subject->submit_at_once(r, 10s, done))
          ++at_once;
        else
          asio::post(loop, [&, r = std::move(r), done = std::move(done)]() mutable {
            subject->submit(std::move(r), 10s, std::move(done));
          });
      }
    });
  EXPECT_TRUE(until([&] { return answers == each * threads; }));
  for (auto& s : senders) s.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(at_once, 0);
}

}  // namespace
}  // namespace calluna::ari
