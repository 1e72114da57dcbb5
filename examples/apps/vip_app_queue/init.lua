-- Partners tagged VIP go first in a queue of Asterisk's own.
-- dialplan:  exten => 100,1,Stasis(vip-app-queue)
--             same => n,Queue(support,t,,,600)
local app_queue, ari, log = require "calluna.app_queue", require "calluna.ari", require "calluna.log"
local partners = require "calluna.partners"

local settings -- set by `start`

ari.app("vip-app-queue", function(ch)
  local who = partners.lookup(ch.caller.number)          -- in memory: never waits
  local vip = who and who.tags.VIP                       -- the tag itself: "NOVIP" is another one
  log.info("%s: %s%s", ch.caller.number, who and who.display_name or "unknown", vip and ", VIP" or "")
  ch:set_callerid_name(who and who.display_name or ch.caller.number)
  if vip then ch:set_variable("QUEUE_PRIO", settings.vip_priority) end  -- what Queue() goes by
  ch:continue_in_dialplan(settings.place)
end)                                                     -- script broken: on to Queue(), in ordinary order

app_queue.on("connected", function(info)
  log.info("%s talks to %s after %d s", info.caller.number, info.member and info.member.name or "?", info.waited)
end)

app_queue.on("abandoned", function(info)
  log.info("%s gave up %s after %d s; %d wait", info.caller.number, info.queue.name, info.waited, info.queue.calls - 1)
end)

return {
  config = {
    vip_priority = { type = "number", default = 10, min = 1, help = "others have 0" },
    place = { type = "table", help = "context and extension of Queue(); without it the step after Stasis()" },
  },

  start = function(config) settings = config end,
}
