-- Asterisk's own queues as a script sees them. A UserEvent LabSteer says what to do; the log tells every event.
local ami, app_queue, log = require "calluna.ami", require "calluna.app_queue", require "calluna.log"

local every_event = {
  "caller_joined", "caller_left", "abandoned", "connected", "completed", "ring_no_answer",
  "member_added", "member_removed", "member_paused", "member_penalty",
}

app_queue.on(every_event, function(info)
  log.info("event %s %s %s%s", info.event, info.caller and info.caller.number or "-",
    info.member and info.member.interface or "-", info.synthetic and " synthetic" or "")
end, { queue = "support-aq" })

app_queue.on({ "connected", "completed", "abandoned" }, function(info)
  log.info("%s: waited %s, talked %s, %s", info.event, tostring(info.waited), tostring(info.talk_seconds),
    tostring(info.reason))
end)

local function tell(what, value, err)
  log.info("%s: %s", what, value and tostring(value) or err.kind .. ": " .. err.message)
end

local function by_name(list)
  table.sort(list)
  return table.concat(list, " ")
end

local shown = 0 -- repeated lines of a log are only counted
local verbs = {}

function verbs.show(q)
  local members, callers = {}, {}
  for interface, m in pairs(q.members) do
    members[#members + 1] = ("%s%s%s%s"):format(interface, m.paused and "/paused:" .. (m.pause_reason or "") or "",
      m.penalty > 0 and "/" .. m.penalty or "", m.dynamic and "/dynamic" or "")
  end
  for i, c in ipairs(q.callers) do callers[i] = c.number .. "/" .. tostring(c.priority) end
  shown = shown + 1
  log.info("show %d: [%s] [%s] %s", shown, by_name(members), table.concat(callers, " "),
    q.stale and "stale" or "current")
end

function verbs.statistics(q)
  shown = shown + 1
  log.info("statistics %d: %d completed, %d abandoned, %s", shown, q.completed, q.abandoned, q.strategy)
end

function verbs.add(q, ev)
  tell("add", q:add(ev.Member, { penalty = tonumber(ev.Penalty), name = "Anna", paused = ev.Paused == "yes" }))
end

function verbs.remove(q, ev) tell("remove", q:remove(ev.Member)) end
function verbs.pause(q, ev) tell("pause", q:pause(ev.Member, ev.Reason)) end
function verbs.unpause(q, ev) tell("unpause", q:unpause(ev.Member)) end
function verbs.penalty(q, ev) tell("penalty", q:set_penalty(ev.Member, tonumber(ev.Penalty))) end
function verbs.ringinuse(q, ev)
  tell("ringinuse", q:set_ringinuse(ev.Member, true))
  log.info("rings in use: %s", tostring(q.members[ev.Member].ringinuse))
end

function verbs.pause_all(_, ev) tell("pause all", app_queue.pause(ev.Member, ev.Reason)) end
function verbs.unpause_all(_, ev) tell("unpause all", app_queue.unpause(ev.Member)) end

function verbs.priority(q, ev)
  for _, caller in ipairs(q.callers) do
    if caller.number == ev.Number then tell("priority", q:set_priority(caller, tonumber(ev.Priority))) end
  end
end

function verbs.missing()
  tell("queue", app_queue.get("nosuch"))
  local q = assert(app_queue.get("support-aq"))
  tell("caller", q:set_priority("PJSIP/nobody", 1))
end

ami.on("UserEvent", { UserEvent = "LabSteer" }, function(ev)
  local q = assert(app_queue.get("support-aq"))
  verbs[ev.Verb](q, ev)
end)
