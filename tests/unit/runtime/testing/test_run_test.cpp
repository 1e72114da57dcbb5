// `calluna test` on apps and tests that are written here.
#include "played_app.hpp"

#include <gmock/gmock.h>

namespace calluna::runtime::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char echo_app[] =
    R"(local ari, log, task = require "calluna.ari", require "calluna.log", require "calluna.task"
local settings
ari.app("echo", function(ch)
  if settings.fails then error("what a script may do") end
  if settings.logs then log.error("it is not well") end
  if settings.spins then while true do end end
  if settings.circles then while true do task.sleep(0) end end
  ch:answer()
  ch:play("hello-world")
  ch:continue_in_dialplan { context = "after", extension = "s" }
end, { fallback = "fallback,s,1" })
return {
  config = {
    fails = { type = "boolean" }, logs = { type = "boolean" }, spins = { type = "boolean" }, circles = { type = "boolean" },
  },
  start = function(config) settings = config end,
}
)";

constexpr char begin[] = R"(local t = require "calluna.test"
t.setup { dialplan = "[after]\nexten => s,1,Wait(60)\n[fallback]\nexten => s,1,Wait(60)\n" }
)";

struct calluna_test : played_app {
  void run(std::string const& test, int expected) { play("echo", app, test, expected); }
  /// One case with that body.
  void run_case(std::string const& body, int expected, std::string const& opts = "{}") {
    run(begin + ("t.case(\"it\", " + opts + ", function(pbx)\n" + body + "\nend)\n"), expected);
  }

  std::string app = echo_app;
};

TEST_F(calluna_test, a_case_that_holds_passes) {
  run_case(R"(
    local ann = pbx:call { from = "+14155550101" }
    t.expect(ann):in_dialplan("after", "s")
    t.expect(ann):heard("hello-world"))",
           exit_done);
  EXPECT_THAT(told, HasSubstr("1 case passed"));
}

TEST_F(calluna_test, a_failure_says_where_what_was_expected_what_is_and_what_happened) {
  run_case(R"(
    local ann = pbx:call { from = "+14155550101" }
    t.expect(ann):in_dialplan("elsewhere", "s"))",
           exit_failure);
  EXPECT_THAT(told, HasSubstr("FAILED echo: it"));
  EXPECT_THAT(told, HasSubstr("echo/test.lua:6: expected +14155550101 to be in the dialplan at "
                              "elsewhere,s, but it is at after,s in Wait()"));
  EXPECT_THAT(told, HasSubstr("    0.000  +14155550101 calls s in [from-trunk]\n"));
  EXPECT_THAT(told, HasSubstr("    2.000  +14155550101 is at after,s,1 Wait(60)\n"));
  EXPECT_THAT(told, HasSubstr("1 of 1 cases failed"));
}

TEST_F(calluna_test, hours_pass_at_once) {
  run_case(R"(
    local began = pbx:now()
    pbx:advance(100 * 3600)
    t.equal(pbx:now() - began, 100 * 3600))",
           exit_done);
}

TEST_F(calluna_test, a_test_file_that_is_no_lua_is_told_with_its_line) {
  run("local t = require \"calluna.test\"\nthis is no Lua\n", exit_failure);
  EXPECT_THAT(told, HasSubstr("test.lua:2:"));
}

TEST_F(calluna_test, mistakes_in_the_use_of_the_api_are_told_at_their_line) {
  run_case("pbx:call { form = \"1\" }", exit_failure);
  EXPECT_THAT(told,
              HasSubstr("test.lua:4: pbx:call: unknown option 'form' (did you mean 'from'?)"));
  run_case("t.expect(pbx:call { from = \"1\" }):waitin()", exit_failure);
  EXPECT_THAT(
      told,
      HasSubstr(
          "test.lua:4: t.expect: nothing is called 'waitin' of a call (did you mean 'waiting'?)"));
  run_case("t.expect(7):up()", exit_failure);
  EXPECT_THAT(told, HasSubstr("test.lua:4: t.expect takes a call"));
  run_case("pbx:call { from = \"1\", to = \"999\" }", exit_failure);
  EXPECT_THAT(told, HasSubstr("test.lua:4: pbx:call: there is no extension 999 in [from-trunk]"));
  run_case("undefined_name()", exit_failure);
  EXPECT_THAT(told, HasSubstr("undefined global 'undefined_name'"));
}

