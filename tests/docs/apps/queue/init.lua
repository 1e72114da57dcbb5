-- What the examples of tests play: callers wait for PJSIP/101, VIPs go first.
local ari, log = require "calluna.ari", require "calluna.log"
local partners, queue = require "calluna.partners", require "calluna.queue"
local waiting = queue.new("support", { members = { "PJSIP/101" }, skip_busy = true })

ari.app("support", function(ch)
  local who = partners.lookup(ch.caller.number)
  ch:answer()
  local talk = waiting:enter(ch, { priority = who and who.tags.VIP and 10 or 0 })
  if not talk then return end
  log.info("%s talked", ch.caller.number)
  talk:wait_end()
end)
