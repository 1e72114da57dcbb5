-- A support queue in which partners tagged VIP go first.
-- dialplan:  exten => 100,1,Stasis(vip-queue)
local ari, log = require "calluna.ari", require "calluna.log"
local calls = require "calluna.calls"
local partners, queue = require "calluna.partners", require "calluna.queue"

local settings, support -- set by `start`

ari.app("vip-queue", function(ch)                        -- one task per call; ends when the caller hangs up
  local who = partners.lookup(ch.caller.number)          -- in memory: never waits
  local vip = who and who.tags.VIP                       -- the tag itself: "NOVIP" is another one
  log.info("%s: %s%s", ch.caller.number, who and who.display_name or "unknown", vip and ", VIP" or "")
  ch:set_callerid_name(who and who.display_name or ch.caller.number)
  ch:answer()
  if settings.greeting then ch:play(settings.greeting) end

  local talk, why = support:enter(ch, {
    priority = vip and 10 or 0,
    max_wait = vip and settings.vip_max_wait or settings.max_wait,
  })
  if talk then
    log.info("%s talks to %s after %.0f s", ch.caller.number, talk.agent, talk.waited)
    return talk:wait_end()
  end
  if why.kind == "gone" then return end                  -- the caller gave up: counted as abandoned
  ch:continue_in_dialplan { context = settings.overflow_context, extension = settings.overflow_extension }
end, { fallback = "fallback,s,1" })                      -- script broken: the caller goes back to the dialplan

return {
  config = {
    members = { type = "table", default = { "PJSIP/101", "PJSIP/102" }, help = "the agents' endpoints" },
    strategy = {
      type = "string", default = "least_recent", one_of = { "least_recent", "round_robin", "ring_all", "random" },
    },
    max_wait = { type = "number", default = 180, min = 1, help = "seconds until an ordinary caller is sent on" },
    vip_max_wait = { type = "number", default = 600, min = 1 },
    wrap_up = { type = "number", default = 5, min = 0, help = "seconds an agent has after each talk" },
    ring_timeout = { type = "number", default = 15, min = 1, help = "seconds a phone rings before another is tried" },
    moh = { type = "string", default = "default", help = "music on hold class" },
    greeting = { type = "string", help = "played to each caller first, e.g. hello-world" },
    announce_every = { type = "number", default = 0, min = 0, help = "seconds from one position to the next; 0: none" },
    overflow_context = { type = "string", default = "voicemail" },
    overflow_extension = { type = "string", default = "support" },
  },

  start = function(config)
    settings = config
    support = queue.new("support", {
      members = config.members, strategy = config.strategy, moh = config.moh, wrap_up = config.wrap_up,
      ring_timeout = config.ring_timeout, skip_busy = true,  -- who is in a call of their own is not rung
      announce_position = config.announce_every > 0, announce_every = math.max(config.announce_every, 1),
    })
    support:on("abandoned", function(info) log.info("%s hung up after %.0f s", info.channel.id, info.waited) end)
    calls.on("ended", { direction = "in" }, function(call)  -- the whole conversation, also if it was transferred
      log.info("%s: %s, talked %.0f s with %s", call.remote_number or "anonymous", call.status, call.talk_seconds,
        call.user and call.user.name or call.answered_by or "nobody")
    end)
  end,
}
