#include "server_fixture.hpp"

namespace calluna::runtime::web::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using namespace std::chrono_literals;

class push : public server_test {
 protected:
  void serve_events(web_options options = {}) {
    options.max_connections_per_address = 1000;
    auto events = open_route("GET", "/events");
    events.what = bindings::http_route::kind::events;
    serve(options, {events, open_route("GET", "/a")});
    app_ = [](std::string const&, std::uint32_t, exchange_ptr const& x) {
      std::vector<std::string> topics;
      for (auto const& [name, value] : x->request().query)
        if (name == "topic") topics.push_back(value);
      if (x->request().path == "/a")
        x->respond({200, {}, "answered"});
      else
        x->stream(topics);
      return true;
    };
  }
  std::unique_ptr<raw_client> listen(std::string const& query) {
    auto client = std::make_unique<raw_client>(io_, server_->port());
    client->send("GET /events?" + query + " HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(client->wait_for("event: reset\n"));
    return client;
  }
};

TEST_F(push, tells_what_holds_first_and_then_each_change_in_its_order) {
  serve_events();
  hub_->set("user/a", "1", R"({"title":"Ring"})", std::nullopt);
  hub_->set("user/b", "1", "2", std::nullopt);
  auto const client = listen("topic=user/a&topic=user/c");
  EXPECT_THAT(client->received(), HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_THAT(client->received(),
              HasSubstr("\r\n\r\nid: 0\nevent: reset\ndata: "
                        R"({"topics":{"user/a":{"1":{"title":"Ring"}},"user/c":{}}})"
                        "\n\n"));
  client->forget();
  EXPECT_EQ(hub_->set("user/a", "2", "\"x\"", std::nullopt).listeners, 1U);
  hub_->send("user/c", "[1]");
  hub_->clear("user/a", "1");
  hub_->set("user/b", "2", "3", std::nullopt);
  hub_->clear("user/a", "2");
  ASSERT_TRUE(client->wait_for("\"key\":\"2\"}\n\n"));
  EXPECT_EQ(client->received(), R"(id: 1
event: set
data: {"topic":"user/a","key":"2","value":"x"}

id: 2
event: send
data: {"topic":"user/c","value":[1]}

id: 3
event: clear
data: {"topic":"user/a","key":"1"}

id: 4
event: clear
data: {"topic":"user/a","key":"2"}

)");
}

TEST_F(push, does_not_tell_again_what_was_in_the_beginning) {
  serve_events();
  auto const first = listen("topic=t");
  // Not yet delivered when the second one comes.
  hub_->set("t", "k", "1", std::nullopt);
  auto const second = listen("topic=t");
  ASSERT_TRUE(first->wait_for("event: set"));
  hub_->set("t", "k", "2", std::nullopt);
  ASSERT_TRUE(second->wait_for("\"value\":2"));
  EXPECT_THAT(second->received(), HasSubstr(R"({"topics":{"t":{"k":1}}})"));
  EXPECT_THAT(second->received(), Not(HasSubstr("\"value\":1}")));
}

TEST_F(push, clears_what_was_to_be_kept_for_a_time_only) {
  serve_events();
  auto const client = listen("topic=t");
  hub_->set("t", "k", "1", 5s);
  hub_->set("t", "k", "2", 10s);
  hub_->set("t", "l", "2", std::nullopt);
  ASSERT_TRUE(client->wait_for("event: set", 3));
  time_->advance(6s);
  hub_->expire();
  time_->advance(5s);
  hub_->expire();
  ASSERT_TRUE(client->wait_for("event: clear"));
  EXPECT_THAT(client->received(), HasSubstr(R"(data: {"topic":"t","key":"k"})"));
  EXPECT_FALSE(hub_->clear("t", "k").refused);
}

TEST_F(push, takes_time_by_itself) {
  auto const real = std::make_shared<real_clock>();
  hub_ = live_push_hub::make(io_.get_executor(), *real);
  serve_events();
  auto const client = listen("topic=t");
  hub_->set("t", "k", "1", 10ms);
  EXPECT_TRUE(client->wait_for("event: clear"));
}

TEST_F(push, clears_a_key_everywhere_but_where_it_is_kept) {
  serve_events();
  for (auto const* topic : {"user/a", "user/b", "user/c", "users", "other"})
    hub_->set(topic, "call", "1", std::nullopt);
  auto const client = listen("topic=user/a&topic=user/b&topic=user/c&topic=users");
  EXPECT_EQ(hub_->clear_all("user/", "call", "user/b"), 2U);
  ASSERT_TRUE(client->wait_for("event: clear", 2));
  EXPECT_THAT(client->received(), HasSubstr(R"({"topic":"user/a","key":"call"})"));
  EXPECT_THAT(client->received(), HasSubstr(R"({"topic":"user/c","key":"call"})"));
}

TEST_F(push, cannot_be_made_to_say_other_events) {
  serve_events();
  auto const client = listen("topic=t");
  hub_->set("t", "a\nevent: evil", "{\n\"x\":\r\n1}", std::nullopt);
  EXPECT_TRUE(hub_->set("t", "k", "1\n\nevent: evil", std::nullopt).refused);
  EXPECT_TRUE(hub_->send("t", "}").refused);
  hub_->send("t", "1");
  ASSERT_TRUE(client->wait_for("event: send"));
  EXPECT_THAT(client->received(), Not(HasSubstr("\nevent: evil")));
  EXPECT_EQ(hub_->status().refused, 2U);
}

TEST_F(push, hears_from_the_server_when_nothing_happens) {
  heartbeat_ = 5ms;
  serve_events();
  auto const client = listen("topic=t");
  EXPECT_TRUE(client->wait_for(":\n\n", 3));
}

TEST_F(push, reaches_three_hundred_clients_and_one_that_does_not_read_harms_nobody) {
  serve_events();
  boost::asio::ip::tcp::socket deaf(io_);
  deaf.open(boost::asio::ip::tcp::v4());
  deaf.set_option(boost::asio::socket_base::receive_buffer_size(4096));
  deaf.connect({boost::asio::ip::make_address("127.0.0.1"), server_->port()});
  std::string const request = "GET /events?topic=t HTTP/1.1\r\nHost: h\r\n\r\n";
  boost::asio::write(deaf, boost::asio::buffer(request));
  std::vector<std::unique_ptr<raw_client>> clients;
  for (int i = 0; i < 300; ++i) {
    clients.push_back(std::make_unique<raw_client>(io_, server_->port()));
    clients.back()->send(request);
  }
  ASSERT_TRUE(fakes::run_until(io_, [&] { return hub_->listeners("t") == 301; }));

  auto const value = "\"" + std::string(32'000, 'x') + "\"";
  int sent = 0;
  while (hub_->listeners("t") == 301 && sent < 1000) {
    ASSERT_FALSE(hub_->send("t", value).refused);
    ++sent;
    for (auto const& c : clients) {
      ASSERT_TRUE(c->wait_for("event: send"));
      c->forget();
    }
  }
  EXPECT_LT(sent, 1000);
  EXPECT_EQ(hub_->listeners("t"), 300U);
  EXPECT_EQ(refused("client does not read"), 1U);
  hub_->send("t", "\"end\"");
  for (auto const& c : clients) EXPECT_TRUE(c->wait_for("\"end\""));
}

TEST_F(push, forgets_clients_that_left) {
  serve_events();
  auto client = listen("topic=t");
  EXPECT_EQ(hub_->listeners("t"), 1U);
  EXPECT_EQ(server_->status()["event_streams"], 1);
  client->close();
  EXPECT_TRUE(fakes::run_until(io_, [&] { return hub_->listeners("t") == 0; }));
  EXPECT_EQ(server_->status()["event_streams"], 0);
}

TEST(push_topics, are_bounded_in_every_way) {
  push_topics topics({2, 2, 100, 50});
  EXPECT_TRUE(topics.set("a", "1", "x", std::nullopt));
  EXPECT_TRUE(topics.set("a", "2", "x", std::nullopt));
  EXPECT_FALSE(topics.set("a", "3", "x", std::nullopt)) << "keys";
  EXPECT_TRUE(topics.set("b", "1", "x", std::nullopt));
  EXPECT_FALSE(topics.set("c", "1", "x", std::nullopt)) << "topics";
  EXPECT_FALSE(topics.set("b", "1", std::string(51, 'x'), std::nullopt)) << "a value";
  EXPECT_TRUE(topics.set("b", "1", std::string(50, 'x'), std::nullopt));
  EXPECT_FALSE(topics.set("a", "1", std::string(50, 'x'), std::nullopt)) << "bytes";
  EXPECT_TRUE(topics.clear("b", "1"));
  EXPECT_TRUE(topics.clear("a", "1"));
  EXPECT_TRUE(topics.clear("a", "2"));
  EXPECT_FALSE(topics.clear("a", "2"));
  EXPECT_EQ(topics.bytes(), 0U);
  EXPECT_EQ(topics.topics(), 0U);
}

}  // namespace
}  // namespace calluna::runtime::web::test
