--- Asterisk's own queues (app_queue) as live objects, over AMI: what Queue() and queues.conf make. Read when first
--- wanted, kept by events, read again after every gap of the connection. All of it is read, never written.
--- A queue has name, pbx, strategy, members (by interface), callers (first come the next), calls (how many wait),
--- completed, abandoned, holdtime and talktime (seconds, averages), servicelevel (seconds), servicelevel_percent,
--- weight, max_callers, stale (the PBX is away, and nothing newer known), gone (the PBX has it no more).
--- A member has interface, name, state_interface, dynamic, penalty, calls, last_call_at, last_pause_at (UTC), in_call,
--- status ("not_in_use", "in_use", "busy", "unavailable", "ringing", "ring_in_use", "on_hold", "invalid", "unknown"),
--- paused, pause_reason, ringinuse (nil until an event has told), wrap_up.
--- A caller has channel, uniqueid, number, name ("" if unknown), position, priority (nil until read), waited (seconds).
local native = ...
local mirrors = require "calluna.app_queue_mirror"
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local verbs = require "calluna.app_queue_verbs"
local core, tasks, timers = native.ami, native.task, native.timer

local app_queue = {}

local event_names = {}
for name in ([[caller_joined caller_left abandoned connected completed ring_no_answer member_added member_removed
  member_paused member_status member_penalty]]):gmatch("%S+") do event_names[name] = true end

local by_pbx = {}
local subscriptions = {}
local subscription = {}
subscription.__index = subscription

-- -- events

--- No more events for this handler.
function subscription:off() subscriptions[self] = nil end