TEST_F(calluna_test, two_cases_of_one_name_are_a_mistake) {
  run(begin + std::string("t.case('a', function() end)\nt.case('a', function() end)\n"),
      exit_failure);
  EXPECT_THAT(told, HasSubstr("test.lua:4: t.case: there is a case 'a' already"));
}

TEST_F(calluna_test, a_test_that_never_ends_is_interrupted) {
  options.limit = std::chrono::milliseconds(200);
  run_case("while true do end", exit_failure);
  EXPECT_THAT(told,
              HasSubstr("the test broke: it ran too long without waiting and was interrupted at"));
  EXPECT_THAT(told, HasSubstr("test.lua:4\n"));
  EXPECT_THAT(told, HasSubstr("it ran for more than 0.2 s of real time"));
}

TEST_F(calluna_test, an_app_that_never_ends_is_interrupted_in_its_own_line) {
  options.limit = std::chrono::milliseconds(200);
  run_case("pbx:call { from = \"1\" }", exit_failure, "{ config = { spins = true } }");
  EXPECT_THAT(told, HasSubstr("echo/init.lua:6\n"));
}

TEST_F(calluna_test, an_app_that_goes_in_circles_without_time_passing_is_told) {
  run_case("pbx:call { from = \"1\" }\npbx:advance(1)", exit_failure,
           "{ config = { circles = true } }");
  EXPECT_THAT(told, HasSubstr("it goes in circles"));
}

TEST_F(calluna_test, a_test_that_waits_instead_of_letting_time_pass_is_told) {
  run_case("require(\"calluna.task\").sleep(3600)", exit_failure);
  EXPECT_THAT(told, HasSubstr("a test does not wait, it lets time pass (pbx:advance)"));
}

TEST_F(calluna_test, an_error_of_the_app_fails_the_case_unless_it_was_asked_for) {
  char const* const body = "local ann = pbx:call { from = \"1\" }\npbx:advance(1)\n";
  char const* const logs = "{ config = { logs = true } }";
  run_case(body, exit_failure, logs);
  EXPECT_THAT(told, HasSubstr("the app logged an error: it is not well"));
  run_case(std::string(body) + "pbx:allow_error \"not well\"", exit_done, logs);
  run_case(std::string(body) + "t.expect(ann):in_dialplan(\"fallback\", \"s\")", exit_failure,
           "{ config = { fails = true } }");
  EXPECT_THAT(told, HasSubstr("init.lua:4: what a script may do"));
}

TEST_F(calluna_test, settings_that_the_app_does_not_take_are_told) {
  run_case("pbx:start()", exit_failure, "{ config = { colour = \"red\" } }");
  EXPECT_THAT(told, HasSubstr("unknown setting 'colour'"));
}

TEST_F(calluna_test, everywhere_strikes_at_each_wait) {
  run(begin + std::string(R"(
t.everywhere("a caller is cared for", function(pbx)
  local ann = pbx:call { from = "+14155550101" }
  pbx:advance(10)
  t.expect(ann):cared_for()
end)
t.everywhere("a wrong hope", function(pbx)
  local ann = pbx:call { from = "+14155550101" }
  t.expect(ann):in_dialplan("after", "s")
end)
)"),
      exit_failure);
  EXPECT_THAT(told, HasSubstr("FAILED echo: a wrong hope, 2 times"));
  EXPECT_THAT(told, HasSubstr("when its state was lost at wait 1 of the app, after it had asked: "
                              "POST channels/sim-1767258000.0/answer"));
  EXPECT_THAT(told, HasSubstr("FAULT: the app's state is lost"));
  EXPECT_THAT(told, HasSubstr("is at fallback,s,1 Wait(60)"));
  EXPECT_THAT(told, HasSubstr("1 of 2 cases failed"));
}

