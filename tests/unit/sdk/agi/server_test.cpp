#include <calluna/agi/command.hpp>
#include <calluna/agi/server.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <fakes/run_until.hpp>
#include <mutex>

namespace calluna::agi {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr char opening[] =
    "agi_network: yes\nagi_network_script: hello\nagi_channel: Local/x\nagi_uniqueid: 1.1\n\n";

class memory_log : public log_sink {
 public:
  void write(log_level, std::string_view, std::string_view text) override {
    lines.emplace_back(text);
  }
  std::vector<std::string> lines;
};

/// A dialplan's side of one session.
struct dialplan {
  explicit dialplan(asio::io_context& io, std::uint16_t port) : socket(io), on(io) {
    socket.connect({asio::ip::make_address("127.0.0.1"), port});
    socket.non_blocking(true);
  }
  void say(std::string const& bytes) { asio::write(socket, asio::buffer(bytes)); }
  /// All that has come; ends with "<end>" if the server has closed.
  std::string heard() {
    char room[4096];
    for (;;) {
      boost::system::error_code code;
      auto const n = socket.read_some(asio::buffer(room), code);
      if (code == asio::error::would_block) return text;
      if (code) {
        if (!std::exchange(closed, true)) text += "<end>";
        return text;
      }
      text.append(room, n);
    }
  }
  bool hears(std::string const& wanted) {
    return fakes::run_until(on, [&] { return heard().find(wanted) != std::string::npos; });
  }
  tcp::socket socket;
  asio::io_context& on;
  std::string text;
  bool closed = false;
};

class agi_server : public testing::Test {
 protected:
  void listen(std::function<void(server_options&)> const& change = [](server_options&) {}) {
    server_options options;
    options.port = 0;
    options.allow = {*io::network::read("127.0.0.0/8")};
    change(options);
    auto made = server::listen(loop.get_executor(), options, logger(log, "agi"),
                               [this](std::shared_ptr<connection> c) { calls.push_back(c); });
    ASSERT_TRUE(made) << made.error().message;
    under_test = std::move(*made);
  }
  dialplan call(std::string const& text = opening) {
    dialplan d(loop, under_test->port());
    d.say(text);
    return d;
  }
  bool until(std::function<bool()> const& done) { return fakes::run_until(loop, done); }
  connection::completion note() {
    return [this](result<reply> r) {
      outcomes.push_back(r ? r->result + "/" + r->value.value_or("") : to_string(r.error()));
    };
  }

