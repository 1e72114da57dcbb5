-- Supervisors listen to, whisper to or join the calls of their own queues' agents.
-- dialplan:  exten => _*8[123]XXX,1,Stasis(supervisor,${EXTEN:2:1},${EXTEN:3})
local app_queue, ari, calls = require "calluna.app_queue", require "calluna.ari", require "calluna.calls"
local log, timer, users = require "calluna.log", require "calluna.timer", require "calluna.users"

local settings -- set by `start`
local modes = { ["1"] = "listen", ["2"] = "whisper", ["3"] = "barge" }

-- Whether `agent` is a member of a queue that `boss` supervises.
local function supervises(boss, agent)
  for _, name in ipairs(settings.supervisors[boss.id] or {}) do
    local q, err = app_queue.get(name)
    if not q then log.warning("%s: %s", name, err.message) end
    for interface in pairs(q and q.members or {}) do
      local member = users.by_channel(interface, q.pbx)
      if member and member.id == agent.id then return true end
    end
  end
  return false
end

-- The call in which they talk, and their leg of it.
local function talk_of(agent)
  for _, call in ipairs(calls.active { user = agent }) do
    for _, leg in ipairs(call.legs) do
      if leg.answered_at and not leg.ended_at and leg.user and leg.user.id == agent.id then return call, leg end
    end
  end
end

local function refuse(ch, text, ...)
  log.warning(text, ...)
  ch:hangup { reason = "rejected" }
end

ari.app("supervisor", function(ch)
  local mode, extension = modes[ch.args[1]], ch.args[2] or ""
  local boss = users.by_channel(ch.name, ch.pbx)          -- the phone itself, not the number it shows
  if not mode or not boss then return refuse(ch, "%s is no supervisor", ch.name) end
  local agent = users.by_exten(extension, ch.pbx)
  if not agent or not supervises(boss, agent) then
    return refuse(ch, "%s may not %s to %s", boss.name, mode, agent and agent.name or extension)
  end
  local call, leg = talk_of(agent)
  if not call then return refuse(ch, "%s talks to nobody", agent.name) end

  ch:hangup()                                             -- the phone rings again, and is led to the talk
  timer.after(0, function()                               -- this call's own task ends with it
    local spy, why = call:spy { leg = leg, user = boss, mode = mode, auto_answer = true }
    if not spy then return log.warning("%s: %s", boss.name, why.message) end
    log.info("%s: %s begins to %s to %s", call.id, boss.name, mode, agent.name)
    spy:wait_end()
    log.info("%s: %s ends", call.id, boss.name)
  end)
end)

return {
  config = {
    supervisors = { type = "table", default = {}, help = "who supervises which queues: { anna = { \"support\" } }" },
  },

  start = function(config) settings = config end,
}
