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

TEST_F(http_app, a_request_is_read_field_by_field) {
  run_app(R"(
    local http, log = require "calluna.http", require "calluna.log"
    http.post("/calls/{id}", function(req)
      log.info("%s %s %s %s", req.method, req.path, req.params.id, req.remote)
      log.info("%s %s", req.query.a, table.concat(req:query_all("a"), ","))
      log.info("%s %s", req.headers["X-Key"], req.headers["x-key"])
      log.info("%s %d", req.body, req.json.number)
      log.info("%s %s", req.auth.user, req.auth.token)
      log.info("%s %s", tostring(req.gone), tostring(req.query.b))
    end))");
  http_request about;
  about.parameters = {{"id", "7"}};
  about.query = {{"a", "1"}, {"a", "2"}};
  about.headers = {{"x-key", "k"}};
  about.body = R"({"number":5})";
  about.remote = "192.0.2.7";
  about.user = "anna";
  about.token = "page";
  send("POST", "/calls/{id}", about);
  EXPECT_EQ(log_lines(), (std::vector<std::string>{
                             "info POST /calls/{id} 7 192.0.2.7", "info 2 1,2", "info k k",
                             R"(info {"number":5} 5)", "info anna page", "info false nil"}));
}

TEST_F(http_app, a_body_that_is_no_json_says_so) {
  run_app(R"(
    local http = require "calluna.http"
    http.post("/", function(req)
      return { json = tostring(req.json), problem = tostring(req.json_error), auth = tostring(req.auth) }
    end))");
  http_request about;
  about.body = "{";
  EXPECT_NE(send("POST", "/", about)->answer->body.find("not JSON"), std::string::npos);
  EXPECT_EQ(send("POST", "/")->answer->body, R"({"auth":"nil","json":"nil","problem":"nil"})");
}

TEST_F(http_app, a_return_value_that_is_none_is_told_with_the_handlers_line) {
  run_app(R"(
    local http = require "calluna.http"
    http.get("/a", function() return true end)
    http.get("/b", function() return nil, "why" end)
    http.get("/c", function() return 99 end)
    http.get("/d", function() return 200, 7 end)
    http.get("/e", function() return "x", 7 end)
    http.get("/f", function() return 204, "x" end)
    http.get("/g", function() return 200, "x", { ["X-A"] = "1\r\nX-B: 2" } end)
    http.get("/h", function() return 200, "x", { ["X A"] = "1" } end)
    http.get("/i", function() return { f = print } end)
    http.get("/j", function() return 200, "x", 7 end))");
  auto const fails = [&](char const* path, char const* line, std::string const& why) {
    auto const asked = get(path);
    ASSERT_TRUE(asked->answer);
    EXPECT_EQ(asked->answer->status, 500);
    EXPECT_NE(last_log().find(std::string("init.lua:") + line + ": http.get '" + path),
              std::string::npos)
        << last_log();
    EXPECT_NE(last_log().find(why), std::string::npos) << last_log();
  };
  fails("/a", "3", "a status from 200 to 599, a body, or nothing");
  fails("/b", "4", "nil, why");
  fails("/c", "5", "99; it returns a status from 200 to 599");
  fails("/d", "6", "a number as the body");
  fails("/e", "7", "return 200, body");
  fails("/f", "8", "a body with status 204");
  fails("/g", "9", "the header 'X-A' has a line break");
  fails("/h", "10", "'X A' cannot be a header's name");
  fails("/i", "11", "function");
  fails("/j", "12", "a number as the headers");
}

