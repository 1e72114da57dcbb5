#include "../../../../sdk/src/io/http_answer.hpp"

#include <calluna/io/http_client.hpp>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fakes/ari_server.hpp>
#include <functional>
#include <optional>
#include <vector>

namespace calluna::io {
namespace {

using namespace std::chrono_literals;
using fakes::ari_server;

class http_client_test : public testing::Test {
 protected:
  void SetUp() override {
    options.server.host = "127.0.0.1";
    options.server.port = server.port();
    options.max_connections = 2;
  }
  http_client& start() { return c.emplace(io.get_executor(), options); }
  void until(std::function<bool()> const& done) {
    auto const deadline = std::chrono::steady_clock::now() + 20s;
    while (!done()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "it did not happen";
      io.restart();
      io.run_one_for(100ms);
    }
  }
  result<http_response> ask(std::string_view method, std::string target, std::string body = {},
                            std::chrono::milliseconds timeout = 5s) {
    std::optional<result<http_response>> got;
    c->submit({method, std::move(target), "application/json", std::move(body)}, timeout,
              [&](result<http_response> r) { got = std::move(r); });
    EXPECT_FALSE(got) << "told from inside";
    until([&] { return got.has_value(); });
    return got ? *got : result<http_response>(fail(error_kind::timeout, "test"));
  }