local function tell(q, event, info)
  if timers.retired() then return end -- the newer generation is told
  local list = {}
  for one in pairs(subscriptions) do
    if one.events[event] and (one.queue == nil or one.queue == q or one.queue == q.name)
      and (one.pbx == nil or one.pbx == q.pbx) then
      list[#list + 1] = one
    end
  end
  table.sort(list, function(a, b) return a.number < b.number end)
  for _, one in ipairs(list) do tasks.spawn(0, one.fn, info) end
end

local count = 0

local function subscribe(what, events, fn, queue, pbx)
  verbs.argument(what, 1, events, "string|table")
  verbs.argument(what, 2, fn, "function")
  count = count + 1
  local self = setmetatable({ events = {}, fn = fn, queue = queue, pbx = pbx, number = count }, subscription)
  for _, name in ipairs(type(events) == "table" and events or { events }) do
    if not event_names[name] then
      local near = type(name) == "string" and options.suggest(name, event_names)
      local hint = near and (" (did you mean '%s'?)"):format(near) or ""
      misuse("%s: there is no event '%s'%s", what, tostring(name), hint)
    end
    self.events[name] = true
  end
  subscriptions[self] = true
  return self
end

local host = { new_queue = verbs.new_queue, tell = tell, subscribe = subscribe }

-- -- which PBX

local function mirror_of(what, pbx)
  local names = core.pbxs()
  local found
  for _, name in ipairs(names) do found = found or (pbx == nil or pbx == name) and name end
  if not found then misuse("%s: no PBX of this app has AMI%s", what, pbx and ": " .. pbx or "") end
  by_pbx[found] = by_pbx[found] or mirrors.new(found, host)
  return by_pbx[found]
end

--- Calls fn(info), as a task, when that happens in any queue: "caller_joined", "caller_left", "abandoned", "connected",
--- "completed", "ring_no_answer", "member_added", "member_removed", "member_paused" (or unpaused: info.member.paused),
--- "member_status", "member_penalty"; a name or a list. opts: queue (its name), pbx. Returns a handle with `off()`.
--- info: event, queue, pbx, caller or member (or both), and what Asterisk tells: waited, ring_seconds, talk_seconds,
--- reason ("caller", "agent", "transfer"), agent_channel. synthetic: it happened in a gap and was found afterwards.
function app_queue.on(events, fn, opts)
  opts = options.check("app_queue.on", opts, { queue = "string", pbx = "string" })
  local self = subscribe("app_queue.on", events, fn, opts.queue, opts.pbx)
  for _, name in ipairs(opts.pbx and { opts.pbx } or core.pbxs()) do mirror_of("app_queue.on", name) end
  return self
end

-- -- queues

local get_options = { pbx = "string", timeout = "number" }

--- The queue of that name. opts: pbx (the first one), timeout (seconds to wait for a PBX that is away, default 10).
--- Task. Returns the queue, always the same object; nil, err: "invalid" if there is none, "offline".
function app_queue.get(name, opts)
  options.argument("app_queue.get", 1, name, "string")
  opts = options.check("app_queue.get", opts, get_options)
  if name == "" then misuse("app_queue.get: a queue has a name") end
  local mirror = mirror_of("app_queue.get", opts.pbx)
  local ok, err = mirror:wait_ready(opts.timeout or 10, "app_queue.get")
  if not ok then return nil, err end
  if not mirror:has(name) then -- perhaps it is new, or one of a database, which is read when it is asked for
    ok, err = mirror:request(name):wait(opts.timeout or 10, "app_queue.get")
    if not ok then return nil, err end
  end
  if mirror:has(name) then return mirror.queues[name] end
  local near = options.suggest(name, mirror.queues)
  return nil, tasks.error("invalid", ("app_queue.get: %s has no queue '%s'%s"):format(mirror.pbx, name,
    near and (" (did you mean '%s'?)"):format(near) or ""))
end

--- All queues of a PBX, by name: a list. opts: as of app_queue.get. Task. Returns it; nil, err.
function app_queue.list(opts)
  opts = options.check("app_queue.list", opts, get_options)
  local mirror = mirror_of("app_queue.list", opts.pbx)
  local ok, err = mirror:wait_ready(opts.timeout or 10, "app_queue.list")
  if not ok then return nil, err end
  return mirror:list()
end

-- -- a member in all queues

local function set_paused(what, member, paused, reason, opts)
  verbs.argument(what, 2, reason, "string|nil")
  local mirror = mirror_of(what, opts.pbx)
  local ok, err = mirror:wait_ready(opts.timeout or 10, what)
  if not ok then return nil, err end
  local queues = mirror:list()
  local interfaces, problem = verbs.interfaces(what, member, queues, "any queue of " .. mirror.pbx)
  if not interfaces then return nil, problem end
  for _, interface in ipairs(interfaces) do
    local headers = { Action = "QueuePause", Interface = interface, Paused = paused, Reason = reason }
    ok, err = verbs.send(headers, mirror.pbx, ("%s: %s"):format(what, interface))
    if not ok then return nil, err end
    for _, q in ipairs(queues) do
      mirror:wait_shown(q, function()
        local one = q.state.members[interface]
        return not one or one.paused == paused
      end)
    end
  end
  return true
end

--- No more calls for that member (as of q:pause) from any queue. opts: pbx, timeout as of app_queue.get. Task. Returns
--- true; nil, err.
function app_queue.pause(member, reason, opts)
  opts = options.check("app_queue.pause", opts, get_options)
  return set_paused("app_queue.pause", member, true, reason, opts)
end

--- Calls again from all queues. opts: as of app_queue.pause. Task. Returns true; nil, err.
function app_queue.unpause(member, opts)
  opts = options.check("app_queue.unpause", opts, get_options)
  return set_paused("app_queue.unpause", member, false, nil, opts)
end

--- What was counted, of all queues together: { events, synthetic, readings, failed_readings }. opts: pbx.
function app_queue.counters(opts)
  opts = options.check("app_queue.counters", opts, { pbx = "string" })
  local counts = {}
  for name, value in pairs(mirror_of("app_queue.counters", opts.pbx).counts) do counts[name] = value end
  return counts
end

return app_queue
