-- Verbs on channels, as the test tells by UserEvent(Verb): which, on what channel, with what. What became of it stands in
-- the log: "<n> <verb>: <outcome>". Who enters app-verbs is connected with phone 101.
local ami, ari, log = require "calluna.ami", require "calluna.ari", require "calluna.log"
local calls = require "calluna.calls"
local verbs = require "calluna.channel_verbs"

local number = 0
local consulted, recording, spy

local function tell(verb, value, err)
  number = number + 1
  local said = value and (type(value) == "string" and value or "done") or err.kind .. " " .. err.message
  log.info("%d %s: %s", number, verb, said)
end

local steps = {}

function steps.hangup(channel, ev) return verbs.hangup(channel, { reason = ev.Reason }) end
function steps.transfer(channel, ev) return verbs.transfer(channel, { to = ev.To, context = ev.Where }) end
function steps.consult(channel, ev)
  local err
  consulted, err = verbs.transfer(channel, { to = ev.To, context = ev.Where, attended = true, timeout = 5 })
  return consulted, err
end
function steps.complete() return consulted:complete() end
function steps.cancel() return consulted:cancel() end
function steps.hold(channel) return verbs.hold(channel) end
function steps.resume(channel) return verbs.resume(channel) end
function steps.park(channel, ev) return verbs.park(channel, { lot = ev.Lot, parker = ev.Parker }) end
function steps.unpark(channel, ev) return verbs.unpark(channel, { space = ev.Space }, { device = ev.Device }) end
function steps.pickup(channel, ev) return verbs.pickup(channel, { device = ev.Device }) end
function steps.spy(channel, ev)
  local err
  spy, err = verbs.spy(channel, { device = ev.Device, mode = ev.Mode, auto_answer = "snom" })
  return spy, err
end
function steps.stop_spy() return spy:stop() end
function steps.record(channel, ev)
  local err
  recording, err = verbs.record(channel, { name = ev.File })
  return recording and recording.name, err
end
function steps.pause() return recording:pause() end
function steps.go_on() return recording:resume() end
function steps.stop() return recording:stop() end
function steps.play(channel, ev) return verbs.play(channel, ev.Media or "hello-world", { to = ev.To, timeout = 10 }) end
function steps.send_dtmf(channel, ev) return verbs.send_dtmf(channel, ev.Digits) end
function steps.set_variable(channel, ev) return verbs.set_variable(channel, ev.Name, ev.Text) end
function steps.dial(channel, ev) return verbs.dial(channel, ev.Device) end

-- The same by the call, which chooses the leg itself.
local by_call = {}

function by_call.spy(call, ev)
  local err
  spy, err = call:spy { device = ev.Device, mode = "whisper" }
  return spy, err
end
function by_call.record(call, ev)
  local err
  recording, err = call:record { name = ev.File }
  return recording and recording.name, err
end
function by_call.park(call) return call:park() end
function by_call.pickup(call, ev) return call:pickup { device = ev.Device } end
function by_call.transfer(call, ev) return call:transfer { to = ev.To } end
function by_call.set_variable(call, ev) return call:set_variable(ev.Name, ev.Text) end
function by_call.leg_hangup(call) return call.legs[2]:hangup() end
function by_call.hangup(call) return call:hangup() end

ami.on("UserEvent", { UserEvent = "CallVerb" }, function(ev)
  local call = calls.by_channel(ev.Id)
  if call then tell(ev.Verb, by_call[ev.Verb](call, ev)) else log.info("%s: there is no such call", ev.Verb) end
end)

ami.on("UserEvent", { UserEvent = "Verb" }, function(ev)
  local channel = { pbx = ev.pbx, channel = ev.Chan, id = ev.Id, stasis = ev.Led }
  tell(ev.Verb, steps[ev.Verb](channel, ev))
end)

ari.app("verbs", function(ch)
  local leg, err = ch:dial("PJSIP/101", { timeout = 10 })
  log.info("dial: %s", leg and "answered" or err.kind)
  if leg then log.info("ended by: %s", tostring((leg:wait_end()))) end
end, { fallback = "fallback,s,1" })
