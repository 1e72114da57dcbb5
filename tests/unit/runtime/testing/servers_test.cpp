// What an app of `calluna test` reaches beside its PBX: other servers, and dialplans by FastAGI.
#include "played_app.hpp"

#include <gmock/gmock.h>

namespace calluna::runtime::testing {
namespace {

using ::testing::HasSubstr;

constexpr char asking_app[] = R"(
local agi, http = require "calluna.agi", require "calluna.http"
agi.serve("ask", function(session)
  local r, err = http.request {
    url = "https://crm.example/people", query = { phone = session.callerid.number }, timeout = 3,
    headers = { Authorization = "Bearer key" }, follow = 1,
  }
  session:set_variable("SAID", r and ("%d %s"):format(r.status, r.json and r.json.name or r.body) or err.kind)
  if session.args[1] == "digits" then
    local keys, why = session:get_data("enter", { timeout = 4, max_digits = 4 })
    session:set_variable("KEYS", keys or why.kind)
  end
  http.request { url = "https://crm.example/calls", method = "POST", json = { from = session.callerid.number } }
end)
)";

struct calluna_test_servers : played_app {
  void run_case(std::string const& body, int expected = exit_done) {
    play("asking", asking_app, R"(local t = require "calluna.test"
t.setup { dialplan = [[
[from-trunk]
exten => 100,1,AGI(agi://app.example:4573/ask)
 same => n,Wait(60)
exten => 200,1,AGI(agi://app.example/ask,digits)
 same => n,Wait(60)
exten => 300,1,AGI(agi://app.example/nobody)
 same => n,Wait(60)
]] }
t.case("it", function(pbx)
local crm = pbx:server "https://crm.example/v1"
)" + body + "\nend)\n",
         expected);
  }
};

TEST_F(calluna_test_servers, a_server_answers_what_it_was_taught_and_tells_what_it_was_asked) {
  run_case(R"(
    crm:answers("GET", "/people", { json = { name = "Ann" } })
    crm:answers("GET", "/people/*", { status = 500 })
    local ann = pbx:call { from = "+14155550101", to = "100" }
    t.expect(ann):variable("SAID", "200 Ann")
    t.expect(crm):was_asked("GET", "/people", { query = "phone=%2B14155550101", headers = { authorization = "Bearer key" } })
    local request = t.expect(crm):was_asked("POST", "/calls", { json = { from = "+14155550101" } })
    t.equal(request.headers["content-type"], "application/json")
    t.equal(#crm:requests(), 2)
    t.expect_not(crm):was_asked("DELETE", "/people"))");
}

TEST_F(calluna_test_servers, what_nobody_has_taught_is_not_found_and_redirects_are_followed) {
  run_case(R"(
    local ann = pbx:call { from = "1", to = "100" }
    t.expect(ann):variable("SAID", "404 not found")
    crm:answers("GET", "/people", { status = 302, headers = { Location = "https://other.example/x" } })
    local other = pbx:server "https://other.example"
    other:answers("GET", "/x", { body = "there" })
    local bob = pbx:call { from = "2", to = "100" }
    t.expect(bob):variable("SAID", "200 there")
    t.equal(other:requests()[1].headers.authorization, nil))");
}

TEST_F(calluna_test_servers, servers_may_be_down_slow_or_not_there) {
  run_case(R"(
    crm:down()
    local ann = pbx:call { from = "1", to = "100" }
    t.expect(ann):variable("SAID", "offline")
    t.equal(#crm:requests(), 0)
    crm:up()
    crm:slow(5)
    local bob = pbx:call { from = "2", to = "100" }
    t.expect(bob):variable("SAID", "timeout")
    t.expect(crm):was_asked("GET", "/people"))");
}

TEST_F(calluna_test_servers, a_failure_says_what_it_was_asked) {
  run_case(R"(
    pbx:call { from = "1", to = "100" }
    t.expect(crm):was_asked("PUT", "/people"))",
           exit_failure);
  EXPECT_THAT(told, HasSubstr("expected https://crm.example/v1 to have been asked PUT /people, but "
                              "it was asked GET /people  and POST /calls {\"from\":\"1\"}"));
}

TEST_F(calluna_test_servers, callers_press_keys_for_agi_and_may_hang_up_in_it) {
  run_case(R"(
    local ann = pbx:call { from = "1", to = "200" }
    t.expect(ann):heard("enter")
    ann:press("12#")
    t.expect(ann):variable("KEYS", "12")
    t.expect(ann):in_dialplan("from-trunk", "200")
    local bob = pbx:call { from = "2", to = "200" }
    bob:hangup()
    t.expect(bob):ended())");
}

TEST_F(calluna_test_servers, where_no_app_serves_the_dialplan_goes_on) {
  run_case(R"(
    local ann = pbx:call { from = "1", to = "300" }
    t.expect(ann):in_dialplan("from-trunk", "300")
    t.expect(ann):variable("AGISTATUS", "SUCCESS"))");
}

}  // namespace
}  // namespace calluna::runtime::testing
