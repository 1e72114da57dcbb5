// `calluna test`: WebSockets and files of an app.
#include "played_app.hpp"

#include <gmock/gmock.h>

namespace calluna::runtime::testing {
namespace {

using ::testing::HasSubstr;

struct calluna_test_web : played_app {
  void run_case(std::string const& body, int expected = exit_done) {
    folder.write("desk/page/index.html", "<p>hello</p>");
    play("desk", R"(
local http = require "calluna.http"
http.files("/page", "page", { auth = "none" })
http.websocket("/talk", {}, function(ws)
  ws:send { user = ws.request.auth.user }
  while true do
    local text, err = ws:receive(10)
    if not text then return ws:send("over: " .. err.kind) end
    if text == "go" then return ws:close(4000, "gone") end
    ws:send("you said " .. text)
  end
end)
)",
         R"(local t = require "calluna.test"
t.case("it", function(pbx)
)" + body + "\nend)\n",
         expected);
  }
};

TEST_F(calluna_test_web, a_websocket_talks) {
  run_case(R"(
    local ann = pbx:user { id = "ann" }
    local ws = pbx:websocket { path = "/talk", user = ann }
    t.equal(t.expect(ws):received { user = "ann" }, { user = "ann" })
    ws:send("hello")
    t.expect(ws):received("you said hello")
    t.expect_not(ws):closed()
    ws:send("go")
    t.expect(ws):closed(4000))");
}

TEST_F(calluna_test_web, a_websocket_waits_by_the_cases_clock) {
  run_case(R"(
    local ws = pbx:websocket { path = "/talk", user = "bob" }
    pbx:advance(9)
    t.expect_not(ws):received("over: timeout")
    t.expect(ws):received("over: timeout"))");
}

TEST_F(calluna_test_web, a_client_that_leaves_is_gone) {
  run_case(R"(
    local ws = pbx:websocket { path = "/talk", user = "bob" }
    ws:close()
    t.expect(ws):closed()
    ws:send("after")
)",
           exit_failure);
  EXPECT_THAT(told, HasSubstr("test.lua:7: ws:send: the WebSocket is closed"));
}

TEST_F(calluna_test_web, who_may_not_has_none) {
  run_case(R"(pbx:websocket { path = "/talk" })", exit_failure);
  EXPECT_THAT(told, HasSubstr("pbx:websocket: /talk is no WebSocket, but 401 a token is needed"));
}

TEST_F(calluna_test_web, an_expectation_tells_what_came_instead) {
  run_case(R"(
    local ws = pbx:websocket { path = "/talk", user = "bob" }
    t.expect(ws):received("nothing"))",
           exit_failure);
  EXPECT_THAT(
      told,
      HasSubstr("expected the WebSocket /talk to get 'nothing', but it got {\"user\":\"bob\"}"));
}

TEST_F(calluna_test_web, files_are_served) {
  run_case(R"(
    local page = pbx:request { path = "/page/" }
    t.equal({ page.status, page.body, page.headers["Content-Type"] }, { 200, "<p>hello</p>", "text/html; charset=utf-8" })
    t.equal(pbx:request({ path = "/page" }).status, 308)
    t.equal(pbx:request({ path = "/page/other" }).status, 404)
    t.equal(pbx:request({ path = "/page/../init.lua" }).status, 400))");
}

}  // namespace
}  // namespace calluna::runtime::testing
