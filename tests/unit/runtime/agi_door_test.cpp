#include <calluna/runtime/agi_door.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <deque>
#include <fakes/run_until.hpp>
#include <functional>

namespace calluna::runtime {
namespace {

namespace asio = boost::asio;
using testing::ElementsAre;

class memory_log : public log_sink {
 public:
  void write(log_level level, std::string_view, std::string_view text) override {
    if (level != log_level::info) lines.emplace_back(text);
  }
  std::vector<std::string> lines;
};

struct receiver : agi_receiver {
  void on_agi_call(std::uint32_t handler, std::shared_ptr<agi::connection> session) override {
    handlers.push_back(handler);
    sessions.push_back(std::move(session));
  }
  std::vector<std::uint32_t> handlers;
  std::vector<std::shared_ptr<agi::connection>> sessions;
};

class agi_door_of_apps : public testing::Test {
 protected:
  void SetUp() override {
    agi::server_options options;
    options.port = 0;
    options.allow = {*io::network::read("127.0.0.1")};
    auto opened = agi_door::open(loop.get_executor(), options, logger(log, "agi"));
    ASSERT_TRUE(opened) << opened.error().message;
    door = std::move(*opened);
  }
  asio::ip::tcp::socket& dial(std::string const& script) {
    auto& socket = sockets.emplace_back(loop);
    socket.connect({asio::ip::make_address("127.0.0.1"), door->port()});
    asio::write(socket, asio::buffer("agi_network: yes\nagi_network_script: " + script + "\n\n"));
    return socket;
  }
  bool until(std::function<bool()> const& done) { return fakes::run_until(loop, done); }
  bool ends(asio::ip::tcp::socket& socket) {
    socket.non_blocking(true);
    return until([&] {
      char byte;
      boost::system::error_code code;
      socket.read_some(asio::buffer(&byte, 1), code);
      return code && code != asio::error::would_block;
    });
  }

  asio::io_context loop;
  std::shared_ptr<memory_log> log = std::make_shared<memory_log>();
  std::deque<asio::ip::tcp::socket> sockets;
  std::shared_ptr<receiver> one = std::make_shared<receiver>(), two = std::make_shared<receiver>();
  std::unique_ptr<agi_door> door;
};

TEST_F(agi_door_of_apps, takes_a_call_to_the_app_that_serves_its_path) {
  door->serve("a", {{"x", 1}, {"x/y", 2}}, one);
  door->serve("b", {{"z", 1}}, two);
  dial("x/y?q=1");
  dial("/z/");
  ASSERT_TRUE(until([&] { return !one->handlers.empty() && !two->handlers.empty(); }));
  EXPECT_THAT(one->handlers, ElementsAre(2u));
  EXPECT_EQ(one->sessions[0]->call().query, "q=1");
  EXPECT_THAT(two->handlers, ElementsAre(1u));
  EXPECT_EQ(door->status()["scripts"], (nlohmann::json{{"x", "a"}, {"x/y", "a"}, {"z", "b"}}));
}

TEST_F(agi_door_of_apps, gives_new_calls_to_the_newest_and_leaves_the_others) {
  door->serve("a", {{"x", 1}, {"old", 2}}, one);
  dial("x");
  ASSERT_TRUE(until([&] { return one->sessions.size() == 1; }));
  door->serve("a", {{"x", 7}}, two);
  dial("x");
  ASSERT_TRUE(until([&] { return two->sessions.size() == 1; }));
  EXPECT_THAT(two->handlers, ElementsAre(7u));
  EXPECT_FALSE(one->sessions[0]->gone());
  EXPECT_TRUE(ends(dial("old")));
}

TEST_F(agi_door_of_apps, lets_the_dialplan_go_on_where_nobody_serves_and_tells_it_once) {
  EXPECT_TRUE(ends(dial("nobody%0a")));
  EXPECT_TRUE(ends(dial("nobody%0a")));
  ASSERT_EQ(log->lines.size(), 1u);
  EXPECT_EQ(log->lines[0], "no app serves 'nobody\\n': its calls go on in the dialplan");
  EXPECT_EQ(door->status()["unserved"], 2);
  door->serve("a", {{"x", 1}}, one);
  one.reset();  // its generation has ended, no other has come yet
  EXPECT_TRUE(ends(dial("x")));
  EXPECT_EQ(door->status()["unserved"], 3);
}

TEST_F(agi_door_of_apps, objects_to_a_path_of_another_app) {
  door->serve("a", {{"x", 1}}, one);
  EXPECT_THAT(door->objections("b", {{"y", 1}, {"x", 2}}),
              ElementsAre("the AGI script 'x' is served by app 'a' already"));
  EXPECT_TRUE(door->objections("a", {{"x", 2}}).empty());
}

TEST_F(agi_door_of_apps, takes_no_more_calls_after_its_end_but_keeps_those_there_are) {
  door->serve("a", {{"x", 1}}, one);
  dial("x");
  ASSERT_TRUE(until([&] { return one->sessions.size() == 1; }));
  auto const port = door->port();
  door->stop_listening();
  boost::system::error_code code;
  asio::ip::tcp::socket late(loop);
  late.connect({asio::ip::make_address("127.0.0.1"), port}, code);
  EXPECT_TRUE(code);
  EXPECT_FALSE(one->sessions[0]->gone());
  door.reset();
  EXPECT_TRUE(until([&] { return one->sessions[0]->gone(); }));
}

}  // namespace
}  // namespace calluna::runtime
