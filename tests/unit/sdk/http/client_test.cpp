#include <calluna/http/client.hpp>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fakes/run_until.hpp>
#include <fakes/tls_certificate.hpp>
#include <fakes/web_server.hpp>
#include <httplib.h>
#include <optional>
#include <thread>

namespace calluna::http {
namespace {

using namespace std::chrono_literals;
using fakes::web_server;

class http_any_client : public testing::Test {
 protected:
  client& start() { return c.emplace(io.get_executor(), options); }
  result<response> ask(request r) {
    if (!c) start();
    std::optional<result<response>> got;
    c->submit(std::move(r), [&](result<response> answer) { got = std::move(answer); });
    EXPECT_FALSE(got) << "told from inside";
    EXPECT_TRUE(fakes::run_until(io, [&] { return got.has_value(); }));
    return got ? std::move(*got) : result<response>(fail(error_kind::timeout, "test"));
  }
  result<response> get(std::string const& url, unsigned follow = 0) {
    request r;
    r.url = url;
    r.follow = follow;
    r.fields = {{"Authorization", "Bearer key"}, {"X-Api-Key", "key"}, {"Accept", "text/plain"}};
    return ask(std::move(r));
  }
  static request post(std::string url, std::string body = "b") {
    request r;
    r.method = "POST";
    r.url = std::move(url);
    r.body = std::move(body);
    r.fields = {{"Content-Type", "text/plain"}};
    return r;
  }

