#include "fakes/tls_certificate.hpp"
#include "server_fixture.hpp"

#include <calluna/runtime/web/guess_guard.hpp>

#include <boost/asio/ssl.hpp>

namespace calluna::runtime::web::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using namespace std::chrono_literals;

class access : public server_test {
 protected:
  void serve_closed(web_options options = {}) {
    auto closed = open_route("POST", "/a");
    closed.open = false;
    auto readable = open_route("GET", "/a");
    readable.open = false;
    auto scoped = open_route("GET", "/v1/x");
    scoped.open = false;
    auto near = open_route("GET", "/near");
    near.open = false;
    near.networks = {"127.0.0.0/8"};
    auto far = open_route("GET", "/far");
    far.open = false;
    far.networks = {"203.0.113.0/24"};
    auto socket = open_route("GET", "/ws");
    socket.open = false;
    socket.what = bindings::http_route::kind::websocket;
    serve(options, {closed, readable, scoped, near, far, socket, open_route("GET", "/open")});
    app_ = [this](std::string const&, std::uint32_t, exchange_ptr const& x) {
      last_ = x->request();
      x->respond({200, {}, "user=" + last_.user + " from=" + last_.remote});
      return true;
    };
  }
  std::string request(std::string const& line, std::string const& more = "") {
    return ask(line + " HTTP/1.1\r\nHost: here\r\n" + more + "Connection: close\r\n\r\n");
  }
  std::string with(std::string const& token) { return "Authorization: Bearer " + token + "\r\n"; }
  std::string new_token(std::string const& name, std::vector<std::string> paths = {},
                        std::optional<std::int64_t> expires = {}) {
    return *tokens_->add({name, "alice", expires, std::move(paths)}, unix_now());
  }

  bindings::http_request last_;
};

