#include <calluna/ari/client.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fakes/ari_server.hpp>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

namespace calluna::ari {
namespace {

using namespace std::chrono_literals;
using fakes::ari_server;
using testing::ElementsAre;
using testing::HasSubstr;

struct lines final : log_sink {
  void write(log_level, std::string_view, std::string_view text) override {
    all.emplace_back(text);
  }
  std::vector<std::string> all;
};

struct told final : client_listener {
  void on_ari_events(std::string_view, event_batch const& batch) override {
    ++batches;
    for (auto const& e : batch.events) {
      types.emplace_back(e.type);
      log.push_back("event " + std::string(e.channel_id));
    }
    if (keep) kept.push_back(batch);
    if (on_event) on_event();
  }
  void on_ari_state(std::string_view, application_state s, error const* why) override {
    states.push_back(s);
    if (why != nullptr) reasons.push_back(*why);
    if (on_state) on_state(s);
  }
  std::optional<application_state> last() const {
    return states.empty() ? std::nullopt : std::optional(states.back());
  }
  std::vector<std::string> types, log;
  std::vector<application_state> states;
  std::vector<error> reasons;
  std::vector<event_batch> kept;
  int batches = 0;
  bool keep = false;
  std::function<void()> on_event;
  std::function<void(application_state)> on_state;
};

class ari_client : public testing::Test {
 protected:
  void SetUp() override {
    options.server.host = "127.0.0.1";
    options.server.port = server.port();
    options.server.timeout = 5s;
    options.user = "u";
    options.password = "secret!";
    options.backoff = {5ms, 20ms, 0.25};
  }
  void TearDown() override {
    if (c) c->stop();
    c.reset();
    for (auto const& line : sink->all) EXPECT_THAT(line, Not(HasSubstr("secret!")));
  }

  client& start() {
    c.emplace(io.get_executor(), options, logger(sink, "ari"), listener);
    return *c;
  }
  /// Runs the loop until `done`; fails the test after a generous while.
  void until(std::function<bool()> const& done) {
    auto const deadline = std::chrono::steady_clock::now() + 20s;
    while (!done()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "it did not happen";
      io.restart();
      io.run_one_for(100ms);
    }
  }
  void until_up() {
    until([&] { return listener.last() == application_state::up; });
  }
  /// Up, and the probe answered (which the test sees by a request that went over the WebSocket).
  void until_rest_over_websocket() {
    until_up();
    do {
      bool answered = false;
      c->submit({http_method::get, "warm/up", {}, {}}, 5s, [&](auto const&) { answered = true; });
      until([&] { return answered; });
    } while (server.count.websocket_requests == 0 && !HasFatalFailure());
  }
  result<response> ask(request r, std::chrono::milliseconds timeout = 5s) {
    std::optional<result<response>> got;
    c->submit(std::move(r), timeout, [&](result<response> a) { got = std::move(a); });
    EXPECT_FALSE(got) << "told from inside";
    until([&] { return got.has_value(); });
    return got ? *got : result<response>(fail(error_kind::timeout, "test"));
  }
  static std::string event(std::string const& type, std::string const& channel = "c1") {
    return R"({"type":")" + type + R"(","application":"app","channel":{"id":")" + channel +
           R"("}})";
  }

  boost::asio::io_context io;
  ari_server server{io};
  client_options options;
  std::shared_ptr<lines> sink = std::make_shared<lines>();
  told listener;
  std::optional<client> c;
};

TEST_F(ari_client, logs_in_and_gives_the_events_of_one_read_in_one_batch) {
  server.authorization = "Basic dTpzZWNyZXQh";
  start().subscribe("app");
  until_up();
  std::string many;
  for (int i = 0; i < 50; ++i) many += ari_server::frame(1, event("E", std::to_string(i)));
  server.send_raw("app", many);
  until([&] { return listener.types.size() == 50; });
  EXPECT_EQ(listener.batches, 1);
  EXPECT_EQ(listener.log.front(), "event 0");
  EXPECT_EQ(listener.log.back(), "event 49");
  EXPECT_EQ(c->count().events, 50U);
}

