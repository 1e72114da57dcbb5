#include "app_fixture.hpp"

#include <calluna/http/client.hpp>

#include <fakes/run_until.hpp>
#include <fakes/web_server.hpp>

namespace calluna::bindings {
namespace {

using fakes::web_server;

/// An app that asks a small web server.
class http_request_app : public app_test {
 protected:
  http_request_app() {
    options.library_path = CALLUNA_SOURCE_DIR "/scripts/calluna";
    options.services.http = std::make_shared<http::client>(loop.get_executor());
  }
  /// What the app logs last: of `body`, the inside of its start.
  std::string said(std::string const& body) {
    started.reset();
    run_app(
        "local http, log = require 'calluna.http', require 'calluna.log'\n"
        "local function show(...) log.info('%s', table.concat({ ... }, ' ')) end\n"
        "local url = '" +
        server.url("/p") +
        "'\n"
        "return { start = function() " +
        body + " end }");
    EXPECT_TRUE(fakes::run_until(loop, [&] { return started.has_value(); }));
    if (started && !*started) return started->error().message;
    return last_log().substr(0, 5) == "info " ? last_log().substr(5) : last_log();
  }

  web_server server{loop};
};

TEST_F(http_request_app, gets_status_headers_body_and_json) {
  server.on_request = [](auto const&) {
    return web_server::answer(422, "X-Thing: a\r\n", R"({"error":"no","list":[1]})");
  };
  EXPECT_EQ(said("local r = http.request { url = url } "
                 "show(r.status, r.headers['X-Thing'], r.headers['x-thing'], r.json.error, "
                 "#r.json.list, #r.body,"
                 "  tostring(r.nothing))"),
            "422 a a no 1 25 nil");
}

TEST_F(http_request_app, sends_json_a_query_and_headers) {
  EXPECT_EQ(
      said("local r = http.request { method = 'post', url = url .. '?z=1#x', json = { a = 'b' },"
           "  query = { b = '\\195\\164 &=', a = { 1, 2 } }, headers = { Authorization = 'Bearer "
           "k', n = 7 } } "
           "show(r.status, tostring(r.json))"),
      "200 nil");
  ASSERT_EQ(server.requests.size(), 1u);
  auto const& got = server.requests[0];
  EXPECT_EQ(got.method, "POST");
  EXPECT_EQ(got.target, "/p?z=1&a=1&a=2&b=%C3%A4%20%26%3D");
  EXPECT_EQ(got.body, R"({"a":"b"})");
  EXPECT_EQ(got.header("content-type"), "application/json");
  EXPECT_EQ(got.header("authorization"), "Bearer k");
  EXPECT_EQ(got.header("n"), "7");
}

TEST_F(http_request_app, gives_nil_and_a_kind_without_an_answer) {
  server.on_request = [](auto const&) { return web_server::reply{}; };
  EXPECT_EQ(said("local r, e = http.request { url = url, timeout = 0.05 } "
                 "show(tostring(r), e.kind, tostring(e.retryable))"),
            "nil timeout true");
  server.on_request = [](auto const&) { return web_server::reply{"", true}; };
  EXPECT_EQ(said("local r, e = http.request { url = url, method = 'POST', body = 'x' } "
                 "show(tostring(r), e.kind, tostring(e.retryable))"),
            "nil offline false");
}

TEST_F(http_request_app, refuses_to_send_what_is_not_plain_http) {
  for (auto const* opts :
       {"url = 'file:///etc/passwd'", "url = 'http://u:p@h/'", "url = url .. '/a b'",
        "url = url, method = 'TRACE'", "url = url, headers = { x = 'a\\r\\nb: c' }",
        "url = url, headers = { ['x\\r\\nb'] = 'c' }", "url = url, headers = { Host = 'evil' }",
        "url = url, body = 'x'"})
    EXPECT_EQ(said(std::string("show(select(2, http.request { ") + opts + " }).kind)"), "invalid")
        << opts;
  EXPECT_TRUE(server.requests.empty());
}

TEST_F(http_request_app, tells_misuse_at_the_apps_line) {
  auto const problem = [&](std::string const& opts) { return said("http.request {" + opts + "}"); };
  EXPECT_NE(problem("ur = url").find("http.request: unknown option 'ur' (did you mean 'url'?)"),
            std::string::npos);
  EXPECT_NE(problem("").find("init.lua:4: http.request: option 'url' is missing"),
            std::string::npos);
  EXPECT_NE(
      problem("url = url, body = 'x', json = 1").find("init.lua:4: http.request: body and json"),
      std::string::npos);
  EXPECT_NE(problem("url = url, follow = 11").find("follow is a whole number from 0 to 10"),
            std::string::npos);
  EXPECT_NE(problem("url = url, timeout = 0").find("timeout is seconds"), std::string::npos);
  EXPECT_NE(problem("url = url, headers = { 'x' }").find("headers is a table of texts"),
            std::string::npos);
}

TEST_F(http_request_app, follows_redirects_when_asked) {
  server.on_request = [](auto const& r) {
    return r.target == "/new" ? web_server::ok("here") : web_server::redirect(302, "/new");
  };
  EXPECT_EQ(
      said("show(http.request { url = url }.status, http.request { url = url, follow = 1 }.body)"),
      "302 here");
}

TEST_F(http_request_app, lets_other_tasks_go_on_meanwhile) {
  server.on_request = [](auto const& r) {
    return r.target == "/p?slow=1" ? web_server::reply{} : web_server::ok("fast");
  };
  EXPECT_EQ(said("local task = require 'calluna.task' "
                 "task.all {"
                 "  function() return (http.request { url = url .. '?slow=1', timeout = 0.2 }) end,"
                 "  function() local r = http.request { url = url } show(r.body) return r end }"),
            "fast");
}

}  // namespace
}  // namespace calluna::bindings
