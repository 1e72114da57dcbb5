-- The number a call comes from names what is done with it. What became of that stands in the log: "<step>: <outcome>".
local ari, log = require "calluna.ari", require "calluna.log"
local queue, task = require "calluna.queue", require "calluna.task"

local support
local steps = {}

local function tell(step, ok, err) log.info("%s: %s", step, ok and tostring(ok) or err.kind) end

ari.app("call-path", function(ch)
  ch:finally(function() log.info("ended") end)
  steps[ch.caller.number](ch)
end, { fallback = "fallback,s,1" })

function steps.answer(ch)
  tell("answer", ch:answer())
  tell("wait_end", ch:wait_end())
end

function steps.hangup(ch)
  ch:answer()
  tell("hangup", ch:hangup())
end

function steps.reject(ch) tell("reject", ch:hangup { reason = "busy" }) end

function steps.play(ch)
  ch:answer()
  tell("play", ch:play("hello-world"))
  tell("say", ch:say(12))
end

function steps.play_long(ch)
  ch:answer()
  log.info("playing")
  tell("play", ch:play("tone:ring"))
end

-- Rings phone 101.
local function dial(ch)
  log.info("dialing")
  local leg, err = ch:dial("PJSIP/101", { timeout = 2 })
  tell("dial", leg and "answered", err)
  return leg
end

function steps.dial(ch)
  local leg = dial(ch)
  if leg then tell("ended by", leg:wait_end()) end
end

function steps.dial_answered(ch)
  ch:answer()
  local leg = dial(ch)
  if leg then tell("ended by", leg:wait_end()) end
end

function steps.dial_both(ch)
  local leg, err = ch:dial({ "PJSIP/101", "PJSIP/102" }, { timeout = 5 })
  tell("dial", leg and leg.endpoint, err)
  if leg then tell("ended by", leg:wait_end()) end
end

function steps.dial_offline(ch)
  local leg, err = ch:dial("PJSIP/nosuchphone")
  tell("dial", leg and "answered", err)
end

function steps.keep(ch)
  ch:answer()
  local leg = dial(ch)
  if not leg then return end
  tell("ended by", leg:wait_end { keep_caller = true })
  tell("play", ch:play("hello-world"))
end

function steps.ask(ch)
  ch:answer()
  local digits, err = ch:ask { digits = 4, play = "hello-world" }
  tell("ask", digits, err)
end

function steps.ask_nothing(ch)
  ch:answer()
  local digits, err = ch:ask { digits = 4, first_timeout = 0.5 }
  tell("ask", digits, err)
end

function steps.record(ch)
  ch:answer()
  local recording, err = ch:record { name = "calluna-" .. ch.id, max_seconds = 2, if_exists = "overwrite" }
  tell("record", recording and recording.duration, err)
end

function steps.continue(ch)
  tell("set_variable", ch:set_variable("LAB_EXTEN", "set by the script"))
  local value -- Asterisk sets it soon, not at once
  for _ = 1, 100 do
    value = ch:get_variable("LAB_EXTEN")
    if value == "set by the script" then break end
    task.sleep(0.02)
  end
  tell("get_variable", value)
  tell("continue", ch:continue_in_dialplan { context = "fallback", extension = "s", priority = 1 })
end

function steps.error(ch)
  ch:answer()
  error("a mistake in the script")
end

function steps.bridge(ch)
  ch:answer()
  local bridge = assert(ari.bridges.create { type = "mixing" })
  tell("add", bridge:add(ch))
  tell("play", bridge:play("hello-world"))
  tell("remove", bridge:remove(ch))
  tell("destroy", bridge:destroy())
end

function steps.queue(ch)
  local talk, err = support:enter(ch, { max_wait = 20 })
  tell("queue", talk and talk.agent, err)
  if talk then tell("ended by", talk:wait_end()) end
end

return {
  start = function()
    support = queue.new("support", { members = { "PJSIP/101" }, ring_timeout = 2, retry = 30 })
    support:on("abandoned", function() log.info("abandoned") end)
    support:on("missed", function(info) log.info("missed: %s", info.kind) end)
  end,
}