TEST_F(http_app, a_route_says_who_may_and_how_much) {
  run_app(R"(
    local http = require "calluna.http"
    http.put("/v1/{id}/{rest...}", { allow = { "10.0.0.0/8", "::1" }, rate = "10/min", max_body = 5, timeout = 2 },
      function() end)
    http.get("/open", { auth = "none" }, function() end)
    http.delete("/v1", function() end))");
  ASSERT_EQ(routes.size(), 3u);
  EXPECT_EQ(routes[0].method, "PUT");
  EXPECT_EQ(routes[0].path, "/v1/{id}/{rest...}");
  EXPECT_EQ(routes[0].networks, (std::vector<std::string>{"10.0.0.0/8", "::1"}));
  EXPECT_EQ(routes[0].rate_count, 10u);
  EXPECT_EQ(routes[0].rate_period, std::chrono::seconds(60));
  EXPECT_EQ(routes[0].max_body, 5u);
  EXPECT_EQ(routes[0].timeout, std::chrono::seconds(2));
  EXPECT_FALSE(routes[0].open);
  EXPECT_TRUE(routes[1].open);
  EXPECT_EQ(routes[2].max_body, std::size_t{1} << 20);
  EXPECT_EQ(routes[2].timeout, std::chrono::seconds(30));
}

TEST_F(http_app, misuse_is_raised_at_the_apps_line) {
  run_app(R"(
    local http, log = require "calluna.http", require "calluna.log"
    local function nothing() end
    local function try(fn, ...)
      local args = { ... }
      local _, problem = pcall(function() fn(unpack(args)) return 1 end)
      log.info("%s", (tostring(problem)))
    end
    http.get("/v1/{id}", nothing)
    try(http.get, "/v1/{name}", nothing)
    try(http.get, "v1", nothing)
    try(http.get, "/v1/{id", nothing)
    try(http.get, "/a//b", nothing)
    try(http.get, "/a/../b", nothing)
    try(http.get, "/{rest...}/b", nothing)
    try(http.get, "/a?b", nothing)
    try(http.get, "/b", { allow = "10.1.2.3/8" }, nothing)
    try(http.get, "/b", { allow = "office" }, nothing)
    try(http.get, "/b", { rate = "10/day" }, nothing)
    try(http.get, "/b", { auth = "basic" }, nothing)
    try(http.get, "/b", { max_bdy = 1 }, nothing)
    try(http.get, "/b", { timeout = 0 }, nothing)
    try(http.get, "/b", { auth = "none", allow = "::1" }, nothing)
    try(http.get, "/b")
    try(http.get, 7, nothing)
    try(http.events, "/b", { max_body = 1 }, nothing)
    try(http.files, "/b", "nowhere")
    try(http.files, "/b", "../up")
    try(http.files, "/b", "/etc"))");
  auto const& lines = log_lines();
  char const* const expected[] = {"GET /v1/{name} has a handler already: /v1/{id}",
                                  "'v1' is no path: it begins with a '/'",
                                  "'{id' is no segment",
                                  "a segment is empty",
                                  "a segment is '..'",
                                  "{rest...} takes all that follows, so it is the last",
                                  "there is no \"?\" in a path",
                                  "'10.1.2.3/8' is no network",
                                  "'office' is no network",
                                  "not '10/day'",
                                  "auth is \"bearer\" or \"none\", not 'basic'",
                                  "unknown option 'max_bdy' (did you mean 'max_body'?)",
                                  "timeout is a number from 0.001 to 600, not 0",
                                  "so 'allow' says nothing",
                                  "argument 3 is a nil; it takes a function",
                                  "argument 1 is a number; it takes a string",
                                  "unknown option 'max_body'",
                                  "there is no folder",
                                  "which '../up' leaves",
                                  "not '/etc'"};
  ASSERT_EQ(lines.size(), std::size(expected));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_NE(lines[i].find(expected[i]), std::string::npos) << lines[i];
    EXPECT_NE(lines[i].find("init.lua:6: "), std::string::npos) << lines[i];
  }
  EXPECT_EQ(routes.size(), 1u);
}