TEST_F(calluna_test, everywhere_strikes_at_some_waits_if_all_are_too_many) {
  options.most_strikes = 1;
  options.verbose = true;
  run(begin + std::string(R"(
t.everywhere("a caller is cared for", function(pbx)
  local ann = pbx:call { from = "+14155550101" }
  pbx:advance(10)
  t.expect(ann):cared_for()
end)
)"),
      exit_done);
  EXPECT_THAT(told, HasSubstr("passed echo: a caller is cared for, 2 times"));
}

TEST_F(calluna_test, a_case_that_is_left_out_is_told_with_the_reason) {
  options.left_out = {{"echo: one", "it takes a day"}};
  run(begin + std::string(R"(
t.case("one", function() t.fail("it was played") end)
t.case("two", function() end)
)"),
      exit_done);
  EXPECT_EQ(mistakes, "left out: echo: one: it takes a day\n");
  EXPECT_THAT(told, HasSubstr("1 case passed"));
}

TEST_F(calluna_test, the_same_seed_tells_the_same_story) {
  char const* const body = R"(
    local ann, bob = pbx:call { from = "+14155550101" }, pbx:call { from = "+14155550199", stays = 1 }
    pbx:advance(math.random(10))
    t.fail("after %s", pbx:now()))";
  options.seed = 7;
  run_case(body, exit_failure);
  auto const without_times = [](std::string text) {
    return text.substr(text.find('\n'), text.rfind(" in ") - text.find('\n'));
  };
  auto const first = without_times(told);
  run_case(body, exit_failure);
  EXPECT_EQ(without_times(told), first);
}

TEST_F(calluna_test, a_story_that_is_not_the_same_twice_fails_when_it_is_asked_for) {
  options.twice = true;
  play("steady", R"(require "calluna.log".info("%d", math.random(1000)))",
       R"(local t = require "calluna.test"
          t.case("steady", function(pbx) pbx:advance(1) end)
          t.everywhere("steady, too", function(pbx) pbx:advance(1) end))",
       exit_done);
  play("moody", R"(require "calluna.log".info("%s", tostring({})))",
       R"(local t = require "calluna.test"
          t.case("moody", function(pbx) pbx:advance(1) end))",
       exit_failure);
  EXPECT_THAT(told, HasSubstr("the same seed told two stories; they part here:\n"));
  EXPECT_THAT(told, HasSubstr("log info: table: 0x"));
}

TEST_F(calluna_test, a_business_system_keeps_what_an_app_writes_and_fails_on_demand) {
  app =
      R"(local calls, log, odoo = require "calluna.calls", require "calluna.log", require "calluna.odoo"
local function tell(call)
  local found, err = odoo:search_read("res.partner", { "|", { "phone", "=", call.remote_number }, { "vip", "=", true } },
    { fields = { "name" }, limit = 1 })
  if not found then return log.info("failed: %s %s", err.kind, tostring(err.retryable)) end
  local id = odoo:upsert("phone.call", { linkedid = call.id }, { status = call.status, partner_id = found[1].id })
  odoo:write("phone.call", id, { told = true })
  log.info("found by its id: %d", #odoo:search_read("phone.call", { { "id", "=", id } }))
  odoo:note("res.partner", found[1].id, "called, said " .. odoo:call("x.y", "greet"))
end
calls.on("ended", tell)
)";
  run(R"(local t = require "calluna.test"
t.setup { dialplan = "[from-trunk]\nexten => 1,1,Wait(5)\n" }
local function play(pbx, before)
  local odoo = pbx:odoo()
  local ann = odoo:record("res.partner", { name = "Ann", phone = "+14155550101" })
  odoo:answers("x.y", "greet", "hello")
  if before then before(odoo) end
  pbx:call { from = "+14155550101", to = "1" }
  pbx:advance(6)
  return odoo, ann
end
t.case("it is told", function(pbx)
  local odoo, ann = play(pbx)
  local call = t.expect(odoo):has("phone.call", { status = "noanswer", partner_id = ann, told = true })
  t.equal(call.linkedid ~= nil, true)
  t.expect(odoo):has("mail.message", { model = "res.partner", res_id = ann, body = "called, said hello" })
  t.equal(#odoo:records("phone.call"), 1)
  t.expect(pbx):logged("found by its id: 1")
end)
t.case("down", function(pbx)
  play(pbx, function(odoo) odoo:down() end)
  t.expect(pbx):logged("failed: offline true")
end)
t.case("slow", function(pbx)
  play(pbx, function(odoo) odoo:slow(60) end)
  pbx:advance(31)
  t.expect(pbx):logged("failed: timeout")
end)
t.case("not there", function(pbx)
  local odoo = play(pbx)
  t.expect(odoo):has("phone.call", { status = "green" })
end)
)",
      exit_failure);
  EXPECT_THAT(told,
              HasSubstr("expected Odoo to have a record of phone.call { status = 'green' }, but it "
                        "has { id = "));
  EXPECT_THAT(told, HasSubstr("1 of 4 cases failed"));
}