  asio::io_context loop;
  std::shared_ptr<memory_log> log = std::make_shared<memory_log>();
  std::vector<std::shared_ptr<connection>> calls;
  std::vector<std::string> outcomes;
  std::unique_ptr<server> under_test;
};

TEST_F(agi_server, hands_a_call_over_and_sends_its_commands_in_turn) {
  listen();
  auto d = call();
  ASSERT_TRUE(until([&] { return calls.size() == 1; }));
  EXPECT_EQ(calls[0]->call().script, "hello");
  calls[0]->submit(*encode({"ANSWER"}), note());
  calls[0]->submit(*encode({"GET", "VARIABLE", "X"}), note());
  ASSERT_TRUE(d.hears("ANSWER\n"));
  d.say("200 result=0\n");
  ASSERT_TRUE(d.hears("ANSWER\nGET VARIABLE X\n"));
  EXPECT_EQ(outcomes, std::vector<std::string>{"0/"});
  d.say("200 result=1 (y)\n");
  ASSERT_TRUE(until([&] { return outcomes.size() == 2; }));
  EXPECT_EQ(outcomes[1], "1/y");
  EXPECT_EQ(under_test->count().open, 1u);
  calls.clear();
  ASSERT_TRUE(d.hears("<end>"));
  ASSERT_TRUE(until([&] { return under_test->count().open == 0; }));
}

TEST_F(agi_server, tells_a_hang_up_at_once_and_still_carries_commands) {
  listen();
  auto d = call();
  ASSERT_TRUE(until([&] { return calls.size() == 1; }));
  bool told = false;
  calls[0]->on_gone([&] { told = true; });
  EXPECT_FALSE(calls[0]->gone());
  d.say("HANGUP\n");
  ASSERT_TRUE(until([&] { return told; }));
  EXPECT_TRUE(calls[0]->gone());
  calls[0]->submit(*encode({"ANSWER"}), note());
  ASSERT_TRUE(d.hears("ANSWER\n"));
  d.say("511 Command Not Permitted on a dead channel\n");
  ASSERT_TRUE(until([&] { return outcomes.size() == 1; }));
  EXPECT_EQ(outcomes[0], "gone: the channel has hung up");
}

TEST_F(agi_server, fails_what_is_under_way_when_asterisk_goes) {
  listen();
  {
    auto d = call();
    ASSERT_TRUE(until([&] { return calls.size() == 1; }));
    calls[0]->submit(*encode({"ANSWER"}), note());
    calls[0]->submit(*encode({"NOOP"}), note());
    ASSERT_TRUE(d.hears("ANSWER\n"));
  }
  ASSERT_TRUE(until([&] { return outcomes.size() == 2; }));
  EXPECT_EQ(outcomes[0], "gone: the AGI session has ended");
  EXPECT_EQ(outcomes[1], outcomes[0]);
  EXPECT_TRUE(calls[0]->gone());
  calls[0]->submit(*encode({"NOOP"}), note());
  bool told = false;
  calls[0]->on_gone([&] { told = true; });
  ASSERT_TRUE(until([&] { return outcomes.size() == 3 && told; }));
  EXPECT_EQ(under_test->count().open, 0u);
}

TEST_F(agi_server, breaks_off_a_talk_against_the_protocol) {
  listen();
  auto d = call();
  ASSERT_TRUE(until([&] { return calls.size() == 1; }));
  calls[0]->submit(*encode({"ANSWER"}), note());
  ASSERT_TRUE(d.hears("ANSWER\n"));
  d.say("what?\n");
  ASSERT_TRUE(d.hears("<end>"));
  ASSERT_TRUE(until([&] { return outcomes.size() == 1; }));
  EXPECT_EQ(outcomes[0].substr(0, 9), "protocol:");
  EXPECT_EQ(under_test->count().malformed, 1u);
}

TEST_F(agi_server, bounds_the_commands_that_wait) {
  listen();
  auto d = call();
  ASSERT_TRUE(until([&] { return calls.size() == 1; }));
  for (std::size_t i = 0; i < connection::most_queued + 2; ++i)
    calls[0]->submit(*encode({"NOOP"}), note());
  ASSERT_TRUE(until([&] { return !outcomes.empty(); }));
  EXPECT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(outcomes[0].substr(0, 9), "rejected:");
}

TEST_F(agi_server, gives_up_one_that_does_not_say_who_calls) {
  listen([](server_options& o) { o.environment_timeout = std::chrono::milliseconds(30); });
  auto d = call("agi_network: yes\n");
  ASSERT_TRUE(d.hears("<end>"));
  ASSERT_TRUE(until([&] { return under_test->count().malformed == 1; }));
  EXPECT_TRUE(calls.empty());
  ASSERT_EQ(log->lines.size(), 1u);
  EXPECT_EQ(log->lines[0], "127.0.0.1: it does not say who calls");
}

TEST_F(agi_server, sends_away_who_is_not_allowed_and_says_so_once) {
  listen([](server_options& o) { o.allow = {*io::network::read("10.0.0.0/8")}; });
  auto first = call(""), second = call("");
  ASSERT_TRUE(first.hears("<end>"));
  ASSERT_TRUE(second.hears("<end>"));
  EXPECT_EQ(under_test->count().forbidden, 2u);
  EXPECT_EQ(log->lines.size(), 1u);
}

TEST_F(agi_server, bounds_its_sessions) {
  listen([](server_options& o) { o.max_sessions = 2; });
  auto a = call(), b = call();
  ASSERT_TRUE(until([&] { return calls.size() == 2; }));
  dialplan c(loop, under_test->port());
  ASSERT_TRUE(c.hears("<end>"));
  EXPECT_EQ(under_test->count().rejected, 1u);
  calls.erase(calls.begin());
  ASSERT_TRUE(until([&] { return under_test->count().open == 1; }));
  auto d = call();
  ASSERT_TRUE(until([&] { return calls.size() == 2; }));
}

TEST_F(agi_server, ends_its_sessions_when_it_goes) {
  listen();
  auto d = call();
  ASSERT_TRUE(until([&] { return calls.size() == 1; }));
  calls[0]->submit(*encode({"ANSWER"}), note());
  ASSERT_TRUE(d.hears("ANSWER\n"));
  under_test.reset();
  ASSERT_TRUE(d.hears("<end>"));
  EXPECT_EQ(outcomes, std::vector<std::string>{"gone: the AGI session has ended"});
}

TEST_F(agi_server, says_why_it_cannot_listen) {
  listen();
  server_options taken;
  taken.port = under_test->port();
  auto const second = server::listen(loop.get_executor(), taken, {}, nullptr);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, error_kind::refused);
  server_options nowhere;
  nowhere.address = "pbx";
  EXPECT_EQ(server::listen(loop.get_executor(), nowhere, {}, nullptr).error().kind,
            error_kind::invalid);
}

}  // namespace
}  // namespace calluna::agi