TEST_F(ari_client, takes_events_that_came_with_the_upgrade) {
  server.after_upgrade = ari_server::frame(1, event("Early"));
  start().subscribe("app");
  until([&] { return !listener.types.empty(); });
  EXPECT_EQ(listener.types.front(), "Early");
  EXPECT_THAT(listener.states, ElementsAre(application_state::up));
}

TEST_F(ari_client, keeps_batches_valid_for_who_holds_them) {
  listener.keep = true;
  start().subscribe("app");
  until_up();
  for (int i = 0; i < 200; ++i) {
    server.send("app", event("E", "channel-" + std::to_string(i)));
    until([&] { return listener.types.size() == static_cast<std::size_t>(i + 1); });
  }
  std::size_t i = 0;
  for (auto const& batch : listener.kept)
    for (auto const& e : batch.events) EXPECT_EQ(e.channel_id, "channel-" + std::to_string(i++));
}

TEST_F(ari_client, joins_fragments_answers_pings_and_counts_nonsense) {
  start().subscribe("app");
  until_up();
  auto const text = event("Pieces");
  server.send_raw(
      "app", ari_server::frame(1, event("Before")) +
                 ari_server::frame(1, text.substr(0, 10), false) + ari_server::frame(9, "hey") +
                 ari_server::frame(0, text.substr(10, 5), false) +
                 ari_server::frame(0, text.substr(15)) + ari_server::frame(1, "nonsense") +
                 ari_server::frame(2, "binary") + ari_server::frame(1, event("After")));
  until([&] { return listener.types.size() == 3; });
  EXPECT_THAT(listener.types, ElementsAre("Before", "Pieces", "After"));
  EXPECT_EQ(c->count().malformed, 1U);
}

TEST_F(ari_client, takes_messages_far_larger_than_a_read_block) {
  start().subscribe("app");
  until_up();
  auto big = event("Big");
  big.insert(big.size() - 1, R"(,"filler":")" + std::string(3'000'000, 'x') + "\"");
  server.send("app", big);
  server.send("app", event("Small"));
  until([&] { return listener.types.size() == 2; });
  EXPECT_THAT(listener.types, ElementsAre("Big", "Small"));
}

TEST_F(ari_client, asks_over_http_where_the_websocket_stays_silent) {
  server.rest_over_websocket = false;
  server.on_request = [](auto const& r) {
    return ari_server::reply{200, r.method + " " + r.target};
  };
  start().subscribe("app");
  until_up();
  auto const got = ask({http_method::get, "channels", {{"a", "b c"}}, {}});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->body, "GET channels?a=b%20c");
  EXPECT_EQ(server.count.websocket_requests, 0);
  EXPECT_EQ(c->count().over_websocket, 0U);
}

TEST_F(ari_client, asks_over_http_without_any_application) {
  server.on_request = [](auto const& r) { return ari_server::reply{200, r.method + " " + r.body}; };
  start();
  auto const got = ask({http_method::post, "channels/x/variable", {}, R"({"a":1})"});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->body, R"(POST {"a":1})");
}

TEST_F(ari_client, asks_over_the_websocket_once_it_answers_there) {
  server.on_request = [](auto const& r) {
    return ari_server::reply{200, r.method + " " + r.target + " \"" + r.body + "\"\n"};
  };
  start().subscribe("app");
  until_rest_over_websocket();
  auto const before = server.count.http_requests;
  auto const got = ask({http_method::put, "a/b", {{"q", "b c&\""}}, R"({"x":"\"y"})"});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->body, "PUT a/b?q=b c&\" \"{\"x\":\"\\\"y\"}\"\n");
  EXPECT_EQ(server.count.http_requests, before);
  EXPECT_EQ(server.count.probes, 1);
}

TEST_F(ari_client, sends_what_was_submitted_in_one_turn_in_one_write) {
  start().subscribe("app");
  until_rest_over_websocket();
  auto const before = server.count.writes_read;
  int answers = 0;
  for (int i = 0; i < 100; ++i)
    c->submit({http_method::get, "x", {}, {}}, 5s,
              [&](auto const& r) { answers += r.has_value(); });
  until([&] { return answers == 100; });
  EXPECT_LE(server.count.writes_read - before, 2);
}