TEST_F(calluna_test, a_pbx_that_answers_late_lets_requests_run_into_their_deadlines) {
  run_case(R"(
    pbx:slow(30)
    local ann = pbx:call { from = "+14155550101" }
    pbx:advance(9)
    t.expect_not(ann):heard("hello-world")
    t.expect(ann):heard("hello-world")
    pbx:slow(0)
    pbx:advance(20)
    t.expect(ann):in_dialplan("after", "s"))",
           exit_done);
}

TEST_F(calluna_test, what_the_pbx_was_asked_for_can_be_expected) {
  run_case(R"(
    pbx:call { from = "+14155550101" }
    t.expect(pbx):asked("/answer")
    t.expect_not(pbx):asked("/hold")
    t.expect(pbx):asked("/never"))",
           exit_failure);
  EXPECT_THAT(told,
              HasSubstr("expected the app to ask for '/never', but it asked for POST channels/"));
}

TEST_F(calluna_test, reports_for_machines) {
  auto const test = begin + std::string(
                                "t.case('good', function() end)\n"
                                "t.case('bad <&> #1', function() t.fail('\"no\" <1>') end)\n");
  options.tap = true;
  options.junit = folder / "report.xml";
  run(test, exit_failure);
  EXPECT_THAT(told,
              HasSubstr("TAP version 13\n1..2\nok 1 - echo: good\nnot ok 2 - echo: bad <&> *1\n"
                        "  ---\n  message: |\n"));
  std::ifstream file(options.junit);
  std::string const xml{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(xml, HasSubstr("<testsuite name=\"echo\" tests=\"2\" failures=\"1\""));
  EXPECT_THAT(xml, HasSubstr("name=\"bad &lt;&amp;&gt; #1\""));
  EXPECT_THAT(xml, HasSubstr("&quot;no&quot; &lt;1&gt;"));
}

TEST_F(calluna_test, a_filter_takes_some_and_nothing_to_run_is_a_mistake) {
  auto const test = begin + std::string(
                                "t.case('good', function() end)\n"
                                "t.case('bad', function() t.fail('no') end)\n");
  options.filter = "echo: good";
  run(test, exit_done);
  options.filter = "nobody";
  run(test, exit_usage);
  EXPECT_EQ(mistakes, "calluna test: no case holds 'nobody'\n");
  options.filter.clear();
  options.targets = {folder / "nowhere"};
  std::ostringstream out, err;
  EXPECT_EQ(run_tests(options, out, err), exit_usage);
  EXPECT_THAT(err.str(), HasSubstr("there is no '"));
}

TEST_F(calluna_test, the_line_that_a_case_is_about_is_kept_apart_from_what_callers_choose) {
  run_case(R"(
    local ann = pbx:call { from = "+14155550101", name = "Ann\nok 1 - forged" }
    t.expect(ann):named("Bob"))",
           exit_failure);
  EXPECT_THAT(told, Not(HasSubstr("\nok 1")));
}

TEST(example_apps, each_has_a_test) {
  namespace fs = std::filesystem;
  for (auto const& app : fs::directory_iterator(CALLUNA_SOURCE_DIR "/examples/apps"))
    EXPECT_TRUE(fs::exists(app.path() / "test.lua")) << app.path();
}

}  // namespace
}  // namespace calluna::runtime::testing