  boost::asio::io_context io;
  web_server server{io}, other{io};
  client_options options;
  std::optional<client> c;
};

TEST_F(http_any_client, sends_what_it_is_told_and_gives_the_answer_whatever_its_status) {
  server.on_request = [](auto const&) {
    return web_server::answer(
        422, "X-Thing: a\r\nx-thing: b\r\nSet-Cookie: a=1, x\r\nSet-Cookie: b=2\r\n", "no");
  };
  auto const r = ask(post(server.url("/p?q=1")));
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_EQ(r->status, 422);
  EXPECT_EQ(r->body, "no");
  EXPECT_EQ(r->fields[0], (std::pair<std::string, std::string>("x-thing", "a, b")));
  EXPECT_EQ(r->fields[1], (std::pair<std::string, std::string>("set-cookie", "a=1, x\nb=2")));
  ASSERT_EQ(server.requests.size(), 1u);
  auto const& got = server.requests[0];
  EXPECT_EQ(got.method, "POST");
  EXPECT_EQ(got.target, "/p?q=1");
  EXPECT_EQ(got.body, "b");
  EXPECT_EQ(got.header("content-type"), "text/plain");
  EXPECT_EQ(got.header("host"), fmt::format("127.0.0.1:{}", server.port()));
}

TEST_F(http_any_client, keeps_connections_for_each_origin) {
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(get(server.url()));
    ASSERT_TRUE(get(other.url()));
  }
  EXPECT_EQ(server.connections, 1);
  EXPECT_EQ(other.connections, 1);
  EXPECT_EQ(c->count().origins, 2u);
  EXPECT_EQ(c->count().requests, 20u);
  EXPECT_EQ(c->count().pending, 0u);
}

TEST_F(http_any_client, reads_the_answer_to_head_without_a_body) {
  server.on_request = [](auto const&) {
    return web_server::reply{"HTTP/1.1 200 X\r\nContent-Length: 5000\r\n\r\n"};
  };
  request r;
  r.method = "HEAD";
  r.url = server.url();
  EXPECT_EQ(ask(r)->status, 200);
  EXPECT_EQ(ask(r)->status, 200);
  EXPECT_EQ(server.connections, 1);
}

TEST_F(http_any_client, bounds_connections_and_what_waits_for_them) {
  options.max_connections = 2;
  options.max_pending = 4;
  server.on_request = [](auto const&) { return web_server::reply{}; };
  start();
  std::vector<error_kind> ended;
  for (int i = 0; i < 6; ++i) {
    request r;
    r.url = server.url();
    r.timeout = 200ms;
    c->submit(r, [&](auto answer) { ended.push_back(answer.error().kind); });
  }
  ASSERT_TRUE(fakes::run_until(io, [&] { return ended.size() == 6; }));
  EXPECT_EQ(std::count(ended.begin(), ended.end(), error_kind::rejected), 2);
  EXPECT_EQ(std::count(ended.begin(), ended.end(), error_kind::timeout), 4);
  EXPECT_EQ(c->count().rejected, 2u);
  EXPECT_LE(server.connections, 4);
}

TEST_F(http_any_client, ends_at_its_deadline_however_slowly_the_answer_drips) {
  server.on_request = [](auto const&) {
    return web_server::reply{"HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\nhalf"};
  };
  auto r = post(server.url());
  r.timeout = 50ms;
  auto const got = ask(r);
  EXPECT_EQ(got.error().kind, error_kind::timeout);
  EXPECT_FALSE(got.error().retryable) << "it may have taken effect";
  r.method = "GET";
  r.body.clear();
  EXPECT_TRUE(ask(r).error().retryable);
}

TEST_F(http_any_client, says_truthfully_whether_to_ask_again_and_never_does_so_itself) {
  server.on_request = [](auto const&) { return web_server::reply{"", true}; };
  auto const lost = ask(post(server.url()));
  EXPECT_EQ(lost.error().kind, error_kind::offline);
  EXPECT_FALSE(lost.error().retryable);
  EXPECT_EQ(server.requests.size(), 1u);
  EXPECT_TRUE(get(server.url()).error().retryable);
  std::uint16_t closed = 0;
  {
    web_server gone(io);
    closed = gone.port();
  }
  auto const none = ask(post(fmt::format("http://127.0.0.1:{}/", closed)));
  EXPECT_EQ(none.error().kind, error_kind::offline);
  EXPECT_TRUE(none.error().retryable) << "nothing was sent";
}

TEST_F(http_any_client, gives_up_an_answer_that_is_too_large_or_no_http) {
  server.on_request = [](auto const&) { return web_server::ok(std::string(1001, 'x')); };
  request r;
  r.url = server.url();
  r.max_body = 1000;
  EXPECT_EQ(ask(r).error().kind, error_kind::protocol);
  r.max_body = 1001;
  EXPECT_TRUE(ask(r));
  server.on_request = [](auto const&) { return web_server::reply{"220 mail ready\r\n", true}; };
  EXPECT_EQ(ask(r).error().kind, error_kind::protocol);
  server.on_request = [](auto const&) {
    std::string flood = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 100'000; ++i) flood += "X: y\r\n";
    return web_server::reply{flood, true};
  };
  EXPECT_EQ(ask(r).error().kind, error_kind::protocol) << "a flood of headers";
}

TEST_F(http_any_client, refuses_what_would_change_its_own_headers) {
  auto const refused = [&](std::string const& name, std::string const& value) {
    request r;
    r.url = server.url();
    r.fields = {{name, value}};
    auto const got = ask(r);
    return !got && got.error().kind == error_kind::invalid &&
           got.error().message.find("hidden") == std::string::npos;
  };
  EXPECT_TRUE(refused("X", "hidden\r\nEvil: 1"));
  EXPECT_TRUE(refused("X", "hidden\nEvil: 1"));
  EXPECT_TRUE(refused("X", std::string("hidden\0", 7)));
  EXPECT_TRUE(refused("X\r\nEvil", "1"));
  EXPECT_TRUE(refused("X Y", "1"));
  EXPECT_TRUE(refused("", "1"));
  EXPECT_TRUE(refused("Host", "evil"));
  EXPECT_TRUE(refused("content-LENGTH", "1"));
  EXPECT_TRUE(refused("Transfer-Encoding", "chunked"));
  EXPECT_TRUE(refused("X", std::string(10'000, 'x')));
  auto bad = post(server.url());
  bad.method = "GET / HTTP/1.1\r\nEvil: 1\r\n\r\nGET";
  EXPECT_EQ(ask(bad).error().kind, error_kind::invalid);
  bad.method = "GET";
  EXPECT_EQ(ask(bad).error().kind, error_kind::invalid) << "a GET with a body";
  EXPECT_EQ(get("file:///etc/passwd").error().kind, error_kind::invalid);
  EXPECT_TRUE(server.requests.empty());
}

// -- redirects

TEST_F(http_any_client, takes_a_redirect_for_an_answer_unless_asked_to_follow) {
  server.on_request = [](auto const&) { return web_server::redirect(302, "/new"); };
  EXPECT_EQ(get(server.url())->status, 302);
  EXPECT_EQ(server.requests.size(), 1u);
}

TEST_F(http_any_client, follows_within_an_origin_with_all_headers) {
  server.on_request = [](auto const& r) {
    return r.target == "/new" ? web_server::ok("here") : web_server::redirect(301, "new");
  };
  auto const r = get(server.url("/old"), 3);
  ASSERT_TRUE(r);
  EXPECT_EQ(r->body, "here");
  EXPECT_EQ(r->url, server.url("/new"));
  EXPECT_EQ(server.requests[1].header("authorization"), "Bearer key");
}

TEST_F(http_any_client, takes_no_key_to_another_origin) {
  server.on_request = [&](auto const&) { return web_server::redirect(307, other.url("/x")); };
  ASSERT_TRUE(get(server.url(), 1));
  ASSERT_EQ(other.requests.size(), 1u);
  EXPECT_EQ(other.requests[0].header("authorization"), "");
  EXPECT_EQ(other.requests[0].header("x-api-key"), "");
  EXPECT_EQ(other.requests[0].header("accept"), "text/plain");
}

TEST_F(http_any_client, turns_a_post_into_a_get_where_the_server_says_see_other) {
  int status = 303;
  server.on_request = [&](auto const& r) {
    return r.target == "/new" ? web_server::ok(r.method + r.body)
                              : web_server::redirect(status, "/new");
  };
  auto r = post(server.url());
  r.follow = 1;
  EXPECT_EQ(ask(r)->body, "GET");
  EXPECT_EQ(server.requests[1].header("content-type"), "");
  status = 308;
  EXPECT_EQ(ask(r)->body, "POSTb");
}

TEST_F(http_any_client, does_not_go_round_in_circles_or_to_nowhere) {
  server.on_request = [](auto const&) { return web_server::redirect(302, "/again"); };
  EXPECT_EQ(get(server.url(), 4).error().kind, error_kind::protocol);
  EXPECT_EQ(server.requests.size(), 5u);
  for (auto const* where : {"file:///etc/passwd", "http://u:p@host/", "//"}) {
    server.on_request = [&](auto const&) { return web_server::redirect(302, where); };
    EXPECT_EQ(get(server.url(), 4).error().kind, error_kind::protocol) << where;
  }
}

TEST_F(http_any_client, lost_after_a_redirect_is_not_asked_again_if_it_was_a_post) {
  server.on_request = [](auto const& r) {
    return r.target == "/new" ? web_server::reply{"", true} : web_server::redirect(303, "/new");
  };
  auto r = post(server.url());
  r.follow = 1;
  EXPECT_FALSE(ask(r).error().retryable);
  EXPECT_TRUE(get(server.url(), 1).error().retryable);
}

// -- its end

TEST_F(http_any_client, disconnects_who_has_not_been_asked_for_long) {
  options.idle = 20ms;
  ASSERT_TRUE(get(server.url()));
  EXPECT_EQ(server.open(), 1u);
  EXPECT_TRUE(fakes::run_until(io, [&] { return server.open() == 0 && c->count().origins == 0; }));
}

TEST_F(http_any_client, makes_room_for_another_origin_but_not_at_the_cost_of_a_request) {
  options.max_origins = 1;
  ASSERT_TRUE(get(server.url()));
  ASSERT_TRUE(get(other.url()));
  EXPECT_EQ(c->count().origins, 1u);
  other.on_request = [](auto const&) { return web_server::reply{}; };
  request waits;
  waits.url = other.url();
  bool cancelled = false;
  c->submit(waits, [&](auto r) { cancelled = r.error().kind == error_kind::cancelled; });
  ASSERT_TRUE(fakes::run_until(io, [&] { return other.requests.size() == 2; }));
  EXPECT_EQ(get(server.url()).error().kind, error_kind::rejected);
  c->stop();
  EXPECT_TRUE(fakes::run_until(io, [&] { return cancelled; }));
  EXPECT_EQ(get(server.url()).error().kind, error_kind::cancelled);
}

// -- TLS

class http_any_client_tls : public http_any_client {
 protected:
  void serve(fakes::tls_certificate const& certificate) {
    https = std::make_unique<httplib::SSLServer>(certificate.certificate_file().c_str(),
                                                 certificate.key_file().c_str());
    https->Get("/", [](auto const&, auto& r) { r.set_content("secret", "text/plain"); });
    https->Get("/down", [&](auto const&, auto& r) { r.set_redirect(server.url()); });
    asked.url = fmt::format("https://127.0.0.1:{}/", https->bind_to_any_port("127.0.0.1"));
    thread = std::thread([this] { https->listen_after_bind(); });
  }
  void TearDown() override {
    c->stop();  // it keeps connections, for which the server would wait
    EXPECT_TRUE(fakes::run_until(io, [&] { return c->count().origins == 0; }));
    https->stop();
    thread.join();
  }
  request asked;
  std::unique_ptr<httplib::SSLServer> https;
  std::thread thread;
};

TEST_F(http_any_client_tls, is_verified_unless_switched_off) {
  fakes::tls_certificate const certificate;
  serve(certificate);
  EXPECT_EQ(ask(asked).error().kind, error_kind::refused);
  asked.ca_file = certificate.ca_file();
  EXPECT_EQ(ask(asked)->body, "secret");
  asked.ca_file.clear();
  EXPECT_EQ(ask(asked).error().kind, error_kind::refused) << "another trust is another connection";
  asked.verify = false;
  EXPECT_EQ(ask(asked)->body, "secret");
}

TEST_F(http_any_client_tls, of_another_name_is_refused) {
  fakes::tls_certificate const certificate("elsewhere.example", false);
  serve(certificate);
  asked.ca_file = certificate.ca_file();
  EXPECT_EQ(ask(asked).error().kind, error_kind::refused);
}

TEST_F(http_any_client_tls, is_never_left_for_plain_http) {
  fakes::tls_certificate const certificate;
  serve(certificate);
  asked.ca_file = certificate.ca_file();
  asked.url += "down";
  asked.follow = 5;
  EXPECT_EQ(ask(asked).error().kind, error_kind::refused);
  EXPECT_TRUE(server.requests.empty());
}

}  // namespace
}  // namespace calluna::http
