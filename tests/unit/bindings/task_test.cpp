#include "app_fixture.hpp"

#include <gmock/gmock.h>

namespace calluna::bindings {
namespace {

using testing::Test;
class tasks : public app_test {};

TEST_F(tasks, a_waiting_function_at_the_top_level_says_where_it_may_be_called) {
  auto const loaded = load("local task = require 'calluna.task'\ntask.sleep(1)\n");
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find("only a task may wait"), std::string::npos)
      << loaded.error().message;
}

TEST_F(tasks, sleeps_without_blocking_another) {
  run_app(R"(
    local task, log = require "calluna.task", require "calluna.log"
    return { start = function()
      task.spawn(function() task.sleep(2) log.info("slow") end)
      task.spawn(function() task.sleep(1) log.info("fast") end)
    end })");
  advance(1.5);
  EXPECT_EQ(last_log(), "info fast");
  advance(1);
  EXPECT_EQ(last_log(), "info slow");
}

TEST_F(tasks, a_wait_crosses_pcall_and_the_apps_own_coroutines) {
  run_app(R"(
    local task, log = require "calluna.task", require "calluna.log"
    return { start = function()
      task.spawn(function()
        local ok, value = pcall(function() task.sleep(1) return "through pcall" end)
        log.info(value)
        local gen = coroutine.wrap(function()
          coroutine.yield("first")
          task.sleep(1)
          coroutine.yield("after a wait")
        end)
        log.info(gen())
        log.info(gen())
      end)
    end })");
  advance(1);
  EXPECT_EQ(log_lines().size(), 2u);
  advance(1);
  ASSERT_EQ(log_lines().size(), 3u);
  EXPECT_EQ(last_log(), "info after a wait");
}

TEST_F(tasks, an_error_is_logged_with_its_place_and_hurts_no_other_task) {
  run_app(R"(
    local task, log = require "calluna.task", require "calluna.log"
    return { start = function()
      task.spawn(function() error("oh") end)
      task.spawn(function() log.info("fine") end)
    end })");
  ASSERT_EQ(log_lines().size(), 2u);
  EXPECT_NE(log_lines()[0].find("init.lua:4: oh"), std::string::npos) << log_lines()[0];
  EXPECT_EQ(log_lines()[1], "info fine");
}

TEST_F(tasks, race_gives_the_first_and_cancels_the_rest) {
  run_app(R"(
    local task, log = require "calluna.task", require "calluna.log"
    return { start = function()
      task.spawn(function()
        local who, what = task.race { function() task.sleep(5) return "a" end, function() task.sleep(1) return "b" end,
          function() local _, err = task.sleep(9) log.info(err.kind) end }
        log.info("%d %s", who, what)
      end)
    end })");
  advance(1);
  ASSERT_EQ(log_lines().size(), 2u);
  EXPECT_EQ(log_lines()[0], "info 2 b");
  EXPECT_EQ(log_lines()[1], "info cancelled");
}

TEST_F(tasks, timeout_gives_an_error_value) {
  run_app(R"(
    local task, log = require "calluna.task", require "calluna.log"
    return { start = function()
      task.spawn(function()
        local v, err = task.timeout(1, function() task.sleep(5) return 1 end)
        log.info("%s %s", tostring(v), err.kind)
        log.info("%s", tostring(task.timeout(1, function() return 7 end)))
      end)
    end })");
  advance(1);
  ASSERT_EQ(log_lines().size(), 2u);
  EXPECT_EQ(log_lines()[0], "info nil timeout");
  EXPECT_EQ(log_lines()[1], "info 7");
}

TEST_F(tasks, a_timer_runs_again_and_again_until_cancelled) {
  run_app(R"(
    local timer, log = require "calluna.timer", require "calluna.log"
    local n, t = 0, nil
    t = timer.every(1, function() n = n + 1 log.info("%d", n) if n == 3 then t:cancel() end end))");
  for (int i = 0; i < 5; ++i) advance(1);
  EXPECT_EQ(log_lines().size(), 3u);
}

TEST_F(tasks, a_misspelt_global_is_an_error_where_it_stands) {
  auto const loaded = load("local x = 1\nlocal y = undefind_thing\n");
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find("init.lua:2: undefined global 'undefind_thing'"),
            std::string::npos)
      << loaded.error().message;
}

TEST_F(tasks, the_sandbox_keeps_the_dangerous_away) {
  run_app(R"(
    assert(os.execute == nil and io.popen == nil and os.exit == nil)
    assert(not pcall(require, "ffi"))
    assert(debug.getregistry == nil)
    assert(load("\27LJ") == nil)
  )");
  EXPECT_TRUE(started && *started);
}

TEST_F(tasks, a_grant_opens_what_it_names_and_nothing_else) {
  options.grants = {"ffi", "os.execute"};
  run_app(R"(
    assert(require("ffi").abi and os.execute)
    assert(io.popen == nil and debug.getregistry == nil)
  )");
  EXPECT_TRUE(started && *started);
}

