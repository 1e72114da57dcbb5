#include "http_fixture.hpp"

namespace calluna::bindings {
namespace {

class http_app : public http_test {};

TEST_F(http_app, a_status_a_body_and_headers_are_answered) {
  run_app(R"(
    local http = require "calluna.http"
    http.get("/all", function() return 201, { id = 7 }, { ["X-Note"] = "yes" } end)
    http.get("/text", function() return 200, "hello" end)
    http.get("/status", function() return 404 end)
    http.get("/table", function() return { 1, 2 } end)
    http.get("/plain", function() return "hello" end)
    http.get("/own", function() return 200, "<p>", { ["Content-Type"] = "text/html" } end)
    http.get("/nothing", function() end))");
  auto const all = get("/all");
  ASSERT_TRUE(all->answer);
  EXPECT_EQ(all->answer->status, 201);
  EXPECT_EQ(all->answer->body, R"({"id":7})");
  EXPECT_EQ(all->header("content-type"), "application/json");
  EXPECT_EQ(all->header("x-note"), "yes");
  EXPECT_EQ(get("/text")->header("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(get("/status")->answer->status, 404);
  EXPECT_EQ(get("/status")->answer->body, "");
  EXPECT_EQ(get("/table")->answer->body, "[1,2]");
  EXPECT_EQ(get("/table")->answer->status, 200);
  EXPECT_EQ(get("/plain")->answer->body, "hello");
  EXPECT_EQ(get("/own")->header("content-type"), "text/html");
  EXPECT_EQ(get("/nothing")->answer->status, 204);
}

TEST_F(http_app, an_error_is_logged_and_answered_without_a_word_of_it) {
  run_app(R"(
    local http = require "calluna.http"
    http.get("/", function() error("the secret broke") end))");
  auto const failed = get("/");
  ASSERT_TRUE(failed->answer);
  EXPECT_EQ(failed->answer->status, 500);
  EXPECT_EQ(failed->answer->body, R"({"error":"internal error"})");
  EXPECT_NE(last_log().find("init.lua:3: the secret broke"), std::string::npos) << last_log();
  EXPECT_NE(last_log().find("traceback"), std::string::npos) << last_log();
  EXPECT_EQ(app_->count().visits, 0u);
}

TEST_F(http_app, the_waits_of_a_handler_end_when_the_client_leaves) {
  run_app(R"(
    local http, task, log = require "calluna.http", require "calluna.task", require "calluna.log"
    http.get("/", function(req)
      local _, err = task.sleep(100)
      log.info("%s %s", err.kind, tostring(req.gone))
    end))");
  auto const asked = get("/");
  EXPECT_EQ(app_->count().visits, 1u);
  asked->leave();
  settle();
  EXPECT_EQ(last_log(), "info gone true");
  EXPECT_EQ(app_->count().visits, 0u);
}

TEST_F(http_app, what_comes_after_its_end_is_refused_at_once_and_counted) {
  run_app(R"(
    local http, task = require "calluna.http", require "calluna.task"
    http.get("/", function() task.sleep(100) end))");
  auto const open = get("/");
  app_->kill();
  EXPECT_EQ(open->answer->status, 503);
  auto const late = get("/");
  EXPECT_EQ(late->answer->status, 503);
  EXPECT_EQ(app_->count().visits_refused, 1u);
}

TEST_F(http_app, beyond_the_bound_is_refused) {
  run_app(R"(
    local http, task = require "calluna.http", require "calluna.task"
    http.get("/", function() task.sleep(100) end))");
  for (std::size_t i = 0; i < visit_load::most; ++i) EXPECT_FALSE(get("/")->answer);
  EXPECT_EQ(get("/")->answer->status, 503);
  EXPECT_EQ(app_->count().visits_refused, 1u);
  advance(101);
  EXPECT_EQ(app_->count().visits, 0u);
  EXPECT_FALSE(get("/")->answer);
}

}  // namespace
}  // namespace calluna::bindings
