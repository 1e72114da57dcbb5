-- Calls that stay up, and a handler whose runs are counted.
local ami, ari, log = require "calluna.ami", require "calluna.ari", require "calluna.log"

local ticks = 0
ami.on("UserEvent", { UserEvent = "LabTick" }, function(ev)
  ticks = ticks + 1
  log.info("tick %s is number %d", ev.n, ticks)
end)

ari.app("t-hold", function(ch)
  ch:finally(function() log.info("ended: %s", ch.id) end)
  ch:answer()
  local digit, err = ch:wait_digit(false)
  log.info("wait: %s, %s", digit or err.kind, ch.id)
end)

-- Waits for no event of its own call, only for the answer of a request.
ari.app("t-play", function(ch)
  ch:answer()
  local ok, err = ch:play("tone:ring")
  log.info("play: %s, %s", ok and "true" or err.kind, ch.id)
end)
