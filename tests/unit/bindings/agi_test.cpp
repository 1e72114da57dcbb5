#include "app_fixture.hpp"

#include <calluna/numbers/region_rules.hpp>

#include <deque>

namespace calluna::bindings {
namespace {

/// A call of nobody: what the app sends is kept, what Asterisk answers is said by the test.
class scripted_session : public agi::connection {
 public:
  agi::environment const& call() const noexcept override { return environment; }
  void submit(std::string line, completion done) override {
    if (!line.empty()) line.pop_back();
    sent.push_back(line);
    if (closed || left) return done(fail(error_kind::gone, "the AGI session has ended"));
    auto const text = answer(line);
    if (text.empty()) return waiting.push_back(std::move(done));
    give(std::move(done), text);
  }
  bool gone() const noexcept override { return left || closed; }
  void on_gone(unique_function<void()> told) override { tell = std::move(told); }
  void close() override { closed = true; }

  static void give(completion done, std::string const& text) {
    auto r = *agi::parse_reply(text);
    if (auto why = agi::failure_of(r)) return done(fail(*why));
    done(std::move(r));
  }
  void hang_up() {
    left = true;
    if (tell) std::exchange(tell, nullptr)();
  }

  agi::environment environment;
  /// "": none yet.
  std::function<std::string(std::string const&)> answer = [](auto const&) {
    return "200 result=1";
  };
  std::vector<std::string> sent;
  std::deque<completion> waiting;
  unique_function<void()> tell;
  bool closed = false, left = false;
};

class agi_app : public app_test {
 protected:
  agi_app() { options.library_path = CALLUNA_SOURCE_DIR "/scripts/calluna"; }
  void on_agi_scripts(app&, std::vector<agi_script> const& now) override { scripts = now; }

  /// A call; who: more lines of its environment.
  std::shared_ptr<scripted_session> call(
      std::vector<std::string> const& who = {},
      std::function<std::string(std::string const&)> answer = {}) {
    auto made = std::make_shared<scripted_session>();
    for (auto const* line : {"agi_network_script: x", "agi_channel: PJSIP/trunk-00000001",
                             "agi_uniqueid: u.1", "agi_callerid: 030123"})
      EXPECT_TRUE(made->environment.take(line));
    for (auto const& line : who) EXPECT_TRUE(made->environment.take(line));
    if (answer) made->answer = std::move(answer);
    for (auto const& script : scripts)
      if (script.path == made->environment.script) app_->deliver(script.handler, made);
    settle();
    return made;
  }
  /// What the app logs of `body`, the inside of its handler, line by line.
  std::vector<std::string> said(std::string const& body,
                                std::function<std::string(std::string const&)> answer = {}) {
    run_app(
        "local agi, log = require 'calluna.agi', require 'calluna.log'\n"
        "local function show(value, err) log.info('%s', tostring(value == nil and err or value)) "
        "end\n"
        "agi.serve('x', function(s) " +
        body + " end)");
    session = call({}, std::move(answer));
    std::vector<std::string> all;
    for (auto const& line : log_lines())
      all.push_back(line.substr(0, 5) == "info " ? line.substr(5) : line);
    return all;
  }
  using lines = std::vector<std::string>;

