#include "add_app.hpp"
#include "temporary_folder.hpp"
#include "web/client.hpp"
#include "web/server_fixture.hpp"

#include <calluna/runtime/supervisor.hpp>
#include <calluna/runtime/web_door.hpp>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace calluna::runtime {
namespace {

using fakes::run_until;
using testing::HasSubstr;
using web::test::raw_client;

/// Apps on threads of their own behind a real server; no PBX.
class web_door_test : public testing::Test {
 protected:
  void app(std::string const& name, std::string const& source) {
    test::add_app(settings, folder, name, source);
  }
  void change(std::string const& name, std::string const& source) {
    folder.write(name + "/init.lua", source);
  }

  void start(bool with_door = true) {
    settings.runtime.state_folder = folder / "state";
    if (with_door) {
      settings.http.emplace();
      door = std::make_unique<web_door>(loop.get_executor(), settings, logger(lines, "http"));
      shared.push = door->hub();
    }
    all = std::make_unique<supervisor>(loop.get_executor(), settings, logger(lines, "runtime"),
                                       shared);
    if (door) {
      auto const opened = door->open([this] { return all->ready(); }, {});
      ASSERT_TRUE(opened) << opened.error().message;
      all->http = door.get();
    }
    bool loaded = false;
    all->start([&] { loaded = true; });
    ASSERT_TRUE(run_until(loop, [&] { return loaded; }));
  }
  result<void> reload(std::string const& name) {
    std::optional<result<void>> outcome;
    all->reload(name, [&](result<void> done) { outcome = std::move(done); });
    EXPECT_TRUE(run_until(loop, [&] { return outcome.has_value(); }));
    return outcome.value_or(result<void>{});
  }
  void stop() {
    if (!all || stopped) return;
    if (door) door->close_entrance();
    all->stop(std::chrono::seconds(5), [this] { stopped = true; });
    EXPECT_TRUE(run_until(loop, [this] { return stopped; }));
    if (door) door->stop();
  }
  void TearDown() override {
    stop();
    all.reset();
    door.reset();
  }

  std::string token(std::string const& name, std::string const& user) {
    return door->tokens().add({name, user, {}, {}}, web::unix_now()).value();
  }
  std::string get(std::string const& path, std::string const& more = "") {
    raw_client client(loop, door->port());
    return client.ask_and_close("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" +
                                more + "\r\n");
  }
  static std::string bearer(std::string const& text) {
    return "Authorization: Bearer " + text + "\r\n";
  }
  nlohmann::json status_of(std::string const& name) const {
    auto const status = all->status();
    for (auto const& one : status["apps"])
      if (one["name"] == name) return one;
    return {};
  }

