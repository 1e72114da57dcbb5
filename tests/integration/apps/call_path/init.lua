-- One Stasis application for each step of a call. What became of it stands in the log: "<step>: <outcome>".
local ari, log = require "calluna.ari", require "calluna.log"
local queue = require "calluna.queue"

local support

local function tell(step, ok, err) log.info("%s: %s", step, ok and tostring(ok) or err.kind) end

-- Calls fn for each call, and tells that the call has ended.
local function app(name, fn)
  ari.app(name, function(ch)
    ch:finally(function() log.info("%s: ended", name) end)
    fn(ch)
  end, { fallback = "fallback,s,1" })
end

app("t-answer", function(ch)
  tell("answer", ch:answer())
  tell("wait_end", ch:wait_end())
end)

app("t-hangup", function(ch)
  ch:answer()
  tell("hangup", ch:hangup())
end)

app("t-reject", function(ch) tell("reject", ch:hangup { reason = "busy" }) end)

app("t-play", function(ch)
  ch:answer()
  tell("play", ch:play("hello-world"))
  tell("say", ch:say(12))
end)

app("t-play-long", function(ch)
  ch:answer()
  log.info("playing")
  tell("play", ch:play("tone:ring"))
end)

-- Rings phone 101.
local function dial(ch)
  log.info("dialing")
  local leg, err = ch:dial("PJSIP/101", { timeout = 2 })
  tell("dial", leg and "answered", err)
  return leg
end

app("t-dial", function(ch)
  local leg = dial(ch)
  if leg then tell("ended by", leg:wait_end()) end
end)

app("t-dial-answered", function(ch)
  ch:answer()
  local leg = dial(ch)
  if leg then tell("ended by", leg:wait_end()) end
end)

app("t-dial-both", function(ch)
  local leg, err = ch:dial({ "PJSIP/101", "PJSIP/102" }, { timeout = 5 })
  tell("dial", leg and leg.endpoint, err)
  if leg then tell("ended by", leg:wait_end()) end
end)

app("t-dial-offline", function(ch)
  local leg, err = ch:dial("PJSIP/nosuchphone")
  tell("dial", leg and "answered", err)
end)

app("t-keep", function(ch)
  ch:answer()
  local leg = dial(ch)
  if not leg then return end
  tell("ended by", leg:wait_end { keep_caller = true })
  tell("play", ch:play("hello-world"))
end)

app("t-ask", function(ch)
  ch:answer()
  local digits, err = ch:ask { digits = 4, play = "hello-world" }
  tell("ask", digits, err)
end)

app("t-ask-nothing", function(ch)
  ch:answer()
  local digits, err = ch:ask { digits = 4, first_timeout = 0.5 }
  tell("ask", digits, err)
end)

app("t-record", function(ch)
  ch:answer()
  local recording, err = ch:record { name = "calluna-" .. ch.id, max_seconds = 1, if_exists = "overwrite" }
  tell("record", recording and recording.duration, err)
end)

app("t-continue", function(ch)
  tell("set_variable", ch:set_variable("LAB_EXTEN", "set by the script"))
  tell("get_variable", ch:get_variable("LAB_EXTEN"))
  tell("continue", ch:continue_in_dialplan { context = "fallback", extension = "s", priority = 1 })
end)

app("t-error", function(ch)
  ch:answer()
  error("a mistake in the script")
end)

app("t-bridge", function(ch)
  ch:answer()
  local bridge = assert(ari.bridges.create { type = "mixing" })
  tell("add", bridge:add(ch))
  tell("play", bridge:play("hello-world"))
  tell("remove", bridge:remove(ch))
  tell("destroy", bridge:destroy())
end)

app("t-queue", function(ch)
  local talk, err = support:enter(ch, { max_wait = 20 })
  tell("queue", talk and talk.agent, err)
  if talk then tell("ended by", talk:wait_end()) end
end)

return {
  start = function()
    support = queue.new("support", { members = { "PJSIP/101" }, ring_timeout = 2, retry = 30 })
    support:on("abandoned", function() log.info("abandoned") end)
    support:on("missed", function(info) log.info("missed: %s", info.kind) end)
  end,
}
