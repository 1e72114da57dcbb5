-- AMI as an app uses it: events with a filter, actions, lists, refusals, Originate. The log tells what came of each.
local ami, log = require "calluna.ami", require "calluna.log"
local task, timer = require "calluna.task", require "calluna.timer"

local function tell(what, value, err)
  log.info("%s: %s", what, value and tostring(value) or (err.kind .. ": " .. err.message))
end

ami.on("UserEvent", { UserEvent = "LabTick" }, function(ev) log.info("tick %s on %s", ev.n, ev.pbx) end)
ami.on({ "UserEvent" }, { UserEvent = "LabTock", n = "2" }, function(ev) log.info("tock %s", ev.n) end)

-- Each round is asked for by an event, so that the runtime is ready by then.
local rounds = {}

function rounds.actions()
  local pong, err = ami.action { Action = "Ping" }
  tell("ping", pong and pong.Ping, err)
  local list, why = ami.list { Action = "PJSIPShowEndpoints" }
  tell("endpoints", list and #list, why)
  local answer, problem = ami.action { Action = "Command", Command = "core show version" }
  tell("command", answer and answer.Output, problem)
  tell("nonsense", ami.action { Action = "NoSuchAction" })
end

function rounds.injection()
  for _, value in ipairs { "x\r\nAction: Originate", "x\ny", "x\ry", "x\0y" } do
    tell("injection", ami.action { Action = "UserEvent", UserEvent = "LabInjected", Value = value })
  end
  tell("injection", ami.action { Action = "UserEvent", UserEvent = "LabInjected", ["Key\r\nAction"] = "x" })
  tell("afterwards", ami.action { Action = "UserEvent", UserEvent = "LabAfterwards" })
end

function rounds.originate()
  local watcher = task.spawn(function()
    local ev, err = ami.wait("OriginateResponse", nil, 10)
    tell("originated", ev and ev.Response, err)
  end)
  tell("originate", ami.action {
    Action = "Originate", Channel = "Local/hang@load", Context = "load", Exten = "congestion", Priority = "1",
    Async = "true",
    Variable = { LAB_ONE = "1", LAB_TWO = "two words" },
  })
  watcher:wait()
end

function rounds.narrow()
  local up, why
  repeat -- an account without system events is only known to be up after two seconds
    up, why = ami.action { Action = "Ping" }
    if not up then task.sleep(0.1) end
  until up or why.kind ~= "offline"
  tell("narrow", ami.action { Action = "Command", Command = "core show version" })
  tell("narrow list", ami.list { Action = "CoreShowChannels" })
end

return {
  config = { round = { type = "string", default = "" } },
  start = function(config)
    ami.on("UserEvent", { UserEvent = "LabRound" }, function(ev) rounds[ev.Round]() end)
    if config.round ~= "" then
      -- For an account that sees no UserEvent.
      timer.after(0, function() rounds[config.round]() end)
    end
  end,
}
