#include "add_app.hpp"
#include "temporary_folder.hpp"

#include <calluna/runtime/agi_door.hpp>
#include <calluna/runtime/supervisor.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <deque>
#include <fakes/run_until.hpp>
#include <optional>

namespace calluna::runtime {
namespace {

namespace asio = boost::asio;
using fakes::run_until;
using testing::HasSubstr;

/// A dialplan's side of one session.
struct dialplan {
  dialplan(asio::io_context& io, std::uint16_t port, std::string const& script)
      : socket(io), loop(io) {
    socket.connect({asio::ip::make_address("127.0.0.1"), port});
    socket.non_blocking(true);
    say("agi_network: yes\nagi_network_script: " + script + "\nagi_uniqueid: u.1\n\n");
  }
  void say(std::string const& bytes) { asio::write(socket, asio::buffer(bytes)); }
  bool hears(std::string const& wanted) {
    return run_until(loop, [&] {
      char room[4096];
      boost::system::error_code code;
      auto const n = socket.read_some(asio::buffer(room), code);
      if (!code) text.append(room, n);
      if (code && code != asio::error::would_block) text += "<end>";
      return text.find(wanted) != std::string::npos;
    });
  }
  asio::ip::tcp::socket socket;
  asio::io_context& loop;
  std::string text;
};

/// Apps on threads of their own behind a real server; no PBX.
class agi_apps : public testing::Test {
 protected:
  void app(std::string const& name, std::string const& source) {
    test::add_app(settings, folder, name, source);
  }
  void start(bool with_door = true) {
    settings.runtime.state_folder = folder / "state";
    all = std::make_unique<supervisor>(loop.get_executor(), settings, logger{});
    if (with_door) {
      agi::server_options options;
      options.port = 0;
      options.allow = {*io::network::read("127.0.0.1")};
      door = std::move(*agi_door::open(loop.get_executor(), options, logger{}));
      all->agi = door.get();
    }
    bool loaded = false;
    all->start([&] { loaded = true; });
    ASSERT_TRUE(run_until(loop, [&] { return loaded; }));
  }
  result<void> reload(std::string const& name, std::string const& source) {
    folder.write(name + "/init.lua", source);
    std::optional<result<void>> outcome;
    all->reload(name, [&](result<void> done) { outcome = std::move(done); });
    EXPECT_TRUE(run_until(loop, [&] { return outcome.has_value(); }));
    return outcome.value_or(result<void>{});
  }
  void stop(std::chrono::milliseconds deadline = std::chrono::seconds(5)) {
    if (!all || std::exchange(stopped, true)) return;
    if (door) door->stop_listening();
    bool done = false;
    all->stop(deadline, [&] { done = true; });
    EXPECT_TRUE(run_until(loop, [&] { return done; }));
    all->agi = nullptr;
    door.reset();
  }
  void TearDown() override {
    calls.clear();
    stop();
    all.reset();
  }
  dialplan& dial(std::string const& script) {
    return calls.emplace_back(loop, door->port(), script);
  }
  nlohmann::json status_of(std::string const& name) const {
    auto const status = all->status();
    for (auto const& one : status["apps"])
      if (one["name"] == name) return one;
    return {};
  }
  static std::string says(std::string const& word, std::string const& more = "") {
    return more + "require 'calluna.agi'.serve('x', function(s) s:verbose('" + word +
           "') s:wait_for_digit(false) end)";
  }

  asio::io_context loop;
  test::temporary_folder folder;
  config settings;
  std::unique_ptr<agi_door> door;
  std::unique_ptr<supervisor> all;
  std::deque<dialplan> calls;
  bool stopped = false;
};

TEST_F(agi_apps, a_call_stays_with_the_generation_it_came_to) {
  app("a", says("one"));
  start();
  auto& first = dial("x");
  ASSERT_TRUE(first.hears("VERBOSE one 1\n"));
  // Another handler stands first now, so the numbers of handlers are others.
  ASSERT_TRUE(reload("a", says("two", "require 'calluna.agi'.serve('first', print) ")));
  auto& second = dial("x");
  ASSERT_TRUE(second.hears("VERBOSE two 1\n"));
  first.say("200 result=1\n");
  EXPECT_TRUE(first.hears("WAIT FOR DIGIT"));
  EXPECT_EQ(status_of("a")["draining"].at(0)["visits"], 1);
  first.say("200 result=0\n");
  EXPECT_TRUE(first.hears("<end>"));
  EXPECT_TRUE(run_until(loop, [&] { return status_of("a")["draining"].empty(); }));
  second.say("HANGUP\n");
  EXPECT_TRUE(second.hears("<end>"));
  EXPECT_TRUE(run_until(loop, [&] { return status_of("a")["visits"] == 0; }));
}

TEST_F(agi_apps, two_apps_cannot_have_one_path) {
  app("a", says("a"));
  app("b", "local x = 1");
  start();
  auto const outcome = reload("b", says("b"));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message, "the AGI script 'x' is served by app 'a' already");
  EXPECT_TRUE(dial("x").hears("VERBOSE a 1\n"));
  ASSERT_TRUE(reload("a", "local x = 1"));
  EXPECT_TRUE(dial("x").hears("<end>"));
  ASSERT_TRUE(reload("b", says("b")));
  EXPECT_TRUE(dial("x").hears("VERBOSE b 1\n"));
}

TEST_F(agi_apps, without_a_server_is_not_loaded) {
  app("a", says("a"));
  start(false);
  EXPECT_EQ(status_of("a")["state"], "failed");
  EXPECT_THAT(status_of("a")["last_error"].get<std::string>(),
              HasSubstr("it serves the AGI script 'x', but the configuration has no [agi]"));
}

TEST_F(agi_apps, that_break_give_their_calls_back) {
  app("a", R"(
    require "calluna.agi".serve("x", function(s)
      s:verbose("here")
      local hoard = {}
      while true do hoard[#hoard + 1] = ("x"):rep(1e6) .. #hoard end
    end))");
  start();
  auto& call = dial("x");
  ASSERT_TRUE(call.hears("VERBOSE here 1\n"));
  auto& other = dial("x");
  ASSERT_TRUE(other.hears("VERBOSE here 1\n"));
  call.say("200 result=1\n");
  EXPECT_TRUE(call.hears("<end>"));
  EXPECT_TRUE(other.hears("<end>"));
}

TEST_F(agi_apps, at_the_end_of_the_runtime_have_time_for_their_calls_but_not_for_ever) {
  app("a", says("a"));
  start();
  auto& call = dial("x");
  ASSERT_TRUE(call.hears("VERBOSE a 1\n"));
  stop(std::chrono::milliseconds(100));
  EXPECT_TRUE(call.hears("<end>"));
}

}  // namespace
}  // namespace calluna::runtime