  std::vector<agi_script> scripts;
  std::shared_ptr<scripted_session> session;
};

TEST_F(agi_app, serves_a_path_by_a_task_and_gives_the_call_back_when_it_returns) {
  run_app(R"(
    local agi, log = require "calluna.agi", require "calluna.log"
    agi.serve("/x/", function(s)
      log.info("%s %s %s %s %s", s.script, s.channel, s.uniqueid, s.callerid.number, tostring(s.callerid.name))
      log.info("%s %s %s %s", s.query.country, #s.args, s.args[2], s.pbx)
      s:answer()
    end))");
  auto const s = call({"agi_network_script: x?country=DE", "agi_calleridname: unknown",
                       "agi_arg_1: a", "agi_arg_2: b c"});
  EXPECT_EQ(log_lines(),
            (lines{"info x PJSIP/trunk-00000001 u.1 030123 nil", "info DE 2 b c main"}));
  EXPECT_EQ(s->sent, lines{"ANSWER"});
  EXPECT_TRUE(s->closed);
  EXPECT_EQ(app_->count().visits, 0u);
}

TEST_F(agi_app, tells_misuse_at_the_apps_line) {
  auto const problem = [&](std::string const& code) {
    auto const outcome = load("local agi = require 'calluna.agi'\n" + code);
    return outcome ? "" : outcome.error().message;
  };
  EXPECT_NE(problem("agi.serve('a b', print)").find("init.lua:2: agi.serve: 'a b' is no path"),
            std::string::npos);
  EXPECT_NE(problem("agi.serve('a?x', print)").find("init.lua:2:"), std::string::npos);
  EXPECT_NE(problem("agi.serve('a')").find("init.lua:2: agi.serve: argument 2 is a nil"),
            std::string::npos);
  EXPECT_NE(
      problem("agi.serve('a', print) agi.serve('/a/', print)").find("'a' has a handler already"),
      std::string::npos);
}

TEST_F(agi_app, reads_and_sets_variables) {
  EXPECT_EQ(said(R"(
    show(s:set_variable("X", "; , \" ' \\")) show(s:get_variable("X")) show(s:get_variable("Y"))
    show(s:get_full_variable("${X}/")) show(s:set_variable("Z")) show(s:set_variable("N", 7))
    show(s:set_variable("X", "a\nb")))",
                 [](std::string const& line) -> std::string {
                   if (line == "GET VARIABLE X") return "200 result=1 (x) y)";
                   if (line == "GET VARIABLE Y") return "200 result=0";
                   if (line.rfind("GET FULL", 0) == 0) return "200 result=1 ()";
                   return "200 result=1";
                 }),
            (lines{"true", "x) y", "nil", "", "true", "true",
                   "invalid: an AGI command cannot carry a line's end or NUL: \"a.b\""}));
  EXPECT_EQ(session->sent,
            (lines{R"(SET VARIABLE X "; , \" ' \\")", "GET VARIABLE X", "GET VARIABLE Y",
                   R"(GET FULL VARIABLE "${X}/")", "SET VARIABLE Z \"\"", "SET VARIABLE N 7"}));
}

TEST_F(agi_app, plays_and_hears_keys) {
  EXPECT_EQ(said(R"(
    show(s:stream_file("hello", "12")) show(s:stream_file("hello")) show(s:say_number(12, "#"))
    show(s:say_digits("12")) show(s:wait_for_digit(2)) show(s:get_data("pin", { timeout = 2, max_digits = 4 }))
    show(s:get_data("pin")))",
                 [n = 0](std::string const& line) mutable -> std::string {
                   ++n;
                   if (n == 1) return "200 result=49 endpos=100";
                   if (n == 5) return "200 result=0";
                   if (n == 6) return "200 result=123 (timeout)";
                   if (n == 7) return "200 result= (timeout)";
                   return line.rfind("SAY NUMBER", 0) == 0 ? "200 result=35"
                                                           : "200 result=0 endpos=1";
                 }),
            (lines{"1", "", "#", "", "timeout: no key was pressed", "123",
                   "timeout: no key was pressed"}));
  EXPECT_EQ(session->sent,
            (lines{"STREAM FILE hello 12", "STREAM FILE hello \"\"", "SAY NUMBER 12 \"#\"",
                   "SAY DIGITS 12 \"\"", "WAIT FOR DIGIT 2000", "GET DATA pin 2000 4",
                   "GET DATA pin 5000 255"}));
}

TEST_F(agi_app, tells_a_failure_from_a_hang_up) {
  EXPECT_EQ(
      said("show(s:stream_file('none')) show(s:exec('Nope', 'x')) show(s:exec('Dial', 'a', 'b,c'))"
           "show(s:exec('NoOp', 'a', 2))",
           [](std::string const& line) -> std::string {
             if (line.rfind("STREAM", 0) == 0) return "200 result=-1 endpos=0";
             if (line == "EXEC Nope x") return "200 result=-2";
             return "200 result=0";
           }),
      (lines{"rejected: STREAM FILE 'none' failed on the PBX",
             "invalid: the PBX has no application 'Nope'",
             "invalid: exec: argument 2 holds a comma, which would begin another one", "true"}));
  EXPECT_EQ(session->sent.back(), "EXEC NoOp \"a,2\"");
}

