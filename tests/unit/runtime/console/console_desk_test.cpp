// Lines that are typed into the live process, and what is said of them.
#include "console_on_the_sim.hpp"

#include <gmock/gmock.h>

namespace calluna::runtime {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

using console_desk = test::console_on_the_sim;

TEST_F(console_desk, tells_what_an_expression_is) {
  open();
  EXPECT_EQ(line("1+1"), "2");
  EXPECT_EQ(line("return 1, nil, 'two\\n'"), "1\tnil\t\"two\\n\"");
}

TEST_F(console_desk, says_nothing_of_a_statement_but_keeps_its_globals) {
  open();
  EXPECT_EQ(line("x = 20 function double(n) return 2 * n end"), "");
  EXPECT_EQ(line("double(x) + 2"), "42");
  EXPECT_EQ(line("local y = 1"), "");
  EXPECT_EQ(line("return"), "");
  EXPECT_EQ(line("-- only said"), "");
}

TEST_F(console_desk, shows_tables_sorted_and_bounded) {
  open();
  EXPECT_EQ(line("{ 1, 'b', z = true, a = { 2 }, [10.5] = 'x' }"),
            "{ 1, \"b\", [10.5] = \"x\", a = { 2 }, z = true }");
  EXPECT_EQ(line("{}"), "{}");
  EXPECT_EQ(line("{ { { { { 1 } } } } }"), "{ { { { {...} } } } }");
  EXPECT_EQ(line("t = {} t.t = t"), "");
  EXPECT_EQ(line("t"), "{ t = <in itself> }");
  EXPECT_EQ(line("many = {} for i = 1, 1000 do many['k' .. i] = i end"), "");
  EXPECT_THAT(line("many"), HasSubstr("... 900 more"));
}

TEST_F(console_desk, says_that_more_lines_have_to_come) {
  open();
  EXPECT_EQ(line("for i = 1, 2 do"), "...");
  EXPECT_EQ(line("{ 1,"), "...");
  EXPECT_EQ(line("1 +"), "...");
  EXPECT_EQ(line("1 +\n1"), "2");
  EXPECT_EQ(line("for i = 1, 2 do\nprint(i)\nend"), "");
  EXPECT_EQ(printed, "1\n2\n");
  EXPECT_THAT(line("x = = 1"), HasSubstr("console:1:"));
}

TEST_F(console_desk, tells_an_error_in_one_line) {
  open();
  EXPECT_EQ(line("error('no\\nway')"), "console:1: no");
  EXPECT_EQ(line("nobody.home"), "console:1: undefined global 'nobody'");
  EXPECT_EQ(line("nobody"), "console:1: undefined global 'nobody'");
  EXPECT_EQ(line("1 + 1 -- a sum"), "2");
  EXPECT_EQ(line("error({})").substr(0, 6), "table:");
  EXPECT_EQ(line("1"), "1") << "it goes on";
}

TEST_F(console_desk, has_the_library_without_require) {
  open();
  EXPECT_EQ(line("json.encode({ a = 1 })"), "\"{\\\"a\\\":1}\"");
  EXPECT_EQ(line("type(ami.action) .. type(task.sleep)"), "\"functionfunction\"");
}

TEST_F(console_desk, may_wait) {
  open();
  EXPECT_EQ(line("task.sleep(0.001)"), "true");
  EXPECT_EQ(line("(assert(ami.action { Action = 'Ping' })).Ping"), "\"Pong\"");
}

TEST_F(console_desk, waits_for_what_happens_to_a_call) {
  dialplan("[from-trunk]\nexten => 100,1,Answer()\nsame => n,Wait(3600)\n");
  open();
  EXPECT_EQ(line("#calls.active()"), "0");
  call("100", "+4930123456");
  EXPECT_EQ(line("repeat task.sleep(0.001) until calls.active()[1]"), "");
  EXPECT_EQ(line("c = calls.active()[1]"), "");
  EXPECT_THAT(line("c"), HasSubstr("call "));
  auto const begun = begin("c:wait('ended').name");
  pbx.machine().device_hangs_up(pbx.machine().channels().begin()->first);
  pbx.settle();
  EXPECT_EQ(done(begun).value("result", ""), "\"ended\"");
}

TEST_F(console_desk, answers_within_a_second_and_goes_on) {
  open();
  auto const begun = begin("print('one') task.sleep(1.5) return 'two'");
  ASSERT_TRUE(begun);
  EXPECT_FALSE(begun->value("done", true));
  EXPECT_EQ(begun->at("output").size(), 1U);
  EXPECT_EQ(begin("1").error().kind, error_kind::busy);
  EXPECT_EQ(done(ask_for("more")).value("result", ""), "\"two\"");
}

TEST_F(console_desk, breaks_off_a_wait) {
  open();
  ASSERT_TRUE(begin("task.sleep(3600)"));
  EXPECT_EQ(done(ask_for("interrupt")).value("result", ""), "nil\tcancelled: interrupted");
  ASSERT_TRUE(begin("while true do task.sleep(3600) end"));
  EXPECT_THAT(done(ask_for("interrupt")).value("error", ""), HasSubstr("must not wait any more"));
  EXPECT_EQ(line("1"), "1");
}

// (Not under TSan, which holds the signal back as long as such a loop runs.)
TEST_F(console_desk, breaks_off_a_loop_that_never_ends_by_itself) {
  open();
  auto const begun = begin("x = 0 while true do x = x + 1 end");
  ASSERT_TRUE(begun);
  EXPECT_FALSE(begun->value("done", true));
  EXPECT_EQ(done(ask_for("interrupt")).value("error", ""), "interrupted");
  EXPECT_EQ(line("x > 0"), "true") << "the session goes on";
}

TEST_F(console_desk, breaks_off_what_never_ends_nor_waits) {
  open();
  EXPECT_EQ(line("while true do pcall(function() while true do end end) end"), "interrupted");
  EXPECT_EQ(line("1"), "1");
}

TEST_F(console_desk, prints_between_lines_too) {
  open();
  EXPECT_EQ(line("task.spawn(function() task.sleep(0.01) print('later', 1) later = true end)")
                .substr(0, 1),
            "{");
  EXPECT_EQ(line("later = false repeat task.sleep(0.001) until later"), "");
  EXPECT_EQ(printed, "later\t1\n");
}

TEST_F(console_desk, bounds_what_one_answer_holds) {
  open();
  EXPECT_LT(line("('x'):rep(1e6)").size(), 64U * 1024);
  EXPECT_EQ(line("for i = 1, 3 do print(('x'):rep(1e5)) end"), "");
  EXPECT_LT(printed.size(), 65U * 1024);
  EXPECT_THAT(printed, HasSubstr("bytes more were dropped"));
}

TEST_F(console_desk, ends_a_session_that_takes_too_much_memory) {
  open();
  EXPECT_THAT(line("t = {} while true do t[#t + 1] = ('x'):rep(1e6) .. #t end"),
              testing::AnyOf(HasSubstr("not enough memory"), HasSubstr("memory: the limit")));
  EXPECT_TRUE(fakes::run_until(loop, [&] { return !begin("1"); }));
}

TEST_F(console_desk, keeps_sessions_apart_and_few) {
  auto const first = open();
  line("x = 1");
  open();
  EXPECT_THAT(line("x"), HasSubstr("undefined global 'x'"));
  open(), open();
  auto const fifth = ask({{"do", "open"}});
  ASSERT_FALSE(fifth);
  EXPECT_EQ(fifth.error().kind, error_kind::rejected);
  session = first;
  EXPECT_TRUE(ask_for("close"));
  EXPECT_EQ(ask_for("more").error().kind, error_kind::gone);
  EXPECT_TRUE(fakes::run_until(loop, [&] { return ask({{"do", "open"}}).has_value(); }));
}

TEST_F(console_desk, ends_a_session_that_nobody_asks_for_anything) {
  for (auto const* text : {"1", "task.sleep(3600)"}) {
    desk = std::make_unique<console::console_desk>(loop.get_executor(), *apps_,
                                                   logger(log, "console"), 100ms);
    open();
    (void)begin(text);
    EXPECT_TRUE(logged("nobody asks a console", std::string_view(text) == "1" ? 1 : 2));
    EXPECT_FALSE(begin("1"));
  }
}

TEST_F(console_desk, tells_the_log_who_opened_it) {
  open(true);
  EXPECT_TRUE(logged("a console that may write is opened by user 1000"));
}

TEST_F(console_desk, refuses_what_makes_no_sense) {
  open();
  EXPECT_EQ(ask_for("dance").error().kind, error_kind::invalid);
  session = 77;
  EXPECT_EQ(begin("1").error().kind, error_kind::gone);
}

TEST_F(console_desk, is_over_at_the_runtimes_end) {
  open();
  bool ended = false;
  result<nlohmann::json> told = nlohmann::json();
  desk->answer({{"do", "line"}, {"session", session}, {"text", "task.sleep(3600)"}}, {},
               [&](result<nlohmann::json> answer) { told = std::move(answer); });
  desk->stop([&] { ended = true; });
  EXPECT_TRUE(fakes::run_until(loop, [&] { return ended; }));
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().kind, error_kind::gone);
  EXPECT_EQ(ask({{"do", "open"}}).error().kind, error_kind::gone);
}

}  // namespace
}  // namespace calluna::runtime