  boost::asio::io_context io;
  ari_server server{io};
  http_client_options options;
  std::optional<http_client> c;
};

TEST_F(http_client_test, uses_one_connection_for_requests_one_after_the_other) {
  server.on_request = [](auto const& r) {
    return ari_server::reply{200, r.method + r.target + r.body};
  };
  start();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask("POST", "/ari/x", "b")->body, "POSTxb");
  EXPECT_EQ(server.count.connections, 1);
}

TEST_F(http_client_test, opens_no_more_connections_than_it_may_and_answers_all) {
  start();
  int answers = 0;
  for (int i = 0; i < 100; ++i)
    c->submit({"GET", "/ari/x", {}, {}}, 5s, [&](auto const& r) { answers += r.has_value(); });
  // One connection may have carried all before the server takes the other.
  until([&] { return answers == 100 && server.count.connections >= 2; });
  EXPECT_EQ(server.count.connections, 2);
}

TEST_F(http_client_test, goes_on_with_a_new_connection_where_the_server_closes) {
  server.on_request = [](auto const&) { return ari_server::reply{.status = 200, .last = true}; };
  start();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(ask("POST", "/ari/x"));
  server.on_request = [](auto const&) { return ari_server::reply{}; };
  EXPECT_TRUE(ask("POST", "/ari/x"));
  auto const before = server.count.connections;
  server.drop();  // while idle
  bool quiet = false;
  while (!quiet) {
    io.restart();
    quiet = io.run_one_for(20ms) == 0;
  }
  EXPECT_TRUE(ask("POST", "/ari/x"));
  EXPECT_EQ(server.count.connections, before + 1);
}

TEST_F(http_client_test, says_truthfully_whether_to_ask_again) {
  int seen = 0;
  server.on_request = [&](auto const&) { return ++seen, ari_server::reply{.cut = true}; };
  start();
  auto const post = ask("POST", "/ari/x");
  EXPECT_EQ(post.error().kind, error_kind::offline);
  EXPECT_FALSE(post.error().retryable);
  EXPECT_TRUE(ask("GET", "/ari/x").error().retryable);
  EXPECT_EQ(seen, 2) << "nothing is sent twice";
  server.shut_down();
  auto const none = ask("POST", "/ari/x");
  EXPECT_EQ(none.error().kind, error_kind::offline);
  EXPECT_TRUE(none.error().retryable);
}

TEST_F(http_client_test, ends_waiting_and_sent_requests_at_their_deadline) {
  options.max_connections = 1;
  server.on_request = [](auto const&) { return ari_server::reply{.silent = true}; };
  start();
  std::optional<error> sent, waiting;
  c->submit({"POST", "/ari/x", {}, {}}, 60ms, [&](auto const& r) { sent = r.error(); });
  c->submit({"POST", "/ari/x", {}, {}}, 20ms, [&](auto const& r) { waiting = r.error(); });
  until([&] { return sent && waiting; });
  EXPECT_EQ(sent->kind, error_kind::timeout);
  EXPECT_FALSE(sent->retryable);
  EXPECT_EQ(waiting->kind, error_kind::timeout);
  EXPECT_TRUE(waiting->retryable) << "it never left";
  server.on_request = [](auto const&) { return ari_server::reply{}; };
  EXPECT_TRUE(ask("GET", "/ari/x"));
}

TEST_F(http_client_test, refuses_a_target_that_would_break_the_request_line) {
  start();
  for (auto const* const bad : {"/a b", "/a\r\nX: y", "", "no-slash", "/a\x7f"})
    EXPECT_EQ(ask("GET", bad).error().kind, error_kind::invalid);
  EXPECT_EQ(ask("GET", std::string("/a\0b", 4)).error().kind, error_kind::invalid);
  EXPECT_EQ(server.count.http_requests, 0);
}

TEST_F(http_client_test, bounds_what_waits_and_what_is_answered) {
  options.max_pending = 2;
  options.max_body = 1000;
  server.on_request = [](auto const&) { return ari_server::reply{200, std::string(2000, 'x')}; };
  start();
  std::vector<error_kind> kinds;
  for (int i = 0; i < 3; ++i)
    c->submit({"GET", "/ari/x", {}, {}}, 5s,
              [&](auto const& r) { kinds.push_back(r ? error_kind::busy : r.error().kind); });
  until([&] { return kinds.size() == 3; });
  EXPECT_EQ(std::count(kinds.begin(), kinds.end(), error_kind::rejected), 1);
  EXPECT_EQ(std::count(kinds.begin(), kinds.end(), error_kind::protocol), 2)
      << to_string(kinds[0]) << to_string(kinds[1]) << to_string(kinds[2]);
}

TEST_F(http_client_test, cancels_everything_when_destroyed) {
  server.on_request = [](auto const&) { return ari_server::reply{.silent = true}; };
  start();
  int cancelled = 0;
  for (int i = 0; i < 10; ++i)
    c->submit({"GET", "/ari/x", {}, {}}, 5s,
              [&](auto const& r) { cancelled += r.error().kind == error_kind::cancelled; });
  until([&] { return server.count.http_requests == 2; });
  c.reset();
  EXPECT_EQ(cancelled, 0);
  until([&] { return cancelled == 10; });
}

struct answer {
  int status;
  std::string body;
  bool operator==(answer const&) const = default;
};

/// All answers in `chunks`, then the end of the stream.
std::vector<answer> parse(std::vector<std::string_view> const& chunks, bool* broken = nullptr) {
  http_answer_parser parser(1000, 10'000);
  std::vector<answer> all;
  std::string unread;
  parser.begin();
  auto const take = [&] {
    all.push_back({parser.status(), parser.take_body()});
    parser.begin();
  };
  for (auto const chunk : chunks) {
    unread += chunk;
    for (;;) {
      std::string_view bytes = unread;
      if (!parser.put(bytes)) {
        if (broken != nullptr) *broken = true;
        return all;
      }
      bool const moved = bytes.size() < unread.size();
      unread.erase(0, unread.size() - bytes.size());
      if (parser.done())
        take();
      else if (!moved || unread.empty())
        break;
    }
  }
  if (parser.started() && parser.put_end() && parser.done()) take();
  return all;
}

TEST(http_answer_parser, gives_the_same_answers_at_every_split) {
  std::string const stream =
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
      "HTTP/1.1 204 No Content\r\n\r\n"
      "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
      "HTTP/1.1 500 Oops\r\nConnection: close\r\n\r\nuntil the end";
  std::vector<answer> const expected{
      {200, "hello"}, {204, ""}, {404, "abcde"}, {200, ""}, {500, "until the end"}};
  std::string_view const all = stream;
  EXPECT_EQ(parse({all}), expected);
  for (std::size_t i = 1; i < all.size(); ++i)
    ASSERT_EQ(parse({all.substr(0, i), all.substr(i)}), expected) << i;
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < all.size(); ++i) bytes.push_back(all.substr(i, 1));
  EXPECT_EQ(parse(bytes), expected);
}

TEST(http_answer_parser, refuses_what_is_no_answer) {
  for (std::string const& bad :
       {std::string("hello\r\n\r\n"), std::string("HTTP/1.1 abc OK\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"),
        "HTTP/1.1 200 OK\r\nX: " + std::string(2000, 'x')}) {
    bool broken = false;
    parse({bad}, &broken);
    EXPECT_TRUE(broken) << bad.substr(0, 60);
  }
}

}  // namespace
}  // namespace calluna::io