TEST_F(agi_app, has_the_rest_of_the_commands) {
  EXPECT_EQ(said(R"(
    show(s:set_callerid('"Ann, A" <030>')) show(s:set_callerid { name = "Bob" }) show(s:set_context("c"))
    show(s:set_extension(100)) show(s:set_priority("label")) show(s:verbose("hi")) show(s:noop())
    show(s:channel_status()) show(s:database_put("f", "k", "v")) show(s:database_get("f", "k"))
    show(s:database_del("f", "k")) show(s:hangup()) show(s:command("SAY", "ALPHA", "x", "").result))",
                 [](std::string const& line) -> std::string {
                   if (line == "CHANNEL STATUS") return "200 result=6";
                   if (line.rfind("DATABASE GET", 0) == 0) return "200 result=1 (v)";
                   if (line.rfind("DATABASE DEL", 0) == 0) return "200 result=0";
                   return "200 result=1";
                 }),
            (lines{"true", "true", "true", "true", "true", "true", "true", "up", "true", "v",
                   "rejected: DATABASE DEL failed on the PBX", "true", "1"}));
  EXPECT_EQ(session->sent[0], "SET VARIABLE \"CALLERID(name)\" \"Ann, A\"");
  EXPECT_EQ(session->sent[1], "SET VARIABLE \"CALLERID(num)\" 030");
  EXPECT_EQ(session->sent[2], "SET VARIABLE \"CALLERID(name)\" Bob");
}

TEST_F(agi_app, ends_every_wait_when_the_caller_hangs_up) {
  run_app(R"(
    local agi, log, task = require "calluna.agi", require "calluna.log", require "calluna.task"
    agi.serve("x", function(s)
      local ok, err = s:stream_file("long")
      log.info("%s %s", tostring(ok), err.kind)
      log.info("%s %s", tostring(s.gone), tostring(s:set_variable("X", "1")))
      log.info("%s", select(2, s:stream_file("long")).kind)
      log.info("%s", select(2, task.sleep(5)).kind)
    end))");
  auto const s = call({}, [](auto const&) { return ""; });
  EXPECT_EQ(app_->count().visits, 1u);
  s->answer = [](auto const&) { return "200 result=1"; };
  s->tell();  // the channel hangs up, the session goes on
  settle();
  EXPECT_EQ(log_lines(), (lines{"info nil gone", "info false true", "info gone", "info gone"}));
  EXPECT_EQ(s->sent, (lines{"STREAM FILE long \"\"", "SET VARIABLE X 1"}));
  EXPECT_TRUE(s->closed);
}

TEST_F(agi_app, ends_every_wait_when_asterisk_is_gone) {
  run_app(R"(
    local agi, log = require "calluna.agi", require "calluna.log"
    agi.serve("x", function(s)
      log.info("%s", select(2, s:answer()).kind)
      log.info("%s", select(2, s:set_variable("X", "1")).kind)
    end))");
  auto const s = call({}, [](auto const&) { return ""; });
  s->hang_up();
  settle();
  EXPECT_EQ(log_lines(), (lines{"info gone", "info gone"}));
}

TEST_F(agi_app, does_not_wait_for_ever_for_a_quick_answer) {
  run_app(R"(
    local agi, log = require "calluna.agi", require "calluna.log"
    agi.serve("x", function(s) log.info("%s", select(2, s:answer()).kind) end))");
  auto const s = call({}, [](auto const&) { return ""; });
  advance(11);
  EXPECT_EQ(last_log(), "info timeout");
  EXPECT_TRUE(s->closed);
}

