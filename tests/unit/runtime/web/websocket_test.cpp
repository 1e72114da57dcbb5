#include "server_fixture.hpp"

#include <calluna/io/websocket_codec.hpp>

namespace calluna::runtime::web::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

/// A WebSocket of the runtime at /ws, and what its app has heard.
class websocket : public server_test {
 protected:
  void serve_socket(web_options options = {}) {
    auto ws = open_route("GET", "/ws");
    ws.what = bindings::http_route::kind::websocket;
    serve(options, {ws});
    app_ = [this](std::string const&, std::uint32_t, exchange_ptr const& x) {
      socket_ = x->accept();
      socket_->listen([this](std::optional<std::string> text) {
        if (text)
          heard_.push_back(*text);
        else
          ++ends_;
      });
      return true;
    };
  }

  static std::string upgrade(std::string_view more = "") {
    return "GET /ws HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: keep-alive, "
           "Upgrade\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
           std::string{more} + "\r\n";
  }
  std::string frame(io::websocket_kind kind, std::string_view payload) {
    std::string out;
    encoder_.append(out, kind, payload);
    return out;
  }
  std::unique_ptr<raw_client> connect() {
    auto client = std::make_unique<raw_client>(io_, server_->port());
    client->send(upgrade());
    EXPECT_TRUE(client->wait_for("\r\n\r\n"));
    return client;
  }

  io::websocket_encoder encoder_;
  std::shared_ptr<bindings::http_socket> socket_;
  std::vector<std::string> heard_;
  int ends_ = 0;
};

