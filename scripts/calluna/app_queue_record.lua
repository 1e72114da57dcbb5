--- What AMI says of a member, a caller, a queue, as an app reads it. The records live: their fields change as the PBX's
--- do. An app reads them only; a field that does not exist raises.
local native = ...
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local timers = native.timer

local record = {}

-- Asterisk's device states.
local status_words = {
  [0] = "unknown", "not_in_use", "in_use", "busy", "invalid", "unavailable", "ringing", "ring_in_use", "on_hold",
}

--- A metatable for records called `what` with these fields; those in `computed` are functions of the record. methods
--- (may be left out): what it can do.
function record.class(what, fields, computed, methods)
  methods = methods or {}
  local known = {}
  for name in fields:gmatch("%S+") do known[name] = true end
  for _, more in ipairs { computed, methods } do
    for name in pairs(more) do known[name] = true end
  end
  return {
    __index = function(self, key)
      local compute = computed[key]
      if compute then return compute(self) end
      if methods[key] then return methods[key] end
      if known[key] then return nil end
      local near = type(key) == "string" and options.suggest(key, known)
      misuse("%s has no field '%s'%s", what, tostring(key), near and (" (did you mean '%s'?)"):format(near) or "")
    end,
  }
end

local member_class = record.class("a queue's member", [[
  interface name state_interface dynamic penalty calls last_call_at last_pause_at in_call status paused pause_reason
  ringinuse wrap_up]], {})

local caller_class = record.class("a queue's caller", "channel uniqueid number name position priority since", {
  waited = function(self) return timers.now() - self.since end,
})

local function text(value) return value ~= "" and value or nil end

local function flag(value) return value ~= nil and value ~= "0" and value ~= "no" end

local function moment(value)
  value = tonumber(value)
  return value and value > 0 and value or nil
end

-- Unknown is "<unknown>" in events of channels, "unknown" in QueueEntry.
local function party(value) return (value == nil or value == "<unknown>" or value == "unknown") and "" or value end

--- Reads a member's fields from an event about it, or from an item of QueueStatus.
function record.member(ev)
  return setmetatable({
    interface = ev.Interface or ev.Location, name = ev.MemberName or ev.Name, state_interface = text(ev.StateInterface),
    dynamic = ev.Membership == "dynamic", penalty = tonumber(ev.Penalty), calls = tonumber(ev.CallsTaken),
    last_call_at = moment(ev.LastCall), last_pause_at = moment(ev.LastPause), in_call = flag(ev.InCall),
    status = status_words[tonumber(ev.Status)] or "unknown", paused = flag(ev.Paused),
    pause_reason = flag(ev.Paused) and text(ev.PausedReason) or nil,
    -- QueueStatus does not tell it.
    ringinuse = ev.Ringinuse and flag(ev.Ringinuse), wrap_up = tonumber(ev.Wrapuptime),
  }, member_class)
end

-- What is told of a member when it becomes another.
local groups = {
  member_paused = { "paused", "pause_reason" }, member_penalty = { "penalty" }, member_status = { "status", "in_call" },
}

--- The events that make `old` into `new`: a list in a fixed order.
function record.changes(old, new)
  local list = {}
  for _, event in ipairs { "member_paused", "member_penalty", "member_status" } do
    for _, field in ipairs(groups[event]) do
      if old[field] ~= new[field] then
        list[#list + 1] = event
        break
      end
    end
  end
  return list
end

--- Gives `old` the fields of `new`, but keeps what only events tell.
function record.update(old, new)
  local ringinuse = new.ringinuse
  if ringinuse == nil then ringinuse = old.ringinuse end
  for key in pairs(old) do old[key] = nil end
  for key, value in pairs(new) do old[key] = value end
  old.ringinuse = ringinuse
end

--- What of a member is told when it changes, as one text.
function record.fingerprint(member)
  return table.concat({
    member.interface, tostring(member.paused), member.pause_reason or "", tostring(member.penalty), member.status,
    tostring(member.in_call),
  }, "|")
end

--- Reads a caller from an event, or from an item of QueueStatus. The events' Priority is another one: the dialplan's.
function record.caller(ev)
  local item = ev.Event == "QueueEntry"
  return setmetatable({
    channel = ev.Channel, uniqueid = ev.Uniqueid, number = party(ev.CallerIDNum), name = party(ev.CallerIDName),
    position = tonumber(ev.Position), priority = item and tonumber(ev.Priority) or nil,
    since = timers.now() - (tonumber(ev.Wait or ev.HoldTime) or 0),
  }, caller_class)
end

--- Gives `q` what QueueParams says.
function record.update_queue(q, ev)
  local max = tonumber(ev.Max)
  q.strategy, q.max_callers, q.weight = ev.Strategy, max and max > 0 and max or nil, tonumber(ev.Weight)
  q.completed, q.abandoned = tonumber(ev.Completed), tonumber(ev.Abandoned)
  q.holdtime, q.talktime = tonumber(ev.Holdtime), tonumber(ev.TalkTime)
  q.servicelevel, q.servicelevel_percent = tonumber(ev.ServiceLevel), tonumber(ev.ServicelevelPerf)
end

return record
