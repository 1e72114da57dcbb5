// `calluna test`: phones hand calls on, park them, take them; and so does an app by calluna.calls.
#include "played_app.hpp"

#include <gmock/gmock.h>

namespace calluna::runtime::testing {
namespace {

using ::testing::HasSubstr;

/// What an app may do with a call, on request.
constexpr char desk_app[] = R"(
local calls, http, log = require "calluna.calls", require "calluna.http", require "calluna.log"
local seen = {}
calls.on("transferred", function(call) seen[#seen + 1] = call.status end)
local acts = {
  consult = function(call)
    local asked, err = call:transfer { to = "102", attended = true }
    return asked and asked:complete(), err
  end,
  cancel = function(call)
    local asked, err = call:transfer { to = "102", attended = true }
    return asked and asked:cancel(), err
  end,
  blind = function(call) return call:transfer { to = "102" } end,
  park = function(call) return call:park() end,
  pickup = function(call) return call:pickup { device = "PJSIP/102" } end,
}
http.post("/act/{what}", { auth = "none", timeout = 30 }, function(req)
  local call = calls.active()[1]
  local done, err = acts[req.params.what](call)
  if not done then return 500, { error = tostring(err) } end
  return 200, { done = tostring(done) }
end)
http.get("/seen", { auth = "none" }, function() return 200, { count = #seen } end)
)";

struct calluna_test_hands_on : played_app {
  void run_case(std::string const& body, int expected = exit_done) {
    play("desk", desk_app, R"(local t = require "calluna.test"
t.setup { dialplan = [[
[from-trunk]
include => phones
[from-phones]
include => phones
[phones]
exten => _1XX,1,Dial(PJSIP/${EXTEN},20)
]] }
t.case("it", function(pbx)
local ann, bob = pbx:phone "101", pbx:phone "102"
local caller = pbx:call { from = "+14155550101", to = "101" }
pbx:advance(3)
)" + body + "\nend)\n",
         expected);
  }
};

TEST_F(calluna_test_hands_on, a_phone_sends_the_other_side_on) {
  run_case(R"(
    ann:transfer("102")
    t.expect(caller):bridged_with(bob)
    t.expect(ann):idle()
    t.expect(caller):was_bridged_with(ann))");
}

TEST_F(calluna_test_hands_on, a_phone_asks_first) {
  run_case(R"(
    local second = ann:consult("102")
    t.expect(caller):hears_music()
    t.expect(second):bridged_with(bob)
    ann:complete()
    t.expect(caller):bridged_with(bob)
    t.expect(ann):idle()
    t.expect(bob):shows("+14155550101"))");
}

TEST_F(calluna_test_hands_on, a_phone_that_asks_may_come_back) {
  run_case(R"(
    local second = ann:consult("102")
    pbx:advance(2)
    second:hangup()
    ann:unhold()
    t.expect(caller):bridged_with(ann)
    t.expect(bob):idle())");
}

TEST_F(calluna_test_hands_on, a_phone_that_does_not_wait_for_an_answer_sends_the_other_side_there) {
  run_case(R"(
    pbx:phone("102", { does = "noanswer" })
    ann:consult("102")
    pbx:advance(1)
    ann:complete()
    t.expect(ann):idle()
    t.expect(bob):ringing()
    bob:answer()
    t.expect(caller):bridged_with(bob))");
}

TEST_F(calluna_test_hands_on, a_call_is_parked_and_taken) {
  run_case(R"(
    local space = ann:park()
    t.equal(space, "701")
    t.expect(caller):parked("701")
    t.expect(caller):hears_music()
    local taken = bob:retrieve(space)
    t.expect(taken):bridged_with(caller)
    t.expect_not(caller):parked())");
}

TEST_F(calluna_test_hands_on, a_parked_call_that_nobody_takes_comes_back) {
  run_case(R"(
    ann:park()
    pbx:advance(44)
    t.expect(caller):parked()
    t.expect(ann):ringing()
    t.expect(caller):bridged_with(ann))");
}

TEST_F(calluna_test_hands_on, a_ringing_call_is_picked_up_elsewhere) {
  run_case(R"(
    local eve = pbx:phone "103"
    pbx:phone("102", { does = "noanswer" })
    local other = pbx:call { from = "+14155550199", to = "102" }
    pbx:advance(2)
    local taken = eve:pickup(bob)
    t.expect(other):bridged_with(eve)
    t.expect(bob):idle()
    local last = pbx:call { from = "+14155550198", to = "102" }
    pbx:advance(2)
    taken:hangup()
    eve:pickup()
    t.expect(last):bridged_with(eve))");
}

TEST_F(calluna_test_hands_on, mistakes_are_told_at_their_line) {
  run_case("bob:transfer('101')", exit_failure);
  EXPECT_THAT(told, HasSubstr("test.lua:14: phone:transfer: PJSIP/102 is in no call"));
  run_case("ann:transfer('999')", exit_failure);
  EXPECT_THAT(told, HasSubstr("test.lua:14: there is no extension 999 in [from-phones]"));
  run_case("ann:complete()", exit_failure);
  EXPECT_THAT(told, HasSubstr("test.lua:14: phone:complete: PJSIP/101 has no second call"));
  run_case("bob:retrieve('701')\nt.expect(bob):talking()", exit_failure);
  run_case("bob:retrieve('999')", exit_failure);
  EXPECT_THAT(told, HasSubstr("no parking lot has a space 999"));
}

TEST_F(calluna_test_hands_on, an_app_does_the_same_with_calluna_calls) {
  auto const act = [](std::string const& what) {
    return "t.equal(pbx:request { method = 'POST', path = '/act/" + what + "' }.body, '" +
           (what == "park" ? R"({"done":"701"})" : R"({"done":"true"})") + "')\n";
  };
  run_case(act("park") + "t.expect(caller):parked('701')\n" + act("pickup") +
           "t.expect(caller):bridged_with(bob)");
  run_case(act("blind") + R"(t.expect(caller):bridged_with(bob)
    t.equal(pbx:request { path = "/seen" }.json.count, 1))");
  run_case(act("consult") + R"(t.expect(caller):bridged_with(bob)
    t.expect(ann):idle()
    t.equal(pbx:request { path = "/seen" }.json.count, 1))");
  run_case(act("cancel") + R"(t.expect(caller):bridged_with(ann)
    t.expect(bob):idle())");
}

TEST_F(calluna_test_hands_on, an_app_takes_a_call_that_rings) {
  run_case(R"(
    ann:hangup()
    pbx:phone("103", { does = "noanswer" })
    local other = pbx:call { from = "+14155550199", to = "103" }
    pbx:advance(2)
    t.equal(pbx:request { method = "POST", path = "/act/pickup" }.body, '{"done":"true"}')
    t.expect(other):bridged_with(bob))");
}

}  // namespace
}  // namespace calluna::runtime::testing
