#include "server_fixture.hpp"

namespace calluna::runtime::web::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using namespace std::chrono_literals;

class requests : public server_test {};

constexpr auto close_line = "Connection: close\r\n\r\n";

std::string get(std::string_view path, std::string_view more = "") {
  return "GET " + std::string{path} + " HTTP/1.1\r\nHost: here\r\n" + std::string{more} +
         close_line;
}

TEST_F(requests, are_answered_by_the_app_at_every_split) {
  serve({}, {open_route("POST", "/a/{id}")});
  echo();
  std::string const request =
      "POST /a/b%20c?x=1 HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\n"
      "Connection: close\r\n\r\nhello";
  for (std::size_t cut = 1; cut < request.size(); ++cut) {
    raw_client client(io_, server_->port());
    client.send(std::string_view{request}.substr(0, cut));
    io_.poll();
    client.send(std::string_view{request}.substr(cut));
    ASSERT_TRUE(client.wait_for_end());
    EXPECT_THAT(client.received(), StartsWith("HTTP/1.1 200 OK\r\n")) << cut;
    EXPECT_THAT(client.received(), HasSubstr("\r\n\r\nPOST /a/b c hello")) << cut;
  }
}

TEST_F(requests, with_chunked_bodies_are_put_together_at_every_split) {
  serve({}, {open_route("POST", "/a")});
  echo();
  std::string const request =
      "POST /a HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      "2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nX-Trailer: 1\r\n\r\n";
  for (std::size_t cut = 1; cut < request.size(); ++cut) {
    raw_client client(io_, server_->port());
    client.send(std::string_view{request}.substr(0, cut));
    io_.poll();
    client.send(std::string_view{request}.substr(cut));
    ASSERT_TRUE(client.wait_for_end());
    EXPECT_THAT(client.received(), HasSubstr("\r\n\r\nPOST /a hello")) << cut;
  }
}

TEST_F(requests, that_come_in_a_row_are_answered_in_their_order) {
  serve({}, {open_route("GET", "/{n}")});
  std::vector<exchange_ptr> held;
  app_ = [&](std::string const&, std::uint32_t, exchange_ptr x) {
    held.push_back(std::move(x));
    return true;
  };
  raw_client client(io_, server_->port());
  client.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(fakes::run_until(io_, [&] { return held.size() == 1; }));
  held[0]->respond({200, {}, "first"});
  ASSERT_TRUE(fakes::run_until(io_, [&] { return held.size() == 2; }));
  held[1]->respond({200, {}, "second"});
  ASSERT_TRUE(client.wait_for("second"));
  EXPECT_LT(client.received().find("first"), client.received().find("second"));
  EXPECT_FALSE(client.ended());
}

TEST_F(requests, of_http_1_0_close_unless_they_ask_to_stay) {
  serve({}, {open_route("GET", "/a")});
  echo();
  EXPECT_THAT(ask("GET /a HTTP/1.0\r\n\r\n"), HasSubstr("Connection: close\r\n"));
  raw_client client(io_, server_->port());
  client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  ASSERT_TRUE(client.wait_for("GET /a"));
  EXPECT_THAT(client.received(), HasSubstr("Connection: keep-alive\r\n"));
  client.send("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(client.wait_for_end());
}

TEST_F(requests, get_an_invitation_to_go_on_when_they_wait_for_it) {
  serve({}, {open_route("POST", "/a")});
  echo();
  raw_client client(io_, server_->port());
  client.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(client.wait_for("HTTP/1.1 100 Continue\r\n\r\n"));
  client.send("ok");
  EXPECT_TRUE(client.wait_for("POST /a ok"));
}

TEST_F(requests, that_can_be_read_in_two_ways_are_refused) {
  serve({}, {open_route("POST", "/a")});
  echo();
  struct {
    std::string_view fields, status;
  } const cases[] = {
      {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "400"},
      {"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "400"},
      {"Content-Length: 5\r\nContent-Length: 5\r\n", "400"},
      {"Content-Length: 5, 5\r\n", "400"},
      {"Content-Length: +5\r\n", "400"},
      {"Content-Length: -1\r\n", "400"},
      {"Transfer-Encoding: gzip\r\n", "501"},
      {"Transfer-Encoding: gzip, chunked\r\n", "501"},
      {"Transfer-Encoding: xchunked\r\n", "501"},
      {"Content-Length : 5\r\n", "400"},
      {"Host: other\r\n", "400"},
      {"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n", "400"},
      {"Expect: something\r\n", "417"},
      {"X: a\x01"
       "b\r\n",
       "400"},
  };
  for (auto const& c : cases) {
    auto const answer =
        ask("POST /a HTTP/1.1\r\nHost: h\r\n" + std::string{c.fields} + "\r\nhello");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + std::string{c.status})) << c.fields;
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n")) << c.fields;
  }
}