TEST_F(ari_client, tells_events_and_answers_in_the_order_they_came) {
  start().subscribe("app");
  until_rest_over_websocket();
  server.on_request = [&](auto const&) {
    server.send("app", event("E", "before"));
    boost::asio::post(io, [&] { server.send("app", event("E", "after")); });
    return ari_server::reply{204};
  };
  c->submit({http_method::post, "x", {}, {}}, 5s,
            [&](auto const&) { listener.log.emplace_back("answer"); });
  until([&] { return listener.log.size() == 3; });
  EXPECT_THAT(listener.log, ElementsAre("event before", "answer", "event after"));
}

TEST_F(ari_client, sends_what_is_too_big_or_no_utf8_over_http) {
  std::size_t size = 0;
  server.on_request = [&](auto const& r) {
    size = r.body.size();
    return ari_server::reply{r.over_websocket ? 500 : 200, {}};
  };
  start().subscribe("app");
  until_rest_over_websocket();
  EXPECT_TRUE(ask({http_method::post, "x", {}, std::string(100'000, 'x')}));
  EXPECT_EQ(size, 100'000U);
  EXPECT_TRUE(ask({http_method::post, "x", {}, "\xff"}));
}

TEST_F(ari_client, fetches_files_over_http_where_the_websocket_says_406) {
  server.on_request = [](auto const& r) {
    return r.over_websocket ? ari_server::reply{406, R"({"message":"no"})"}
                            : ari_server::reply{200, std::string("RIFF\0\xff", 6)};
  };
  start().subscribe("app");
  until_rest_over_websocket();
  auto const got = ask({http_method::get, "recordings/stored/x/file", {}, {}});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->body, std::string("RIFF\0\xff", 6));
}

TEST_F(ari_client, tells_each_status_as_a_kind_with_asterisks_words) {
  start().subscribe("app");
  until_rest_over_websocket();
  for (bool const websocket : {true, false}) {
    if (!websocket) {
      bool ended = false;
      server.on_websocket_end = [&](auto const&) { ended = true; };
      c->unsubscribe("app");
      until([&] { return ended; });
      server.on_websocket_end = [](auto const&) {};
    }
    for (auto const& [status, kind] :
         std::vector<std::pair<int, error_kind>>{{400, error_kind::invalid},
                                                 {401, error_kind::refused},
                                                 {403, error_kind::refused},
                                                 {404, error_kind::gone},
                                                 {405, error_kind::invalid},
                                                 {409, error_kind::rejected},
                                                 {412, error_kind::rejected},
                                                 {422, error_kind::invalid},
                                                 {500, error_kind::rejected},
                                                 {503, error_kind::rejected},
                                                 {302, error_kind::protocol}}) {
      server.on_request = [status = status](auto const&) {
        return ari_server::reply{status, R"({"error":"Allocation \"failed\""})"};
      };
      auto const got = ask({http_method::post, "x", {}, {}});
      ASSERT_FALSE(got);
      EXPECT_EQ(got.error().kind, kind) << status;
      EXPECT_EQ(got.error().code, http_status(status));
      EXPECT_THAT(got.error().message, HasSubstr("Allocation \"failed\""));
      EXPECT_EQ(got.error().retryable, status == 503);
    }
  }
  server.on_request = [](auto const&) { return ari_server::reply{404, "<html>"}; };
  EXPECT_THAT(ask({http_method::get, "x", {}, {}}).error().message, HasSubstr("Said (404)"));
}

TEST_F(ari_client, comes_back_after_each_loss_and_takes_events_again) {
  start().subscribe("app");
  for (int i = 1; i <= 5; ++i) {
    until([&] { return server.count.websockets == i && listener.last() == application_state::up; });
    server.drop();
    until([&] { return listener.last() == application_state::down; });
  }
  EXPECT_EQ(c->count().connections_lost, 5U);
  until_up();
  server.send("app", event("Again"));
  until([&] { return !listener.types.empty(); });
}

TEST_F(ari_client, comes_back_when_the_server_does_and_says_one_line_meanwhile) {
  server.shut_down();
  start().subscribe("app");
  until([&] { return !listener.states.empty(); });
  auto const before = std::chrono::steady_clock::now();
  until([&] { return std::chrono::steady_clock::now() - before > 150ms; });
  EXPECT_EQ(sink->all.size(), 1U);
  EXPECT_THAT(listener.states, ElementsAre(application_state::down));
  EXPECT_EQ(listener.reasons.front().kind, error_kind::offline);
  server.listen();
  until_up();
}

TEST_F(ari_client, says_who_was_refused_where) {
  server.authorization = "Basic other";
  start().subscribe("app");
  until([&] { return !listener.reasons.empty(); });
  auto const url = "http://127.0.0.1:" + std::to_string(server.port()) + "/ari";
  EXPECT_EQ(listener.reasons[0].kind, error_kind::refused);
  EXPECT_THAT(listener.reasons[0].message, testing::AllOf(HasSubstr("'u'"), HasSubstr(url)));
  auto const got = ask({http_method::get, "x", {}, {}});
  EXPECT_EQ(got.error().kind, error_kind::refused);
  EXPECT_THAT(got.error().message, testing::AllOf(HasSubstr("'u'"), HasSubstr(url)));
}

TEST_F(ari_client, asks_whether_this_is_ari_where_nothing_is_there) {
  server.upgrade_status = 404;
  start().subscribe("app");
  until([&] { return !listener.reasons.empty(); });
  EXPECT_THAT(listener.reasons[0].message, HasSubstr("is this ARI?"));
  server.upgrade_status = 101;  // res_ari has loaded
  until_up();
}

TEST_F(ari_client, names_the_application_that_was_declined) {
  server.upgrade_status = 400;
  start().subscribe("app");
  until([&] { return !listener.reasons.empty(); });
  EXPECT_THAT(listener.reasons[0].message, HasSubstr("'app' was declined"));
}

TEST_F(ari_client, does_not_fight_for_a_replaced_application) {
  start().subscribe("app");
  until_up();
  bool ended = false;
  server.on_websocket_end = [&](auto const&) { ended = true; };
  server.send("app", R"({"type":"ApplicationReplaced","application":"app"})");
  until([&] { return ended; });
  EXPECT_THAT(listener.states, ElementsAre(application_state::up, application_state::replaced));
  auto const before = std::chrono::steady_clock::now();
  until([&] { return std::chrono::steady_clock::now() - before > 100ms; });
  EXPECT_EQ(server.count.websockets, 1);
  c->subscribe("app");
  until([&] { return server.count.websockets == 2; });
  until_up();
}

TEST_F(ari_client, unsubscribes_politely_and_answers_what_was_under_way) {
  start().subscribe("app");
  until_rest_over_websocket();
  bool ended = false;
  bool answered = false;
  server.on_websocket_end = [&](auto const&) { ended = true; };
  c->submit({http_method::post, "x", {}, {}}, 5s, [&](auto const& r) { answered = r.has_value(); });
  c->unsubscribe("app");
  until([&] { return ended && answered; });
  c->subscribe("app");
  until([&] { return server.count.websockets == 2; });
}

TEST_F(ari_client, finds_a_dead_connection_by_its_silence) {
  options.ping_interval = 200ms;  // room for a slow machine
  start().subscribe("app");
  until([&] { return server.count.pings >= 2; });
  EXPECT_THAT(listener.states, ElementsAre(application_state::up));
  server.answers_pings = false;
  until([&] { return !listener.reasons.empty(); });
  EXPECT_EQ(listener.reasons[0].kind, error_kind::timeout);
}

TEST_F(ari_client, gives_up_an_upgrade_that_is_never_answered) {
  server.upgrade_status = 0;
  options.server.timeout = 50ms;
  start().subscribe("app");
  until([&] { return !listener.reasons.empty(); });
  EXPECT_EQ(listener.reasons[0].kind, error_kind::timeout);
}

TEST_F(ari_client, drops_the_connection_on_each_violation_and_comes_back) {
  start().subscribe("app");
  for (std::string const& bad :
       {std::string("\xff\xff"), std::string("\x81\x81xxxxx"), ari_server::frame(0, "x")}) {
    until_up();
    server.send_raw("app", ari_server::frame(1, event("Good")) + bad);
    until([&] { return listener.last() == application_state::down; });
    EXPECT_EQ(listener.reasons.back().kind, error_kind::protocol);
  }
  EXPECT_EQ(listener.types.size(), 3U);
}

TEST_F(ari_client, says_truthfully_whether_to_ask_again) {
  start().subscribe("app");
  until_rest_over_websocket();
  server.on_request = [](auto const&) { return ari_server::reply{.cut = true}; };
  auto const post = ask({http_method::post, "x", {}, {}});
  EXPECT_EQ(post.error().kind, error_kind::offline);
  EXPECT_FALSE(post.error().retryable);
  until([&] { return listener.states.size() >= 3; });
  until_up();
  auto const get = ask({http_method::get, "x", {}, {}});
  EXPECT_EQ(get.error().kind, error_kind::offline);
  EXPECT_TRUE(get.error().retryable);
}

TEST_F(ari_client, ends_requests_at_their_deadline_over_either_transport) {
  server.on_request = [](auto const& r) {
    return ari_server::reply{.silent = r.target != "warm/up"};
  };
  start();
  auto const http = ask({http_method::get, "x", {}, {}}, 30ms);
  EXPECT_EQ(http.error().kind, error_kind::timeout);
  EXPECT_TRUE(http.error().retryable);
  c->subscribe("app");
  until_rest_over_websocket();
  auto const websocket = ask({http_method::post, "x", {}, {}}, 30ms);
  EXPECT_EQ(websocket.error().kind, error_kind::timeout);
  EXPECT_FALSE(websocket.error().retryable);
  EXPECT_TRUE(ask({http_method::get, "warm/up", {}, {}}));
}

TEST_F(ari_client, declines_more_than_its_bound) {
  options.max_pending = 3;
  server.on_request = [](auto const& r) {
    return ari_server::reply{.silent = r.target != "warm/up"};
  };
  start().subscribe("app");
  until_rest_over_websocket();
  std::vector<error_kind> kinds;
  for (int i = 0; i < 5; ++i)
    c->submit({http_method::get, "x", {}, {}}, 100ms,
              [&](auto const& r) { kinds.push_back(r.error().kind); });
  until([&] { return kinds.size() == 5; });
  EXPECT_EQ(std::count(kinds.begin(), kinds.end(), error_kind::rejected), 2);
  EXPECT_EQ(std::count(kinds.begin(), kinds.end(), error_kind::timeout), 3);
}

TEST_F(ari_client, cancels_everything_when_stopped_and_says_nothing_more) {
  for (bool const websocket : {true, false}) {
    server.on_request = [](auto const& r) {
      return ari_server::reply{.silent = r.target != "warm/up"};
    };
    start();
    if (websocket) {
      c->subscribe("app");
      until_rest_over_websocket();
    }
    int cancelled = 0;
    auto const count = [&](auto const& r) { cancelled += r.error().kind == error_kind::cancelled; };
    for (int i = 0; i < 20; ++i) c->submit({http_method::get, "x", {}, {}}, 5s, count);
    auto const before = listener.states.size();
    c->stop();
    EXPECT_EQ(cancelled, 0);
    c->submit({http_method::get, "x", {}, {}}, 5s, count);
    until([&] { return cancelled == 21; });
    EXPECT_EQ(listener.states.size(), before);
  }
}

TEST_F(ari_client, may_be_destroyed_inside_each_of_its_call_backs) {
  listener.on_event = [&] { c.reset(); };
  start().subscribe("app");
  until_up();
  server.send_raw("app", ari_server::frame(1, event("A")) + ari_server::frame(1, "\xff"));
  until([&] { return !c; });
  listener.on_event = nullptr;
  for (auto const at :
       {application_state::up, application_state::down, application_state::replaced}) {
    listener.states.clear();
    listener.on_state = [&](application_state s) {
      if (s == at) c.reset();
    };
    start().subscribe("app");
    until([&] { return !c || !listener.states.empty(); });
    if (at == application_state::down) server.drop();
    if (at == application_state::replaced)
      server.send("app", R"({"type":"ApplicationReplaced","application":"app"})");
    until([&] { return !c; });
  }
  listener.on_state = nullptr;
  start();
  c->submit({http_method::get, "x", {}, {}}, 5s, [&](auto const&) { c.reset(); });
  until([&] { return !c; });
  listener.states.clear();
  start().subscribe("app");
  until_rest_over_websocket();
  c->submit({http_method::get, "x", {}, {}}, 5s, [&](auto const&) { c.reset(); });
  until([&] { return !c; });
}

}  // namespace
}  // namespace calluna::ari
