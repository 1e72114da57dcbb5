#include "call_fixture.hpp"

namespace calluna::bindings {
namespace {

using ari::http_method;

class ari_verbs : public call_test {
 protected:
  /// The body of a call's function; `say(...)` logs its arguments, errors by their kind.
  void run(std::string const& body) {
    run_app(R"(
      local ari, log, task = require "calluna.ari", require "calluna.log", require "calluna.task"
      local function say(...)
        local words = {}
        for i = 1, select("#", ...) do
          local v = select(i, ...)
          words[i] = type(v) == "table" and v.kind or tostring(v)
        end
        log.info(table.concat(words, " "))
      end
      ari.app("x", function(ch) )" +
            body + R"( end))");
    call("c1");
  }
  std::string playback() const {
    for (auto r = pbx->requests.rbegin(); r != pbx->requests.rend(); ++r)
      if (r->path.find("/play/") != std::string::npos)
        return r->path.substr(r->path.rfind('/') + 1);
    return "";
  }
  void expect_said(std::string const& text) { EXPECT_EQ(last_log(), "info " + text); }
};

TEST_F(ari_verbs, play_waits_for_the_end) {
  run("say(ch:play { 'hello', 'number:12' })");
  EXPECT_EQ(query(*last_request("/play/"), "media"), "sound:hello,number:12");
  EXPECT_TRUE(log_lines().empty());
  playback_finished(playback());
  expect_said("true nil");
  EXPECT_EQ(hung_up().size(), 1u);
}

TEST_F(ari_verbs, play_of_a_missing_sound_is_an_error) {
  run("say(ch:play 'nope')");
  playback_finished(playback(), "failed");
  expect_said("nil invalid");
}

TEST_F(ari_verbs, play_ends_with_the_call) {
  run("say(ch:play 'hello')");
  hang_up("c1");
  expect_said("nil gone");
}

TEST_F(ari_verbs, play_ends_with_its_deadline) {
  run("say(ch:play('hello', { timeout = 5 })) ch:play 'next'");
  auto const first = playback();
  advance(5);
  expect_said("nil timeout");
  EXPECT_EQ(asked(http_method::del, "playbacks/"), std::vector<std::string>{first});
}

TEST_F(ari_verbs, an_end_told_before_the_answer_is_not_missed) {
  refuse_after = [this](int, ari::request const& r) -> std::optional<error> {
    if (r.path.find("/play/") == std::string::npos) return std::nullopt;
    auto const id = r.path.substr(r.path.rfind('/') + 1);
    auto owner = std::make_shared<std::string>(
        event("PlaybackFinished", {{"playback", {{"id", id}, {"state", "done"}}}}).dump());
    ari::event_view view;
    EXPECT_TRUE(ari::scan_event(*owner, view));
    app_->deliver(0, owner, std::vector{view});
    return std::nullopt;
  };
  run("say(ch:play 'hello')");
  expect_said("true nil");
}

TEST_F(ari_verbs, a_digit_interrupts_a_playback) {
  run("say(ch:play('menu', { interrupt = '12' })) say(ch:play('menu', { interrupt = 'any' }))");
  press("c1", "3");
  EXPECT_TRUE(asked(http_method::del, "playbacks/").empty());
  press("c1", "2");
  EXPECT_EQ(asked(http_method::del, "playbacks/"), std::vector<std::string>{playback()});
  playback_finished(playback());
  expect_said("true 2");
  press("c1", "*");
  playback_finished(playback(), "failed");
  expect_said("true *");
}

TEST_F(ari_verbs, another_task_may_stop_a_playback) {
  run("task.spawn(function() task.sleep(1) say(ch:stop()) end) say(ch:play 'long')");
  advance(1);
  EXPECT_EQ(asked(http_method::del, "playbacks/"), std::vector<std::string>{playback()});
  playback_finished(playback());
  expect_said("true nil");
}

TEST_F(ari_verbs, say_names_what_it_says) {
  run("ch:say(12) ch:say('4711', { as = 'digits' }) ch:say('ab')");
  EXPECT_EQ(query(*last_request("/play/"), "media"), "number:12");
  playback_finished(playback());
  EXPECT_EQ(query(*last_request("/play/"), "media"), "digits:4711");
  playback_finished(playback());
  EXPECT_EQ(query(*last_request("/play/"), "media"), "characters:ab");
}

TEST_F(ari_verbs, ask_collects_digits_until_the_terminator) {
  run("say(ch:ask { play = 'pin' })");
  playback_finished(playback());
  press("c1", "12");
  EXPECT_TRUE(log_lines().empty());
  press("c1", "#");
  expect_said("12 nil");
}

TEST_F(ari_verbs, ask_takes_digits_keyed_into_the_prompt) {
  run("say(ch:ask { play = 'pin', digits = 4 })");
  press("c1", "1");
  EXPECT_EQ(asked(http_method::del, "playbacks/"), std::vector<std::string>{playback()});
  press("c1", "23");
  playback_finished(playback());
  press("c1", "4");
  expect_said("1234 nil");
}

TEST_F(ari_verbs, ask_gives_what_came_when_time_runs_out) {
  run("say(ch:ask { timeout = 3, first_timeout = 10 }) say(ch:ask { first_timeout = 10 })");
  advance(9);
  press("c1", "7");
  advance(2.9);
  EXPECT_TRUE(log_lines().empty());
  advance(0.2);
  expect_said("7 nil");
  advance(10);
  expect_said("nil timeout");
}

TEST_F(ari_verbs, ask_ends_with_the_call_at_every_stage) {
  for (int stage = 0; stage < 3; ++stage) {
    run("say(ch:ask { play = 'pin', digits = 4 })");
    if (stage > 0) playback_finished(playback());
    if (stage > 1) press("c1", "1");
    hang_up("c1");
    expect_said("nil gone");
    app_->kill();
  }
}

TEST_F(ari_verbs, wait_digit_gives_the_next_one) {
  run("say(ch:wait_digit(5)) say(ch:wait_digit(5))");
  press("c1", "*");
  expect_said("* nil");
  advance(5);
  expect_said("nil timeout");
}

TEST_F(ari_verbs, record_gives_the_recording) {
  run("local r, err = ch:record { name = 'vm-1', max_seconds = 60, terminate_on = '#', beep = true "
      "} say(r and r.duration, err)");
  auto const* r = last_request("/record");
  ASSERT_NE(r, nullptr);
  EXPECT_EQ(query(*r, "maxDurationSeconds"), "60");
  EXPECT_EQ(query(*r, "format"), "wav");
  ari_event(event("RecordingFinished", {{"recording",
                                         {{"name", "vm-1"},
                                          {"format", "wav"},
                                          {"duration", 7},
                                          {"state", "done"},
                                          {"target_uri", "channel:c1"}}}}));
  expect_said("7 nil");
}

TEST_F(ari_verbs, a_failed_recording_is_an_error) {
  run("say(ch:record { name = 'vm-1' })");
  ari_event(event("RecordingFailed",
                  {{"recording", {{"name", "vm-1"}, {"state", "failed"}, {"cause", "no space"}}}}));
  expect_said("nil invalid");
}

TEST_F(ari_verbs, variables_are_set_and_read) {
  pbx->on_request = [this](ari::request const& r) -> result<ari::response> {
    if (r.method != http_method::get) return answer(r);
    if (query(r, "variable") == "A") return ari::response{200, R"({"value":"7"})"};
    return status(404, "Provided variable was not found");
  };
  run("say(ch:set_variable('A', 7), ch:get_variable('A'), ch:get_variable('B'), "
      "ch:set_callerid_name('Ann'))");
  expect_said("true 7 nil true");
  EXPECT_EQ(query(*last_request("/variable"), "variable"), "CALLERID(name)");
}

TEST_F(ari_verbs, a_channel_not_found_is_the_end_of_the_handle) {
  run("task.spawn(function() say(task.sleep(1)) say(ch:answer()) say(ch:hangup()) end) "
      "say(ch:wait_end())");
  channels.clear();
  advance(1);
  ASSERT_EQ(log_lines().size(), 4u);
  EXPECT_EQ(log_lines()[1], "info nil gone");  // answer
  EXPECT_EQ(log_lines()[2], "info nil gone");  // hangup
  EXPECT_EQ(log_lines()[3], "info true nil");  // the wait for the end
  EXPECT_TRUE(hung_up().empty());
}

TEST_F(ari_verbs, events_reach_handlers_and_waits) {
  run(R"(
    local off = ch:on("ChannelDtmfReceived", function(ev) say("key", ev.digit) end)
    local ev = ch:wait("ChannelHold", 5)
    say("held", ev.musicclass)
    off()
    say(ch:wait("ChannelUnhold", 5))
  )");
  press("c1", "1");
  expect_said("key 1");
  tell("ChannelHold", "c1", {{"musicclass", "jazz"}});
  expect_said("held jazz");
  press("c1", "2");
  expect_said("held jazz");
  advance(5);
  expect_said("nil timeout");
}

TEST_F(ari_verbs, the_handle_shows_the_channel_as_it_is) {
  run("ch:answer() task.sleep(1) say(ch.state, ch.caller.number, ch.language, ch.dialplan.context, "
      "tostring(ch.nothing))");
  tell("ChannelStateChange", "c1", {}, "Up");
  advance(1);
  expect_said("Up +14155550101 en from-trunk nil");
}

TEST_F(ari_verbs, every_operation_is_a_function_and_a_method) {
  run_app(R"(
    local ari, log = require "calluna.ari", require "calluna.log"
    local list = require "calluna.ari_operations"
    local n, missing = 0, {}
    for _, o in ipairs(list.operations) do
      if not o.upgrade then
        n = n + 1
        if type(ari[o.resource][o.name]) ~= "function" then missing[#missing + 1] = o.operation end
      end
    end
    log.info("%d %s", n, table.concat(missing, " "))
    return { start = function()
      local task = require "calluna.task"
      task.spawn(function()
        log.info("%s", tostring(ari.asterisk.reload_module { module_name = "res_ari.so" }))
        local br = ari.bridges.create { type = "mixing" }
        log.info("%s %s", br.id, br.bridge_type)
        br:add("c9")
        br:destroy()
        local ok, err = br:add("c9")
        log.info(err.kind)
      end)
    end })");
  ASSERT_EQ(log_lines().size(), 4u);
  EXPECT_EQ(log_lines()[0], "info 108 ");
  EXPECT_EQ(log_lines()[1], "info true");
  EXPECT_EQ(log_lines()[2], "info calluna-1-br1 mixing");
  EXPECT_EQ(log_lines()[3], "info gone");
}

TEST_F(ari_verbs, an_originated_channel_is_heard_from_the_start) {
  run_app(R"(
    local ari, log, task = require "calluna.ari", require "calluna.log", require "calluna.task"
    ari.app("x", function(ch) log.info("app %s", ch.id) end)
    return { start = function()
      task.spawn(function()
        local ch = ari.channels.originate { endpoint = "PJSIP/1", app = "x", caller_id = "7" }
        log.info(tostring(ch))
        local ev = ch:wait("StasisStart", 20)
        log.info("up %s", ch.state)
        log.info("%s", tostring(ch:wait_end()))
      end)
    end })");
  EXPECT_EQ(last_log(), "info channel calluna-1-ch1");
  pick_up("calluna-1-ch1");
  EXPECT_EQ(last_log(), "info up Up");
  hang_up("calluna-1-ch1");
  EXPECT_EQ(last_log(), "info true");
}

TEST_F(ari_verbs, a_parked_call_is_small) {
  run_app(R"(
    local ari, task = require "calluna.ari", require "calluna.task"
    ari.app("x", function(ch) ch:answer() ch:wait_end() end))");
  call("c0");
  lua_gc(app_->lua(), LUA_GCCOLLECT, 0);
  lua_gc(app_->lua(), LUA_GCCOLLECT, 0);
  auto const before =
      lua_gc(app_->lua(), LUA_GCCOUNT, 0) * 1024 + lua_gc(app_->lua(), LUA_GCCOUNTB, 0);
  int const calls = 1000;
  for (int i = 1; i <= calls; ++i) call("c" + std::to_string(i));
  lua_gc(app_->lua(), LUA_GCCOLLECT, 0);
  lua_gc(app_->lua(), LUA_GCCOLLECT, 0);
  auto const after =
      lua_gc(app_->lua(), LUA_GCCOUNT, 0) * 1024 + lua_gc(app_->lua(), LUA_GCCOUNTB, 0);
  auto const each = (after - before) / calls;
  RecordProperty("bytes_per_call", each);
  std::printf("a parked call: %d bytes of Lua\n", each);
  EXPECT_LE(each, 2048);
  for (int i = 0; i <= calls; ++i) hang_up("c" + std::to_string(i));
  lua_gc(app_->lua(), LUA_GCCOLLECT, 0);
  lua_gc(app_->lua(), LUA_GCCOLLECT, 0);
  auto const left =
      lua_gc(app_->lua(), LUA_GCCOUNT, 0) * 1024 + lua_gc(app_->lua(), LUA_GCCOUNTB, 0);
  std::printf("after the last one: %d bytes more than before the first\n", left - before);
  EXPECT_EQ(app_->count().waiting, 0u);
  EXPECT_LT(left - before, 200 * 1024);
}

}  // namespace
}  // namespace calluna::bindings