TEST_F(http_app, routes_are_registered_until_start_has_returned) {
  run_app(R"(
    local http, timer, log = require "calluna.http", require "calluna.timer", require "calluna.log"
    timer.after(1, function()
      local _, problem = pcall(http.get, "/late", function() end)
      log.info("%s", (tostring(problem)))
    end)
    return { start = function() http.get("/early", function() return 200 end) end })");
  EXPECT_EQ(get("/early")->answer->status, 200);
  advance(1);
  EXPECT_NE(last_log().find("at a file's top level or in start()"), std::string::npos)
      << last_log();
  EXPECT_EQ(routes.size(), 1u);
}

TEST_F(http_app, files_of_a_folder_are_a_route_without_a_handler) {
  std::filesystem::path folder;
  auto const loaded = load(R"(
    local http = require "calluna.http"
    assert(pcall(http.files, "/page", "web", { auth = "none" }) == false)
    http.files("/page", ".", { auth = "none" }))");
  ASSERT_TRUE(loaded) << loaded.error().message;
  ASSERT_EQ(routes.size(), 1u);
  EXPECT_EQ(routes[0].what, http_route::kind::files);
  EXPECT_EQ(routes[0].path, "/page");
  EXPECT_EQ(std::filesystem::path(routes[0].folder).lexically_normal(), folder_ / "");
}

TEST_F(http_app, a_stream_of_events_hears_the_topics_that_are_returned) {
  run_app(R"(
    local http = require "calluna.http"
    http.events("/all", function(req) return { "a", "b" } end)
    http.events("/one", function(req) return "user/" .. req.auth.user end)
    http.events("/no", function() return 403, { error = "not you" } end)
    http.events("/wrong", function() return {} end))");
  EXPECT_EQ(routes[0].what, http_route::kind::events);
  EXPECT_EQ(get("/all")->topics, (std::vector<std::string>{"a", "b"}));
  http_request anna;
  anna.user = "anna";
  EXPECT_EQ(get("/one", anna)->topics, std::vector<std::string>{"user/anna"});
  EXPECT_EQ(get("/no")->answer->status, 403);
  EXPECT_EQ(get("/wrong")->answer->status, 500);
  EXPECT_NE(last_log().find("it returns a topic, a list of topics, or a status"),
            std::string::npos);
  EXPECT_EQ(app_->count().visits, 0u);
}

TEST_F(http_app, a_websocket_is_a_task) {
  run_app(R"(
    local http, log = require "calluna.http", require "calluna.log"
    http.websocket("/ws", function(ws)
      log.info("%s", ws.request.path)
      while true do
        local text, err = ws:receive(10)
        if not text then return log.info("%s %s", err.kind, tostring(ws:send("more"))) end
        ws:send(text == "json" and { n = 1 } or text)
      end
    end))");
  EXPECT_EQ(routes[0].what, http_route::kind::websocket);
  auto const asked = get("/ws");
  ASSERT_TRUE(asked->socket);
  auto& ws = *asked->socket;
  ws.heard("one");
  ws.heard("json");
  settle();
  EXPECT_EQ(ws.sent, (std::vector<std::string>{"one", R"({"n":1})"}));
  ws.heard("last");
  ws.closed.emplace(1001, "");
  ws.heard(std::nullopt);
  asked->leave();
  settle();
  EXPECT_EQ(last_log(), "info gone nil");
  EXPECT_EQ(app_->count().visits, 0u);
}

TEST_F(http_app, a_websocket_is_closed_with_the_end_of_its_task) {
  run_app(R"(
    local http = require "calluna.http"
    http.websocket("/good", function(ws) ws:receive(1) end)
    http.websocket("/own", function(ws) ws:close(4000, "enough") end)
    http.websocket("/bad", function(ws) error("no") end))");
  auto const good = get("/good");
  EXPECT_FALSE(good->socket->closed);
  advance(1);
  ASSERT_TRUE(good->socket->closed);
  EXPECT_EQ(good->socket->closed->first, 1000);
  EXPECT_EQ(get("/own")->socket->closed, (std::pair<std::uint16_t, std::string>{4000, "enough"}));
  EXPECT_EQ(get("/bad")->socket->closed->first, 1011);
}

