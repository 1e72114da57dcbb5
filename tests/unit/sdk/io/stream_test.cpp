#include "fakes/ami_server.hpp"
#include "fakes/run_until.hpp"

#include <calluna/io/stream.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>

#include <array>
#include <optional>

namespace calluna::io {
namespace {

using namespace std::chrono_literals;
using fakes::ami_server;
using testing::HasSubstr;

struct io_stream : testing::Test {
  using outcome = result<std::unique_ptr<stream>>;

  outcome connect(endpoint to) {
    std::optional<outcome> got;
    auto const attempt =
        async_connect(ioc.get_executor(), std::move(to), [&](outcome r) { got = std::move(r); });
    EXPECT_FALSE(got.has_value());
    EXPECT_TRUE(fakes::run_until(ioc, [&] { return got.has_value(); }));
    if (!got) return fail(error_kind::protocol, "never called back");
    return std::move(*got);
  }
  result<std::string> read(stream& from) {
    std::array<char, 256> room{};
    std::optional<result<std::size_t>> got;
    from.async_read_some(room, [&](result<std::size_t> n) { got = n; });
    EXPECT_FALSE(got.has_value());
    EXPECT_TRUE(fakes::run_until(ioc, [&] { return got.has_value(); }));
    if (!*got) return fail(got->error());
    return std::string(room.data(), **got);
  }
  result<void> write(stream& to, std::string bytes) {
    std::optional<result<void>> got;
    to.async_write(std::move(bytes), [&](result<void> r) { got = r; });
    EXPECT_TRUE(fakes::run_until(ioc, [&] { return got.has_value(); }));
    return *got;
  }
  static endpoint at(ami_server const& server, std::optional<tls_options> tls = {}) {
    return {"127.0.0.1", server.port(), std::move(tls), 5s};
  }
  static ami_server::options secured(std::shared_ptr<fakes::tls_certificate> certificate) {
    ami_server::options o;
    o.certificate = std::move(certificate);
    return o;
  }
  /// Connects with verification on and expects a refusal that says `why`.
  void expect_refused(endpoint to, std::string const& why) {
    auto const r = connect(std::move(to));
    ASSERT_FALSE(r);
    EXPECT_EQ(r.error().kind, error_kind::refused) << r.error().message;
    EXPECT_FALSE(r.error().retryable);
    EXPECT_THAT(r.error().message, HasSubstr(why));
  }

  boost::asio::io_context ioc;
};

TEST_F(io_stream, carries_bytes_both_ways_and_tells_the_end) {
  ami_server server;
  auto const s = connect(at(server));
  ASSERT_TRUE(s);
  EXPECT_EQ(*read(**s), "Asterisk Call Manager/11.0.0\r\n");
  EXPECT_TRUE(write(**s, "Action: Logoff\r\n\r\n"));
  EXPECT_THAT(*read(**s), HasSubstr("Permission denied"));
  server.drop_all();
  auto const end = read(**s);
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().kind, error_kind::gone);
}

TEST_F(io_stream, carries_bytes_over_tls_verified_by_address_and_by_name) {
  auto const certificate = std::make_shared<fakes::tls_certificate>();
  ami_server server(secured(certificate));
  for (std::string const name : {"", "localhost"}) {
    auto const s = connect(at(server, tls_options{true, certificate->ca_file(), name}));
    ASSERT_TRUE(s) << s.error().message;
    EXPECT_EQ(*read(**s), "Asterisk Call Manager/11.0.0\r\n");
    EXPECT_TRUE(write(**s, "Action: Ping\r\n\r\n"));
    EXPECT_THAT(*read(**s), HasSubstr("Permission denied"));
  }
}

TEST_F(io_stream, refuses_a_certificate_of_an_unknown_authority) {
  auto const certificate = std::make_shared<fakes::tls_certificate>();
  ami_server server(secured(certificate));
  fakes::tls_certificate const stranger;
  expect_refused(at(server, tls_options{true, stranger.ca_file(), ""}), "TLS: ");
  expect_refused(at(server, tls_options{}), "TLS: ");
}

TEST_F(io_stream, refuses_a_certificate_for_another_name_or_address) {
  auto const certificate = std::make_shared<fakes::tls_certificate>("pbx.example", false);
  ami_server server(secured(certificate));
  expect_refused(at(server, tls_options{true, certificate->ca_file(), ""}), "TLS: ");
  expect_refused(at(server, tls_options{true, certificate->ca_file(), "localhost"}), "TLS: ");
  EXPECT_TRUE(connect(at(server, tls_options{true, certificate->ca_file(), "pbx.example"})));
}

TEST_F(io_stream, refuses_an_expired_certificate) {
  auto const certificate = std::make_shared<fakes::tls_certificate>("localhost", true, -1);
  ami_server server(secured(certificate));
  expect_refused(at(server, tls_options{true, certificate->ca_file(), ""}), "expired");
}

TEST_F(io_stream, takes_any_certificate_when_told_not_to_verify) {
  ami_server server(secured(std::make_shared<fakes::tls_certificate>("pbx.example", false, -1)));
  EXPECT_TRUE(connect(at(server, tls_options{false, "", ""})));
}

TEST_F(io_stream, says_which_ca_file_it_cannot_read) {
  ami_server server(secured(std::make_shared<fakes::tls_certificate>()));
  auto const r = connect(at(server, tls_options{true, "/nowhere/ca.pem", ""}));
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().kind, error_kind::invalid);
  EXPECT_THAT(r.error().message, HasSubstr("/nowhere/ca.pem"));
}

TEST_F(io_stream, refuses_a_tls_peer_that_speaks_no_tls) {
  ami_server server;
  expect_refused(at(server, tls_options{false, "", ""}), "TLS: ");
}

TEST_F(io_stream, says_that_nobody_listens) {
  std::uint16_t port = 0;
  { port = ami_server().port(); }
  auto const r = connect({"127.0.0.1", port, {}, 5s});
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().kind, error_kind::offline);
  EXPECT_TRUE(r.error().retryable);
  EXPECT_THAT(r.error().message, HasSubstr("127.0.0.1:" + std::to_string(port)));
}

TEST_F(io_stream, gives_up_on_a_handshake_that_is_never_answered) {
  using tcp = boost::asio::ip::tcp;
  tcp::acceptor silent(ioc, {boost::asio::ip::address_v4::loopback(), 0});
  auto const r = connect({"127.0.0.1", silent.local_endpoint().port(), tls_options{}, 50ms});
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().kind, error_kind::timeout);
}

TEST_F(io_stream, does_not_call_back_when_the_attempt_is_dropped) {
  ami_server server;
  bool called = false;
  async_connect(ioc.get_executor(), at(server), [&](outcome const&) { called = true; }).reset();
  ioc.run();
  EXPECT_FALSE(called);
}

TEST_F(io_stream, ends_a_read_under_way_when_closed_or_destroyed) {
  ami_server server;
  for (bool const destroy : {false, true}) {
    auto s = connect(at(server));
    ASSERT_TRUE(s);
    EXPECT_TRUE(read(**s));
    std::array<char, 16> room{};
    std::optional<result<std::size_t>> got;
    (*s)->async_read_some(room, [&](result<std::size_t> n) { got = n; });
    if (destroy)
      s->reset();
    else
      (*s)->close();
    ASSERT_TRUE(fakes::run_until(ioc, [&] { return got.has_value(); }));
    ASSERT_FALSE(*got);
    EXPECT_EQ(got->error().kind, error_kind::cancelled);
  }
}

}  // namespace
}  // namespace calluna::io
