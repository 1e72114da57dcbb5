#include "call_fixture.hpp"

namespace calluna::bindings {
namespace {

using ari::http_method;
class ari_app : public call_test {};

TEST_F(ari_app, a_call_runs_its_function_and_is_hung_up_at_the_end) {
  run_app(R"(
    local ari, log = require "calluna.ari", require "calluna.log"
    ari.app("x", function(ch)
      log.info("%s %s %s %d", ch.id, ch.caller.number, ch.args[1], #ch.args)
      ch:answer()
    end, { fallback = "fallback,s,1" }))");
  ASSERT_EQ(ari_served.size(), 1u);
  EXPECT_EQ(ari_served[0], (std::pair<std::string, std::string>{"x", "fallback,s,1"}));
  call("c1", "+14155550101", {"one"});
  EXPECT_EQ(last_log(), "info c1 +14155550101 one 1");
  ASSERT_EQ(pbx->requests.size(), 2u);
  EXPECT_EQ(pbx->requests[0].path, "channels/c1/answer");
  EXPECT_EQ(hung_up(), std::vector<std::string>{"c1"});
}

TEST_F(ari_app, a_call_handed_on_is_not_hung_up) {
  run_app(R"(
    local ari, log = require "calluna.ari", require "calluna.log"
    ari.app("x", function(ch)
      log.info("%s", tostring(ch:continue_in_dialplan { context = "voicemail", extension = "support" }))
    end))");
  call("c1");
  EXPECT_EQ(last_log(), "info true");
  ASSERT_EQ(pbx->requests.size(), 1u);
  EXPECT_EQ(query(pbx->requests[0], "context"), "voicemail");
  flush();
  call("c1");  // it comes back
  EXPECT_EQ(pbx->requests.size(), 2u);
}

TEST_F(ari_app, the_end_of_the_call_ends_its_waits) {
  run_app(R"(
    local ari, log, task = require "calluna.ari", require "calluna.log", require "calluna.task"
    ari.app("x", function(ch)
      local _, err = task.sleep(100)
      log.info(err.kind)
      local ok, why = ch:answer()
      log.info("%s %s", tostring(ok), why.kind)
    end))");
  call("c1");
  hang_up("c1");
  ASSERT_EQ(log_lines().size(), 2u);
  EXPECT_EQ(log_lines()[0], "info gone");
  EXPECT_EQ(log_lines()[1], "info nil gone");
  EXPECT_TRUE(pbx->requests.empty());
}

TEST_F(ari_app, misuse_is_raised_at_the_callers_line) {
  run_app(R"(
    local ari, log = require "calluna.ari", require "calluna.log"
    local function try(fn, ...) log.info("%s", (tostring(select(2, pcall(fn, ...))))) end
    ari.app("x", function(ch)
      try(function() ch:continue_in_dialplan { contxt = "a" } end)
      try(function() ch:dial("PJSIP/1", { time_out = 3 }) end)
      try(function() ch:play("hello", { interupt = "any" }) end)
      try(function() ch:ask { digit = 3 } end)
      try(function() ch:mute { direktion = "in" } end)
      try(function() ari.channels.originate { endpoint = "a", cntext = "b" } end)
      try(function() ch:on("ChannelDtmf", print) end)
      try(function() ch:dial {} end)
      try(function() ch:say("12", { as = "song" }) end)
      ch:hangup()
    end))");
  call("c1");
  ASSERT_EQ(log_lines().size(), 9u);
  for (std::size_t i = 0; i < 9; ++i)
    EXPECT_NE(log_lines()[i].find("init.lua:" + std::to_string(5 + i) + ": "), std::string::npos)
        << log_lines()[i];
  EXPECT_NE(log_lines()[4].find("did you mean 'direction'"), std::string::npos) << log_lines()[4];
}

}  // namespace
}  // namespace calluna::bindings