TEST_F(http_app, a_websocket_that_sends_more_than_is_taken_is_closed) {
  run_app(R"(
    local http, task, log = require "calluna.http", require "calluna.task", require "calluna.log"
    http.websocket("/ws", function(ws)
      task.sleep(10)
      local n = 0
      while ws:receive(1) do n = n + 1 end
      log.info("%d", n)
    end))");
  auto const asked = get("/ws");
  for (int i = 0; i < 1001; ++i) asked->socket->heard("x");
  settle();
  ASSERT_TRUE(asked->socket->closed);
  EXPECT_EQ(asked->socket->closed->first, 1008);
  advance(10);
  EXPECT_EQ(last_log(), "info 1000");
}

TEST_F(http_app, one_task_at_a_time_receives) {
  run_app(R"(
    local http, task, log = require "calluna.http", require "calluna.task", require "calluna.log"
    http.websocket("/ws", function(ws)
      task.spawn(function() ws:receive() end)
      task.sleep(1)
      log.info("%s", (tostring(select(2, pcall(ws.receive, ws)))))
      log.info("%s", (tostring(select(2, pcall(ws.send, ws, 7)))))
      log.info("%s", (tostring(select(2, pcall(ws.close, ws, 1006)))))
    end))");
  get("/ws");
  advance(1);
  ASSERT_EQ(log_lines().size(), 3u);
  EXPECT_NE(log_lines()[0].find("another task waits for its messages already"), std::string::npos);
  EXPECT_NE(log_lines()[1].find("it takes a string or table"), std::string::npos);
  EXPECT_NE(log_lines()[2].find("not 1006"), std::string::npos);
}

TEST_F(http_app, a_retired_generation_answers_what_it_has) {
  run_app(R"(
    local http, task = require "calluna.http", require "calluna.task"
    http.get("/", function() task.sleep(5) return 200, "late" end))");
  auto const open = get("/");
  app_->retire();
  settle();
  EXPECT_EQ(app_->count().visits, 1u);
  advance(5);
  EXPECT_EQ(open->answer->body, "late");
  EXPECT_EQ(app_->count().visits, 0u);
}

TEST_F(http_app, its_stop_ends_what_is_open_with_a_refusal) {
  run_app(R"(
    local http, task, log = require "calluna.http", require "calluna.task", require "calluna.log"
    http.get("/long", function() task.sleep(100) return 200, "cut short" end)
    http.get("/never", function() while true do task.sleep(100) end end))");
  auto const cut = get("/long"), never = get("/never");
  bool stopped = false;
  app_->stop([&] { stopped = true; });
  settle();
  EXPECT_TRUE(stopped);
  EXPECT_EQ(cut->answer->body, "cut short");
  EXPECT_NE(never->answer->status, 200);
}

TEST_F(http_app, who_has_left_before_its_turn_is_not_asked) {
  run_app(R"(
    local http, log = require "calluna.http", require "calluna.log"
    http.get("/", function() log.info("ran") end))");
  auto gone = std::make_shared<scripted_exchange>();
  gone->left = true;
  EXPECT_TRUE(app_->deliver(routes[0].handler, gone));
  settle();
  EXPECT_TRUE(log_lines().empty());
  EXPECT_EQ(app_->count().visits, 0u);
}

TEST_F(http_app, a_broken_app_refuses_what_waits_and_what_comes) {
  options.memory = {4u << 20, 8u << 20};
  run_app(R"(
    local http, task = require "calluna.http", require "calluna.task"
    local kept = {}
    http.get("/wait", function() task.sleep(100) end)
    http.get("/fill", function() for i = 1, 1e7 do kept[i] = { i } end end))");
  auto const waits = get("/wait"), fills = get("/fill");
  ASSERT_EQ(broken.size(), 1u);
  EXPECT_EQ(waits->answer->status, 503);
  EXPECT_EQ(fills->answer->status, 500);
  EXPECT_EQ(get("/wait")->answer->status, 503);
}

}  // namespace
}  // namespace calluna::bindings
