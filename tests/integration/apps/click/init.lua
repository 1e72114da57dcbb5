-- Clicks as the test tells it by UserEvent(Click): its headers are the options. What became of each stands in the log:
-- "<id>: answered" or "<id>: <kind> <side>"; and of each call at its end "ended <id> <status> <to> <user's endpoint>".
local ami, calls, log = require "calluna.ami", require "calluna.calls", require "calluna.log"

local decided = 0

local function list(text)
  local devices = {}
  for one in (text or ""):gmatch "[^ ]+" do devices[#devices + 1] = one end
  return devices[1] and devices or nil
end

ami.on("UserEvent", { UserEvent = "Click" }, function(ev)
  local auto = ev.AutoAnswer
  if auto == "true" then auto = true end
  local call, err = calls.click {
    user = ev.User, devices = list(ev.Devices), to = ev.To, context = ev.Context, callerid = ev.Shown,
    outbound_callerid = ev.Own, auto_answer = auto, ring_timeout = tonumber(ev.RingTimeout or 10),
    timeout = tonumber(ev.Timeout or 10), id = ev.Id, dtmf_after_answer = ev.Digits,
  }
  decided = decided + 1 -- equal lines are logged once
  if call then log.info("%s: answered (%d)", ev.Id, decided) else log.info("%s: %s %s", ev.Id, err.kind, tostring(err.side)) end
end)

calls.on("ended", function(call)
  local user
  for _, leg in ipairs(call.legs) do
    if leg.role == "user" and leg.answered_at then user = leg.endpoint end
  end
  log.info("ended %s %s %s", tostring(call.click_id), call.status, tostring(user))
end)