TEST_F(websocket, carries_texts_both_ways) {
  serve_socket();
  auto const client = connect();
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 101 Switching Protocols\r\n"));
  EXPECT_THAT(client->received(),
              HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
  EXPECT_THAT(client->received(), HasSubstr("Connection: Upgrade\r\n"));
  client->send(frame(io::websocket_kind::text, "hello"));
  ASSERT_TRUE(fakes::run_until(io_, [&] { return heard_.size() == 1; }));
  EXPECT_EQ(heard_[0], "hello");
  client->forget();
  EXPECT_TRUE(socket_->send("answer"));
  ASSERT_TRUE(client->wait_for("answer"));
  EXPECT_EQ(client->received(),
            "\x81\x06"
            "answer");
}

TEST_F(websocket, reads_frames_at_every_split) {
  serve_socket();
  auto all = upgrade() + frame(io::websocket_kind::text, "one");
  std::string part = frame(io::websocket_kind::text, "two");
  all += part + frame(io::websocket_kind::ping, "p") + frame(io::websocket_kind::text, "three");
  for (std::size_t cut = 1; cut < all.size(); ++cut) {
    heard_.clear();
    raw_client client(io_, server_->port());
    client.send(std::string_view{all}.substr(0, cut));
    io_.poll();
    client.send(std::string_view{all}.substr(cut));
    ASSERT_TRUE(fakes::run_until(io_, [&] { return heard_.size() == 3; })) << cut;
    EXPECT_EQ(heard_, (std::vector<std::string>{"one", "two", "three"}));
    ASSERT_TRUE(client.wait_for("\x8a\x01p")) << "the ping is answered";
  }
}

TEST_F(websocket, is_closed_by_either_side) {
  serve_socket();
  auto const ours = connect();
  ours->forget();
  socket_->close(1000, "bye");
  ASSERT_TRUE(ours->wait_for_end());
  EXPECT_EQ(ours->received(), std::string("\x88\x05\x03\xe8"
                                          "bye"));
  EXPECT_FALSE(socket_->send("late"));
  ASSERT_TRUE(fakes::run_until(io_, [&] { return ends_ == 1; }));

  auto const theirs = connect();
  theirs->forget();
  theirs->send(frame(io::websocket_kind::close, "\x03\xe8"));
  ASSERT_TRUE(theirs->wait_for_end());
  EXPECT_EQ(theirs->received(), "\x88\x02\x03\xe8");
  ASSERT_TRUE(fakes::run_until(io_, [&] { return ends_ == 2; }));

  auto const lost = connect();
  lost->close();
  ASSERT_TRUE(fakes::run_until(io_, [&] { return ends_ == 3; }));

  auto const dropped = connect();
  dropped->forget();
  socket_.reset();
  ASSERT_TRUE(dropped->wait_for_end());
  EXPECT_EQ(dropped->received(), "\x88\x02\x03\xe9");
  EXPECT_EQ(server_->status()["websockets"], 0);
}

TEST_F(websocket, is_closed_for_what_the_protocol_or_we_do_not_allow) {
  web_options options;
  options.max_websocket_message = 100;
  serve_socket(options);
  std::string unmasked;
  io::append_server_frame(unmasked, io::websocket_kind::text, "x");
  struct {
    std::string bytes;
    std::string close;
  } const cases[] = {
      {unmasked, "\x03\xea"},
      {frame(io::websocket_kind::text, std::string(101, 'x')), "\x03\xf1"},
      {frame(io::websocket_kind::text, "\xc3\x28"), "\x03\xef"},
      {frame(io::websocket_kind::binary, "x"), "\x03\xeb"},
  };
  for (auto const& c : cases) {
    auto const client = connect();
    client->forget();
    client->send(c.bytes);
    ASSERT_TRUE(client->wait_for_end());
    EXPECT_EQ(client->received().substr(2, 2), c.close);
  }
  EXPECT_EQ(refused("WebSocket failed"), 4U);
  EXPECT_TRUE(heard_.empty());
}

TEST_F(websocket, is_pinged_and_closed_when_no_answer_comes) {
  heartbeat_ = 20ms;
  serve_socket();
  auto const client = connect();
  EXPECT_TRUE(client->wait_for(std::string_view("\x89\0", 2)));
  EXPECT_TRUE(client->wait_for_end());
  EXPECT_EQ(ends_, 1);
}

TEST_F(websocket, is_closed_when_its_client_does_not_read) {
  web_options options;
  options.max_output = 100'000;
  options.body_timeout = 50ms;
  serve_socket(options);
  boost::asio::ip::tcp::socket deaf(io_);
  deaf.connect({boost::asio::ip::make_address("127.0.0.1"), server_->port()});
  boost::asio::write(deaf, boost::asio::buffer(upgrade()));
  ASSERT_TRUE(fakes::run_until(io_, [&] { return socket_ != nullptr; }));
  int sent = 0;
  while (sent < 10'000 && socket_->send(std::string(10'000, 'x'))) {
    ++sent;
    io_.poll();
  }
  EXPECT_LT(sent, 10'000);
  EXPECT_TRUE(fakes::run_until(io_, [&] { return ends_ == 1; }));
  EXPECT_TRUE(fakes::run_until(io_, [&] { return server_->status()["connections"] == 0; }));
}

TEST_F(websocket, gets_messages_that_came_before_the_app_listened) {
  serve_socket();
  app_ = [this](std::string const&, std::uint32_t, exchange_ptr const& x) {
    socket_ = x->accept();
    return true;
  };
  auto const client = connect();
  client->send(frame(io::websocket_kind::text, "early"));
  client->send(frame(io::websocket_kind::ping, "p"));
  ASSERT_TRUE(client->wait_for("\x8a\x01p"));
  socket_->listen([this](std::optional<std::string> const& text) {
    if (text) heard_.push_back(*text);
  });
  EXPECT_TRUE(fakes::run_until(io_, [&] { return heard_.size() == 1; }));
}

TEST_F(websocket, is_told_of_where_a_plain_request_comes) {
  serve_socket();
  auto const answer = ask("GET /ws HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 426"));
  EXPECT_THAT(answer, HasSubstr("Upgrade: websocket\r\n"));
}

}  // namespace
}  // namespace calluna::runtime::web::test