TEST_F(access, needs_a_token_unless_the_route_is_open) {
  serve_closed();
  auto const token = new_token("t");
  auto const without = request("GET /a");
  EXPECT_THAT(without, StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(without, HasSubstr("WWW-Authenticate: Bearer\r\n"));
  EXPECT_THAT(without, HasSubstr("Content-Length: 0\r\n")) << "no text on a caller's display";
  EXPECT_THAT(request("GET /open"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(request("GET /open", with("wrong")), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(request("GET /a", with("wrong")), StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(request("GET /a", with(token)), HasSubstr("user=alice from=127.0.0.1"));
  EXPECT_EQ(last_.token, "t");
  for (auto const& [name, value] : last_.headers) EXPECT_NE(name, "authorization");
  EXPECT_THAT(request("GET /a", "authorization: bearer  " + token + "\r\n"),
              StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(request("GET /a", "Authorization: Basic " + token + "\r\n"),
              StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(lines_->all(), Not(HasSubstr(token)));
}

TEST_F(access, ends_with_a_token_that_is_revoked_or_over) {
  serve_closed();
  auto const token = new_token("t");
  auto const old = new_token("old", {}, unix_now() - 1);
  EXPECT_THAT(request("GET /a", with(old)), StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(request("GET /a", with(token)), StartsWith("HTTP/1.1 200"));
  token_store command(folder_ / "tokens.json");
  ASSERT_TRUE(command.revoke("t"));
  time_->advance(2s);
  EXPECT_THAT(request("GET /a", with(token)), StartsWith("HTTP/1.1 401"));
}

TEST_F(access, of_a_token_may_be_for_some_paths_only) {
  serve_closed();
  auto const token = new_token("t", {"/v1"});
  EXPECT_THAT(request("GET /v1/x", with(token)), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(request("GET /a", with(token)), StartsWith("HTTP/1.1 403"));
}

TEST_F(access, comes_with_the_network_where_the_route_says_so) {
  serve_closed();
  EXPECT_THAT(request("GET /near"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(request("GET /far"), StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(request("GET /far", "X-Forwarded-For: 203.0.113.5\r\n"), StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(request("GET /near", "X-Forwarded-For: 203.0.113.5\r\n"), StartsWith("HTTP/1.1 401"))
      << "an unknown proxy hides who asks";
  EXPECT_THAT(request("GET /near", "Origin: http://evil.example\r\n"), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(request("GET /near", "Sec-Fetch-Site: cross-site\r\n"), StartsWith("HTTP/1.1 403"));
}

TEST_F(access, is_judged_by_the_client_behind_a_trusted_proxy) {
  web_options options;
  options.trusted_proxies = {*network::read("127.0.0.1")};
  serve_closed(options);
  EXPECT_THAT(request("GET /far", "X-Forwarded-For: 1.2.3.4, 203.0.113.5\r\n"),
              HasSubstr("from=203.0.113.5"));
  EXPECT_THAT(request("GET /far", "X-Forwarded-For: 203.0.113.5, 1.2.3.4\r\n"),
              StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(request("GET /near", "X-Forwarded-For: 1.2.3.4\r\n"), StartsWith("HTTP/1.1 401"));
}

TEST_F(access, by_cookie_is_for_our_own_pages) {
  serve_closed();
  auto const token = new_token("t");
  auto const cookie = "Cookie: a=b; calluna=" + token + "\r\n";
  auto const status = [&](std::string const& line, std::string const& more) {
    return request(line, cookie + more).substr(9, 3);
  };
  EXPECT_EQ(status("GET /a", ""), "200");
  EXPECT_EQ(status("POST /a", "Sec-Fetch-Site: same-origin\r\n"), "200");
  EXPECT_EQ(status("GET /a", "Sec-Fetch-Site: none\r\n"), "200");
  EXPECT_EQ(status("POST /a", "Origin: http://here\r\n"), "200");
  EXPECT_EQ(status("POST /a", ""), "403") << "nothing says where it comes from";
  EXPECT_EQ(status("POST /a", "Origin: http://evil.example\r\n"), "403");
  EXPECT_EQ(status("POST /a", "Origin: null\r\n"), "403");
  EXPECT_EQ(status("POST /a", "Sec-Fetch-Site: same-site\r\n"), "403");
  EXPECT_EQ(status("GET /a", "Sec-Fetch-Site: cross-site\r\n"), "403");
  std::string const upgrade =
      "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  EXPECT_EQ(status("GET /ws", upgrade + "Origin: http://evil.example\r\n"), "403");
  EXPECT_EQ(status("GET /ws", upgrade), "403");
  EXPECT_EQ(status("GET /ws", upgrade + "Origin: http://here\r\n"), "200");
  for (auto const& [name, value] : last_.headers) EXPECT_NE(name, "cookie");
}

TEST_F(access, begins_and_ends_with_a_session) {
  serve_closed();
  auto const token = new_token("t");
  auto const post = [&](std::string const& body, std::string const& more = "") {
    return ask("POST /session HTTP/1.1\r\nHost: here\r\n" + more + "Content-Length: " +
               std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body);
  };
  auto const good = post(R"({"token":")" + token + "\"}");
  EXPECT_THAT(good, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(good,
              HasSubstr("Set-Cookie: calluna=" + token + "; Path=/; HttpOnly; SameSite=Strict"));
  EXPECT_THAT(good, Not(HasSubstr("Secure")));
  EXPECT_THAT(good, HasSubstr(R"("user":"alice")"));
  EXPECT_THAT(post(R"({"token":"x"})"), StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(post("nonsense"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(post(R"({"token":1})"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(post(std::string(5000, ' ')), StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(post(R"({"token":")" + token + "\"}", "Origin: http://evil.example\r\n"),
              StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(request("DELETE /session"), HasSubstr("Set-Cookie: calluna=; Path=/;"));
}

TEST_F(access, is_paused_for_who_guesses_and_not_for_his_neighbours) {
  serve_closed();
  auto const token = new_token("t");
  for (unsigned i = 0; i < guess_guard::tolerated; ++i)
    EXPECT_THAT(request("GET /a", with("cal_wrong")), StartsWith("HTTP/1.1 401"));
  auto const paused = request("GET /a", with("cal_wrong"));
  EXPECT_THAT(paused, StartsWith("HTTP/1.1 429"));
  EXPECT_THAT(paused, HasSubstr("Retry-After: 5\r\n"));
  EXPECT_THAT(request("GET /a", with(token)), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(refused("wrong token"), guess_guard::tolerated);
  EXPECT_EQ(refused("too many wrong tokens"), 1U);
  EXPECT_EQ(lines_->count("wrong token: "), 1U);
}

TEST_F(access, is_limited_for_each_user) {
  auto limited = open_route("GET", "/a");
  limited.rate_count = 2;
  limited.rate_period = 60s;
  serve({}, {limited});
  echo();
  auto const token = new_token("t");
  EXPECT_THAT(request("GET /a"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(request("GET /a"), StartsWith("HTTP/1.1 200"));
  auto const third = request("GET /a");
  EXPECT_THAT(third, StartsWith("HTTP/1.1 429"));
  EXPECT_THAT(third, HasSubstr("Retry-After: 30\r\n"));
  EXPECT_THAT(request("GET /a", with(token)), StartsWith("HTTP/1.1 200")) << "another's count";
  time_->advance(30s);
  EXPECT_THAT(request("GET /a"), StartsWith("HTTP/1.1 200"));
}

/// A TLS client that does everything at once, with the server's loop run beside it.
TEST_F(access, over_tls_has_a_secure_cookie) {
  fakes::tls_certificate const certificate;
  web_options options;
  options.certificate_file = certificate.certificate_file();
  options.key_file = certificate.key_file();
  options.handshake_timeout = 50ms;
  serve_closed(options);
  auto const token = new_token("t");
  namespace ssl = boost::asio::ssl;
  ssl::context context(ssl::context::tls_client);
  context.load_verify_file(certificate.ca_file());
  context.set_verify_mode(ssl::verify_peer);
  ssl::stream<boost::asio::ip::tcp::socket> client(io_, context);
  client.lowest_layer().connect({boost::asio::ip::make_address("127.0.0.1"), server_->port()});
  auto const body = R"({"token":")" + token + "\"}";
  auto const text =
      "POST /session HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  std::string received;
  bool ended = false;
  client.async_handshake(ssl::stream_base::client, [&](boost::system::error_code const& failed) {
    ASSERT_FALSE(failed) << failed.message();
    boost::asio::async_write(client, boost::asio::buffer(text),
                             [](boost::system::error_code const&, std::size_t) {});
    boost::asio::async_read(client, boost::asio::dynamic_buffer(received),
                            [&](boost::system::error_code const&, std::size_t) { ended = true; });
  });
  ASSERT_TRUE(fakes::run_until(io_, [&] { return ended; }));
  EXPECT_THAT(received, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(received, HasSubstr("SameSite=Strict; Secure"));

  raw_client half(io_, server_->port());
  half.send("\x16\x03\x01");
  EXPECT_TRUE(half.wait_for_end()) << "a handshake that is not finished";
  raw_client plain(io_, server_->port());
  plain.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(plain.wait_for_end());
  EXPECT_EQ(refused("TLS handshake failed"), 2U);
}

TEST_F(access, over_tls_is_with_the_newest_certificate) {
  fakes::tls_certificate const first;
  fakes::tls_certificate const second;
  auto const put = [&](fakes::tls_certificate const& from) {
    auto const over = std::filesystem::copy_options::overwrite_existing;
    std::filesystem::copy_file(from.certificate_file(), folder_ / "c.pem", over);
    std::filesystem::copy_file(from.key_file(), folder_ / "k.pem", over);
  };
  put(first);
  web_options options;
  options.certificate_file = folder_ / "c.pem";
  options.key_file = folder_ / "k.pem";
  serve_closed(options);
  namespace ssl = boost::asio::ssl;
  auto const verifies = [&](fakes::tls_certificate const& as) {
    ssl::context context(ssl::context::tls_client);
    context.load_verify_file(as.ca_file());
    context.set_verify_mode(ssl::verify_peer);
    ssl::stream<boost::asio::ip::tcp::socket> client(io_, context);
    client.lowest_layer().connect({boost::asio::ip::make_address("127.0.0.1"), server_->port()});
    std::optional<bool> good;
    client.async_handshake(ssl::stream_base::client,
                           [&](boost::system::error_code const& failed) { good = !failed; });
    EXPECT_TRUE(fakes::run_until(io_, [&] { return good.has_value(); }));
    return *good;
  };
  EXPECT_TRUE(verifies(first));
  put(second);
  time_->advance(11s);
  EXPECT_TRUE(verifies(second));
  folder_.write("k.pem", "nonsense");
  time_->advance(11s);
  EXPECT_TRUE(verifies(second)) << "what cannot be used is not taken";
  EXPECT_EQ(lines_->count("the one before is used"), 1U);
}

TEST_F(access, over_tls_needs_a_certificate_and_its_key) {
  fakes::tls_certificate const one;
  fakes::tls_certificate const two;
  auto const why = [&](std::string const& certificate, std::string const& key) {
    web_options options;
    options.certificate_file = certificate;
    options.key_file = key;
    web_server::parts parts;
    parts.hub = hub_;
    parts.tokens = tokens_;
    auto const made = web_server::listen(io_.get_executor(), options, std::move(parts));
    return made ? std::string{} : made.error().message;
  };
  EXPECT_THAT(why(one.certificate_file(), ""), HasSubstr("both"));
  EXPECT_THAT(why("/nowhere.pem", one.key_file()), HasSubstr("'/nowhere.pem'"));
  EXPECT_THAT(why(one.certificate_file(), two.key_file()), HasSubstr("key"));
  EXPECT_EQ(why(one.certificate_file(), one.key_file()), "");
}

}  // namespace
}  // namespace calluna::runtime::web::test
