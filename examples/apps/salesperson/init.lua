-- A known caller's own salesperson first, on all their phones, unless they are in a call; then the sales queue.
-- dialplan:  exten => 200,1,Stasis(to-salesperson)
local ari, log = require "calluna.ari", require "calluna.log"
local partners, queue = require "calluna.partners", require "calluna.queue"
require "calluna.calls"                                  -- who is in a call: `available`, `skip_busy`

local settings, sales -- set by `start`

-- One of several whom the number could be of: they are served by the same salesperson, or by nobody in particular.
local function of_one_salesperson(candidates)
  local first = candidates[1].salesperson
  for _, one in ipairs(candidates) do
    local theirs = one.salesperson
    if not first or not theirs or theirs.user ~= first.user then return nil end
  end
  return candidates[1]
end

-- True if the call is over: they have talked, or the caller has hung up.
local function try_salesperson(ch, who)
  local rep = who and who.salesperson
  if not rep or #rep.endpoints == 0 then return false end
  if rep.available == false then                         -- a phone of theirs rings or talks, in whatever call
    log.info("%s: salesperson %s is in a call", who.display_name, rep.name)
    ch:set_variable("SALES_MISS", "busy")
    return false
  end
  local leg, why = ch:dial(rep.endpoints, { timeout = settings.ring_timeout, callerid = who.display_name })
  if leg then                                            -- the first phone to be picked up
    log.info("%s talks to their salesperson %s", who.display_name, rep.name)
    leg:wait_end()
    return true
  end
  if why.kind == "gone" then return true end             -- the caller gave up
  log.info("%s: salesperson %s: %s", who.display_name, rep.name, why.kind)
  ch:set_variable("SALES_MISS", why.kind)                -- busy | noanswer | offline | congestion
  return false
end

ari.app("to-salesperson", function(ch)
  local who, why = partners.lookup(ch.caller.number, { consolidate = of_one_salesperson })
  if why then log.warning("%s", why.message) end         -- several, of different salespeople: the queue
  ch:set_callerid_name(who and who.display_name or ch.caller.number)
  if try_salesperson(ch, who) then return end

  ch:answer()
  local talk, reason = sales:enter(ch, { max_wait = settings.max_wait })
  if talk then return talk:wait_end() end
  if reason.kind == "gone" then return end
  ch:continue_in_dialplan { context = settings.overflow_context, extension = settings.overflow_extension }
end, { fallback = "fallback,s,1" })

return {
  config = {
    ring_timeout = { type = "number", default = 20, min = 1, help = "seconds the salesperson's phones ring" },
    members = { type = "table", default = { "PJSIP/101", "PJSIP/102" }, help = "the sales queue's endpoints" },
    strategy = {
      type = "string", default = "least_recent", one_of = { "least_recent", "round_robin", "ring_all", "random" },
    },
    max_wait = { type = "number", default = 180, min = 1, help = "seconds in the queue until a caller is sent on" },
    moh = { type = "string", default = "default", help = "music on hold class" },
    overflow_context = { type = "string", default = "voicemail" },
    overflow_extension = { type = "string", default = "sales" },
  },

  start = function(config)
    settings = config
    sales = queue.new("sales", {
      members = config.members, strategy = config.strategy, moh = config.moh, skip_busy = true,
    })
  end,
}