TEST_F(agi_app, that_raises_an_error_gives_the_call_back) {
  run_app("require 'calluna.agi'.serve('x', function(s) error('oops') end)");
  auto const s = call();
  EXPECT_TRUE(s->closed);
  EXPECT_NE(last_log().find("init.lua:1: oops"), std::string::npos);
}

TEST_F(agi_app, that_ends_gives_its_calls_back) {
  run_app("require 'calluna.agi'.serve('x', function(s) s:exec('Wait', '100') end)");
  auto const s = call({}, [](auto const&) { return ""; });
  EXPECT_FALSE(s->closed);
  app_->kill();
  EXPECT_TRUE(s->closed);
  auto const late = std::make_shared<scripted_session>();
  EXPECT_FALSE(app_->deliver(scripts[0].handler, late));
  EXPECT_TRUE(late->closed);
}

TEST_F(agi_app, reads_numbers_as_the_channels_trunk_does) {
  options.services.regions = std::make_shared<numbers::region_rules>(
      std::vector<numbers::region_rules::pbx_region>{{"main", "DE"}},
      std::vector<numbers::region_rules::trunk_region>{{"main", "PJSIP/trunk", "FR"}});
  EXPECT_EQ(said("show(require 'calluna.phone'.normalize('01 70 18 99 00'))"),
            lines{"+33170189900"});
}

// -- what needs the grant

TEST_F(agi_app, may_not_run_programs_on_the_pbx) {
  auto const refused = said(R"lua(
    for _, words in ipairs {
      { "EXEC", "System", "ls" }, { "exec", "trysystem", "ls" }, { "EXEC", " System ", "ls" }, { "EXEC", "AGI", "x.sh" },
      { "EXEC", "ExecIf", "1?System:ls" }, { "EXEC", "MixMonitor", "a.wav,,ls" }, { "EXEC", "Queue", "q,,,,,x.agi" },
      { "EXEC", "Set", "FILE(/etc/x)=y" }, { "GET", "VARIABLE", "SHELL(ls)" }, { "get", "Variable", "SHELL (ls)" },
      { "GET", "VARIABLE", "EVAL(x)" }, { "SET", "VARIABLE", "FILE(/etc/x)", "y" },
      { "SET", "VARIABLE", "__MONITOR_EXEC", "ls" }, { "GET", "FULL", "VARIABLE", "a ${SHELL(ls)}" },
      { "GET", "FULL", "VARIABLE", "${${X}(ls)}" }, { "GET", "FULL", "VARIABLE", "${SH${X}(ls)}" },
      { "EXEC", "Originate", "x" },
    } do
      local ok, err = s:command(unpack(words))
      show(ok == nil and err.kind or table.concat(words, " "))
    end
    show(select(2, s:get_variable("SHELL(ls)"))) show(select(2, s:exec("System", "ls"))))lua");
  ASSERT_EQ(refused.size(), 19u);
  for (std::size_t i = 0; i < 17; ++i) EXPECT_EQ(refused[i], "refused") << i;
  EXPECT_EQ(refused[18],
            "refused: the application System needs the grant 'originate_application' in the app's "
            "configuration: it can run anything on the PBX");
  EXPECT_TRUE(session->sent.empty());
}

TEST_F(agi_app, may_use_what_runs_none) {
  for (auto const& line : said(R"lua(
    for _, words in ipairs {
      { "EXEC", "MixMonitor", "a.wav" }, { "EXEC", "Queue", "q,t,,,60" }, { "EXEC", "Set", "CDR(x)=y" },
      { "GET", "VARIABLE", "CALLERID(num)" }, { "GET", "FULL", "VARIABLE", "${CALLERID(num)} (x) ${CUT(A,-,1)}" },
      { "SET", "VARIABLE", "SHELL", "x" },
    } do
      local ok, err = s:command(unpack(words))
      show(ok and "sent", err)
    end)lua"))
    EXPECT_EQ(line, "sent");
}

TEST_F(agi_app, with_the_grant_may_run_them) {
  options.grants = {"originate_application"};
  EXPECT_EQ(said("show(s:exec('System', 'ls'))"), lines{"true"});
}

}  // namespace
}  // namespace calluna::bindings
