-- Tells what it hears of calls, for tests to read in the log.
local calls, json, log = require "calluna.calls", require "calluna.json", require "calluna.log"

calls.on({
  "started", "ringing", "answered", "held", "resumed", "transferred", "queued", "dequeued", "parked", "unparked",
  "recording", "merged",
}, function(call, leg, event)
  log.info("%s %s %s %s%s", event.name, call.id, call.status, leg and leg.endpoint or "-",
    event.synthetic and " synthetic" or "")
end)

calls.on("answered", function(call)
  local _, err = call:wait("parked", false)
  if err then log.info("wait of %s: %s", call.id, err.kind) end
end)

calls.on("ended", function(call, _, event)
  log.info("ended %s %s%s", call.id, json.encode(call:summary()), event.synthetic and " synthetic" or "")
end)

calls.on("gap", function(_, _, event) log.info("gap of %s: %.3f s", event.pbx, event.at - event.from) end)

return {
  start = function()
    local ids = {}
    for _, call in ipairs(calls.active()) do ids[#ids + 1] = call.id end
    log.info("starts with %d calls: %s", #ids, table.concat(ids, " "))
  end,
}