  boost::asio::io_context loop;
  test::temporary_folder folder;
  config settings;
  bindings::app_services shared;
  std::shared_ptr<web::test::kept_lines> lines = std::make_shared<web::test::kept_lines>();
  std::unique_ptr<web_door> door;
  std::unique_ptr<supervisor> all;
  bool stopped = false;
};

TEST_F(web_door_test, an_app_answers_over_a_socket) {
  app("hello", R"(
    local http = require "calluna.http"
    http.get("/hello/{name}", { auth = "none" }, function(req) return { name = req.params.name, q = req.query.q } end)
    http.get("/mine", function(req) return req.auth.user end))");
  start();
  EXPECT_THAT(get("/hello/Ann%20B?q=1"), HasSubstr(R"({"name":"Ann B","q":"1"})"));
  EXPECT_THAT(get("/mine"), HasSubstr("401"));
  EXPECT_THAT(get("/mine", bearer(token("page", "anna"))), HasSubstr("\r\n\r\nanna"));
  EXPECT_THAT(get("/nowhere"), HasSubstr("404"));
  EXPECT_THAT(get("/ready"), HasSubstr("200"));
}

TEST_F(web_door_test, a_request_stays_with_the_generation_it_came_to) {
  auto const source = [](char const* word, char const* first) {
    return std::string(first) + R"(
      local http = require "calluna.http"
      http.websocket("/ws", { auth = "none" }, function(ws) while ws:receive() do ws:send(")" +
           word +
           R"(") end end)
      http.post("/slow", { auth = "none" }, function() return ")" +
           word + R"(" end))";
  };
  app("a", source("one", ""));
  start();
  raw_client socket(loop, door->port()), slow(loop, door->port());
  socket.send(
      "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
  ASSERT_TRUE(socket.wait_for("101"));
  slow.send("POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(slow.wait_for("100 Continue"));
  // Another handler stands first now, so the numbers of handlers are others.
  change("a",
         source("two", "require 'calluna.http'.post('/first', function() return 'wrong' end)"));
  ASSERT_TRUE(reload("a"));
  slow.send("xy");
  EXPECT_TRUE(slow.wait_for("\r\n\r\none")) << slow.received();
  socket.send(std::string("\x81\x81\0\0\0\0m", 7));
  EXPECT_TRUE(socket.wait_for("\x81\x03one"));
  EXPECT_EQ(status_of("a")["draining"].at(0)["visits"], 1);
  slow.forget();
  slow.send("POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(slow.wait_for("\r\n\r\ntwo")) << slow.received();
  socket.close();
  EXPECT_TRUE(run_until(loop, [&] { return status_of("a")["draining"].empty(); }));
}

TEST_F(web_door_test, two_apps_cannot_have_one_path) {
  app("a",
      R"(require "calluna.http".get("/v1/{id}", { auth = "none" }, function() return "a" end))");
  app("b", R"(require "calluna.http".get("/b", { auth = "none" }, function() return "b" end))");
  start();
  change("b", R"(
    local http = require "calluna.http"
    http.get("/b", { auth = "none" }, function() return "newer" end)
    http.get("/v1/{name}", { auth = "none" }, function() return "b" end))");
  auto const outcome = reload("b");
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().message, HasSubstr("'/v1/{name}'"));
  EXPECT_THAT(outcome.error().message, HasSubstr("'a' serves it already"));
  EXPECT_THAT(get("/b"), HasSubstr("\r\n\r\nb"));
  EXPECT_THAT(get("/v1/7"), HasSubstr("\r\n\r\na"));
}

TEST_F(web_door_test, an_app_with_routes_needs_a_server) {
  app("a", R"(require "calluna.http".get("/v1", function() end))");
  start(false);
  EXPECT_EQ(status_of("a")["state"], "failed");
  EXPECT_EQ(status_of("a")["last_error"],
            "it answers GET /v1, but the configuration has no [http]");
}

TEST_F(web_door_test, a_path_of_the_servers_own_is_no_apps) {
  app("a", R"(require "calluna.http".get("/metrics", function() end))");
  start();
  EXPECT_EQ(status_of("a")["state"], "failed");
  EXPECT_THAT(status_of("a")["last_error"].get<std::string>(), HasSubstr("'/metrics'"));
}

TEST_F(web_door_test, pushed_values_reach_who_listens_and_outlive_a_reload) {
  auto const source = R"(
    local http, push = require "calluna.http", require "calluna.push"
    http.events("/events", function(req) return "user/" .. req.auth.user end)
    http.post("/set", { auth = "none" }, function(req) return { n = push.set("user/anna", "call", req.json) } end))";
  app("a", source);
  start();
  auto const anna = token("page", "anna");
  raw_client first(loop, door->port());
  first.send("GET /events HTTP/1.1\r\nHost: x\r\n" + bearer(anna) + "\r\n");
  ASSERT_TRUE(first.wait_for("text/event-stream"));
  raw_client setter(loop, door->port());
  setter.send("POST /set HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n\r\n{\"title\":\"Bob\"}");
  EXPECT_TRUE(setter.wait_for(R"({"n":1})")) << setter.received();
  EXPECT_TRUE(first.wait_for("Bob"));
  ASSERT_TRUE(reload("a"));
  raw_client second(loop, door->port());
  second.send("GET /events HTTP/1.1\r\nHost: x\r\n" + bearer(anna) + "\r\n");
  EXPECT_TRUE(second.wait_for("Bob"));
}

TEST_F(web_door_test, a_revoked_token_is_dead_at_once_with_its_streams) {
  app("a", R"(
    local http = require "calluna.http"
    http.events("/events", function() return "news" end)
    http.get("/", function(req) return req.auth.token end))");
  start();
  auto const bad = token("bad", "bob"), good = token("good", "anna");
  raw_client revoked(loop, door->port()), stays(loop, door->port());
  revoked.send("GET /events HTTP/1.1\r\nHost: x\r\n" + bearer(bad) + "\r\n");
  stays.send("GET /events HTTP/1.1\r\nHost: x\r\n" + bearer(good) + "\r\n");
  ASSERT_TRUE(revoked.wait_for("text/event-stream"));
  ASSERT_TRUE(stays.wait_for("text/event-stream"));
  ASSERT_TRUE(door->tokens().revoke("bad"));
  door->tokens_changed();
  EXPECT_TRUE(revoked.wait_for_end());
  EXPECT_FALSE(stays.ended());
  EXPECT_THAT(get("/", bearer(bad)), HasSubstr("401"));
  EXPECT_THAT(get("/", bearer(good)), HasSubstr("\r\n\r\ngood"));
}

TEST_F(web_door_test, the_end_of_the_runtime_answers_who_is_in_and_lets_nobody_in) {
  app("a", R"(
    local http, closed = require "calluna.http", require "calluna.latch".new()
    http.get("/wait", { auth = "none" }, function()
      closed:wait(20)
      return "done"
    end)
    http.websocket("/ws", { auth = "none" }, function(ws)
      ws:receive()
      closed:set(true)
    end))");
  start();
  raw_client waiting(loop, door->port()), idle(loop, door->port()), socket(loop, door->port());
  waiting.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  socket.send(
      "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
  ASSERT_TRUE(socket.wait_for("101"));
  ASSERT_TRUE(run_until(loop, [&] { return status_of("a")["visits"] == 2; }));
  stop();
  EXPECT_TRUE(waiting.wait_for("\r\n\r\ndone")) << waiting.received();
  EXPECT_THAT(waiting.received(), HasSubstr("Connection: close"));
  EXPECT_TRUE(idle.wait_for_end());
  EXPECT_TRUE(socket.wait_for("\x88\x02\x03\xe9"));
}

TEST_F(web_door_test, while_an_app_is_replaced_by_force_its_clients_are_told_to_come_again) {
  app("a", R"(
    local http = require "calluna.http"
    http.get("/fill", { auth = "none" }, function()
      local kept = {}
      for i = 1, 1e8 do kept[i] = { i } end
    end))");
  settings.apps.back().memory_bytes = std::size_t{8} << 20;
  settings.apps.back().soft_memory_bytes = std::size_t{4} << 20;
  settings.apps.back().budget = std::chrono::seconds(10);
  start();
  EXPECT_THAT(get("/fill"), HasSubstr("500"));
  ASSERT_TRUE(run_until(loop, [&] { return status_of("a")["broken"] == 1; }));
  EXPECT_THAT(get("/fill"), testing::AnyOf(HasSubstr("503"), HasSubstr("500")));
}

}  // namespace
}  // namespace calluna::runtime