TEST_F(tasks, an_originate_that_runs_an_application_needs_its_grant) {
  auto const app_source = R"(
    local ami, log, task = require "calluna.ami", require "calluna.log", require "calluna.task"
    return { start = function()
      local r, err = ami.action { Action = "Originate", Channel = "PJSIP/101", Application = "System", Data = "id" }
      log.info("%s", err and err.kind or r.Response)
    end })";
  run_app(app_source);
  EXPECT_EQ(last_log(), "info refused");
  EXPECT_TRUE(pbx->actions.empty());
  app_->kill();
  options.grants = {"originate_application"};
  run_app(app_source);
  EXPECT_EQ(last_log(), "info Success");
}

TEST_F(tasks, memory_has_a_cap_and_the_app_is_told_broken) {
  options.memory = {2u << 20, 4u << 20};
  run_app(R"(
    local task = require "calluna.task"
    return { start = function() task.spawn(function() local t = {} while true do t[#t+1] = ("x"):rep(1e5) .. #t end end) end })");
  ASSERT_EQ(broken.size(), 1u);
  EXPECT_NE(broken[0].message.find("memory"), std::string::npos);
}

TEST_F(tasks, start_may_fail_with_a_reason) {
  run_app("return { start = function() return nil, 'no agents' end }");
  ASSERT_TRUE(started);
  ASSERT_FALSE(*started);
  EXPECT_EQ(started->error().message, "no agents");
}

TEST_F(tasks, ami_events_reach_their_handlers_with_fields_read_on_demand) {
  run_app(R"(
    local ami, log = require "calluna.ami", require "calluna.log"
    ami.on("Queue*", function(ev) log.info("any %s", ev.Queue) end)
    ami.on("QueueCallerJoin", { Queue = "support" }, function(ev)
      log.info("%s %s %s", ev.calleridname, ev["Position"], tostring(ev.Nope))
      local n = 0 for k, v in pairs(ev) do n = n + 1 end
      log.info("%d %s", n, ev.pbx)
    end))");
  EXPECT_EQ(ami_wanted, (std::vector<std::string>{"Queue*", "QueueCallerJoin"}));
  ami_event(
      "Event: QueueCallerJoin\r\nQueue: support\r\nCallerIDName: O\\'Neil\r\nPosition: 1\r\n");
  ASSERT_EQ(log_lines().size(), 3u);
  EXPECT_EQ(log_lines()[1], "info O'Neil 1 nil");
  EXPECT_EQ(log_lines()[2], "info 4 main");
  ami_event("Event: QueueCallerJoin\r\nQueue: other\r\n");
  EXPECT_EQ(log_lines().size(), 4u);
}

TEST_F(tasks, an_action_waits_for_its_response) {
  run_app(R"(
    local ami, log, task = require "calluna.ami", require "calluna.log", require "calluna.task"
    return { start = function()
      task.spawn(function()
        local r, err = ami.action { Action = "Originate", Channel = "PJSIP/101", Variable = { A = "1" } }
        log.info("%s", r.Response)
        local _, err = ami.action { Action = "Ping", Evil = "a\r\nAction: Command" }
        log.info("%s", tostring(err))
      end)
    end })");
  ASSERT_EQ(log_lines().size(), 2u);
  EXPECT_EQ(log_lines()[0], "info Success");
  EXPECT_NE(log_lines()[1].find("invalid"), std::string::npos);
  ASSERT_EQ(pbx->actions.size(), 1u);
  EXPECT_NE(pbx->actions[0].bytes.find("Variable: A=1\r\n"), std::string::npos)
      << pbx->actions[0].bytes;
}

TEST_F(tasks, what_time_it_is_the_app_s_clock_says) {
  run_app(R"(
    local log, timer = require "calluna.log", require "calluna.timer"
    timer.after(90 * 60, function()
      log.info("%d %s %s", os.time(), os.date("!%H:%M"), os.date("!%Y", 0))
      log.info("%d", os.time { year = 1970, month = 1, day = 2, hour = 12 } - os.time { year = 1970, month = 1, day = 1, hour = 12 })
    end))");
  advance(90 * 60);
  EXPECT_THAT(log_lines(), testing::ElementsAre("info 5400 01:30 1970", "info 86400"));
}

TEST_F(tasks, waiting_for_an_event_ends_with_it_or_with_the_deadline) {
  run_app(R"(
    local ami, log, task = require "calluna.ami", require "calluna.log", require "calluna.task"
    return { start = function()
      task.spawn(function()
        local ev = ami.wait("Hangup", { Uniqueid = "7" }, 5)
        log.info("got %s", ev.Cause)
        local ev, err = ami.wait("Hangup", nil, 5)
        log.info(err.kind)
      end)
    end })");
  ami_event("Event: Hangup\r\nUniqueid: 6\r\nCause: 1\r\n");
  ami_event("Event: Hangup\r\nUniqueid: 7\r\nCause: 16\r\n");
  EXPECT_EQ(last_log(), "info got 16");
  advance(5);
  EXPECT_EQ(last_log(), "info timeout");
  EXPECT_TRUE(ami_wanted.empty());
}

}  // namespace
}  // namespace calluna::bindings