TEST_F(requests, without_a_proper_host_are_refused) {
  web_options options;
  serve(options, {open_route("GET", "/a")});
  echo();
  for (std::string_view host : {"", "Host:\r\n", "Host: a b\r\n", "Host: a/b\r\n", "Host: a:b\r\n",
                                "Host: [::1\r\n", "Host: a@b\r\n"})
    EXPECT_THAT(ask("GET /a HTTP/1.1\r\n" + std::string{host} + close_line),
                StartsWith("HTTP/1.1 400"))
        << host;
  EXPECT_THAT(ask("GET /a HTTP/1.1\r\nHost: [::1]:80\r\n" + std::string{close_line}),
              StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(ask("GET http://x/a HTTP/1.1\r\nHost: h\r\n" + std::string{close_line}),
              StartsWith("HTTP/1.1 200"));
}

TEST_F(requests, for_a_host_that_is_not_ours_are_refused_where_hosts_are_named) {
  web_options options;
  options.allowed_hosts = {"pbx.example"};
  serve(options, {open_route("GET", "/a")});
  echo();
  auto const with = [&](std::string const& host) {
    return ask("GET /a HTTP/1.1\r\nHost: " + host + "\r\n" + close_line);
  };
  EXPECT_THAT(with("PBX.example:8080"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(with("evil.example"), StartsWith("HTTP/1.1 421"));
}

TEST_F(requests, that_no_route_takes_are_told_why) {
  serve({}, {open_route("POST", "/a"), open_route("GET", "/b")});
  echo();
  EXPECT_THAT(ask(get("/none")), StartsWith("HTTP/1.1 404"));
  auto const wrong_method = ask(get("/a"));
  EXPECT_THAT(wrong_method, StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(wrong_method, HasSubstr("Allow: OPTIONS, POST\r\n"));
  auto const options = ask("OPTIONS /b HTTP/1.1\r\nHost: h\r\n" + std::string{close_line});
  EXPECT_THAT(options, StartsWith("HTTP/1.1 204"));
  EXPECT_THAT(options, HasSubstr("Allow: GET, HEAD, OPTIONS\r\n"));
  EXPECT_THAT(ask("BREW /a HTTP/1.1\r\nHost: h\r\n" + std::string{close_line}),
              StartsWith("HTTP/1.1 501"));
  EXPECT_THAT(ask("CONNECT h:80 HTTP/1.1\r\nHost: h\r\n" + std::string{close_line}),
              StartsWith("HTTP/1.1 501"));
  EXPECT_THAT(ask("GET /a HTTP/2.0\r\nHost: h\r\n\r\n"), StartsWith("HTTP/1.1 505"));
  EXPECT_THAT(ask("hello\r\n\r\n"), StartsWith("HTTP/1.1 400"));
}

TEST_F(requests, for_the_head_only_get_no_body_but_its_length) {
  serve({}, {open_route("GET", "/b")});
  app_ = [](std::string const&, std::uint32_t, exchange_ptr const& x) {
    x->respond({200, {}, "12345"});
    return true;
  };
  auto const answer = ask("HEAD /b HTTP/1.1\r\nHost: h\r\n" + std::string{close_line});
  EXPECT_THAT(answer, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("12345")));
}

TEST_F(requests, that_are_too_big_are_refused_and_their_connection_closed) {
  auto small = open_route("POST", "/a");
  small.max_body = 10;
  serve({}, {small});
  echo();
  EXPECT_THAT(ask("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n12345678901"),
              StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(ask("POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "9\r\n123456789\r\n2\r\nab\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(ask("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551615\r\n\r\n"),
              StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(ask(get("/a", "X: " + std::string(20'000, 'x') + "\r\n")),
              StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(ask("GET /" + std::string(20'000, 'x')), StartsWith("HTTP/1.1 431"));
  EXPECT_EQ(refused("body too big"), 3U);
  EXPECT_EQ(refused("header too big"), 2U);
}

TEST_F(requests, whose_bodies_would_be_too_much_together_are_put_off) {
  web_options options;
  options.max_bodies = 100;
  serve(options, {open_route("POST", "/a")});
  exchange_ptr held;
  app_ = [&](std::string const&, std::uint32_t, exchange_ptr x) {
    held = std::move(x);
    return true;
  };
  std::string const request =
      "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 60\r\n\r\n" + std::string(60, 'x');
  raw_client first(io_, server_->port());
  first.send(request);
  ASSERT_TRUE(fakes::run_until(io_, [&] { return held != nullptr; }));
  EXPECT_THAT(ask(request), StartsWith("HTTP/1.1 503"));
  held->respond({});
  held.reset();
  ASSERT_TRUE(first.wait_for("204"));
  raw_client third(io_, server_->port());
  third.send(request);
  ASSERT_TRUE(fakes::run_until(io_, [&] { return held != nullptr; }));
}

TEST_F(requests, that_come_too_slowly_are_ended) {
  web_options options;
  options.header_timeout = 30ms;
  options.body_timeout = 30ms;
  options.idle_timeout = 30ms;
  serve(options, {open_route("POST", "/a")});
  echo();
  raw_client header(io_, server_->port());
  header.send("POST /a HT");
  ASSERT_TRUE(header.wait_for_end());
  EXPECT_THAT(header.received(), StartsWith("HTTP/1.1 408"));
  raw_client body(io_, server_->port());
  body.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhel");
  ASSERT_TRUE(body.wait_for_end());
  EXPECT_THAT(body.received(), StartsWith("HTTP/1.1 408"));
  raw_client silent(io_, server_->port());
  ASSERT_TRUE(silent.wait_for_end());
  EXPECT_EQ(silent.received(), "");
  EXPECT_EQ(refused("request too slow"), 2U);
  EXPECT_EQ(lines_->count("request too slow"), 1U) << "logged once in a period";
}

TEST_F(requests, that_an_app_drops_forgets_or_is_not_there_for_are_answered_nonetheless) {
  auto hasty = open_route("GET", "/late");
  hasty.timeout = 20ms;
  serve({}, {open_route("GET", "/drop"), hasty, open_route("GET", "/nobody")});
  exchange_ptr held;
  bool told = false;
  app_ = [&](std::string const&, std::uint32_t, exchange_ptr x) {
    if (x->request().path == "/nobody") return false;
    if (x->request().path == "/late") {
      held = std::move(x);
      held->on_gone([&] { told = true; });
    }
    return true;
  };
  EXPECT_THAT(ask(get("/drop")), StartsWith("HTTP/1.1 500"));
  EXPECT_THAT(ask(get("/late")), StartsWith("HTTP/1.1 504"));
  EXPECT_TRUE(held->gone());
  EXPECT_TRUE(told);
  held->respond({});  // too late, and nothing happens
  auto const nobody = ask(get("/nobody"));
  EXPECT_THAT(nobody, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(nobody, HasSubstr("Retry-After: "));
}

TEST_F(requests, are_gone_when_their_client_leaves) {
  serve({}, {open_route("GET", "/a")});
  exchange_ptr held;
  bool told = false;
  app_ = [&](std::string const&, std::uint32_t, exchange_ptr x) {
    held = std::move(x);
    held->on_gone([&] { told = true; });
    return true;
  };
  raw_client client(io_, server_->port());
  client.send(get("/a"));
  ASSERT_TRUE(fakes::run_until(io_, [&] { return held != nullptr; }));
  EXPECT_FALSE(held->gone());
  client.close();
  EXPECT_TRUE(fakes::run_until(io_, [&] { return told; }));
  EXPECT_TRUE(held->gone());
}

TEST_F(requests, whose_answers_would_break_out_of_a_header_are_answered_with_500) {
  serve({}, {open_route("GET", "/a")});
  bindings::http_response answer;
  app_ = [&](std::string const&, std::uint32_t, exchange_ptr const& x) {
    x->respond(answer);
    return true;
  };
  bindings::http_response const bad[] = {{200, {{"X-Name", "a\r\nSet-Cookie: x=y"}}, ""},
                                         {200, {{"X-Name", "a\nb"}}, ""},
                                         {200, {{"X-Name", std::string("a\0b", 3)}}, ""},
                                         {200, {{"X Name", "a"}}, ""},
                                         {200, {{"X-Name:", "a"}}, ""},
                                         {200, {{"", "a"}}, ""},
                                         {200, {{"X\r\nY", "a"}}, ""},
                                         {200, {{"Transfer-Encoding", "chunked"}}, ""},
                                         {200, {{"content-length", "5"}}, ""},
                                         {200, {{"Connection", "close"}}, ""},
                                         {101, {}, ""},
                                         {99, {}, ""},
                                         {204, {}, "body"}};
  for (auto const& one : bad) {
    answer = one;
    auto const got = ask(get("/a"));
    EXPECT_THAT(got, StartsWith("HTTP/1.1 500"));
    EXPECT_THAT(got, Not(HasSubstr("Set-Cookie")));
    EXPECT_EQ(got, got.substr(0, got.find("\r\n\r\n") + 4)) << "nothing behind the header";
    time_->advance(61s);
  }
  EXPECT_EQ(lines_->count("bad answer of an app: of 'app' to GET /a: "), std::size(bad));
  EXPECT_EQ(lines_->count("'X-Name'"), 3U);
  ask(get("/a"));
  ask(get("/a"));
  EXPECT_EQ(lines_->count("bad answer"), std::size(bad) + 1) << "once in a period";
}

TEST_F(requests, for_pages_get_headers_that_keep_a_browser_in_its_bounds) {
  serve({}, {open_route("GET", "/a")});
  app_ = [](std::string const&, std::uint32_t, exchange_ptr const& x) {
    x->respond({200, {{"Content-Type", "text/html"}}, "<p>"});
    return true;
  };
  auto const page = ask(get("/a"));
  EXPECT_THAT(page, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(page, HasSubstr("Content-Security-Policy: frame-ancestors 'none'\r\n"));
  EXPECT_THAT(page, HasSubstr("Referrer-Policy: "));
}

TEST_F(requests, are_not_taken_beyond_the_bound_of_connections) {
  web_options options;
  options.max_connections_per_address = 3;
  serve(options, {open_route("GET", "/a")});
  echo();
  std::vector<std::unique_ptr<raw_client>> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(std::make_unique<raw_client>(io_, server_->port()));
  raw_client more(io_, server_->port());
  EXPECT_TRUE(more.wait_for_end());
  EXPECT_EQ(refused("too many connections from one address"), 1U);
  clients.pop_back();
  ASSERT_TRUE(fakes::run_until(io_, [&] { return server_->status()["connections"] == 2; }));
  EXPECT_THAT(ask(get("/a")), StartsWith("HTTP/1.1 200"));
}

TEST_F(requests, are_answered_beside_two_thousand_idle_connections) {
  web_options options;
  options.max_connections_per_address = 3000;
  options.header_timeout = 60s;
  serve(options, {open_route("GET", "/a")});
  echo();
  std::vector<std::unique_ptr<raw_client>> clients;
  for (int i = 0; i < 2000; ++i) {
    clients.push_back(std::make_unique<raw_client>(io_, server_->port()));
    io_.poll();
  }
  ASSERT_TRUE(fakes::run_until(io_, [&] { return server_->status()["connections"] == 2000; }));
  EXPECT_THAT(ask(get("/a")), StartsWith("HTTP/1.1 200"));
  server_->stop();
  EXPECT_TRUE(fakes::run_until(io_, [&] {
    return std::all_of(clients.begin(), clients.end(), [](auto const& c) { return c->ended(); });
  }));
}

TEST_F(requests, for_health_readiness_and_numbers_are_answered_by_the_server) {
  serve({}, {});
  EXPECT_THAT(ask(get("/health")), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(ask(get("/ready")), StartsWith("HTTP/1.1 200"));
  ready_ = false;
  EXPECT_THAT(ask(get("/ready")), StartsWith("HTTP/1.1 503"));
  auto const numbers = ask(get("/metrics"));
  EXPECT_THAT(numbers, HasSubstr("calluna_test 1\n"));
  EXPECT_THAT(numbers, HasSubstr("calluna_http_requests_total{class=\"2xx\"} 2\n"));
  EXPECT_THAT(numbers, HasSubstr("calluna_http_requests_total{class=\"5xx\"} 1\n"));
  EXPECT_THAT(ask("POST /health HTTP/1.1\r\nHost: h\r\n" + std::string{close_line}),
              StartsWith("HTTP/1.1 405"));
}

TEST_F(requests, for_numbers_need_a_token_when_they_come_through_an_unknown_proxy) {
  serve({}, {});
  EXPECT_THAT(ask(get("/metrics", "X-Forwarded-For: 10.1.1.1\r\n")), StartsWith("HTTP/1.1 401"));
}

}  // namespace
}  // namespace calluna::runtime::web::test
