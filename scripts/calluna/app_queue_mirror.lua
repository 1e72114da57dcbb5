--- The queues of one PBX as objects: read by QueueStatus, kept by events, read again when AMI is back after a gap. One
--- question is on its way at a time.
local native = ...
local ami = require "calluna.ami"
local latch = require "calluna.latch"
local log = require "calluna.log"
local record = require "calluna.app_queue_record"
local state = require "calluna.app_queue_state"
local tasks, timers = native.task, native.timer

local longest_answer = 30 -- seconds; a thousand members are listed in a fraction of one
local longest_echo = 1 -- seconds in which an event follows what was done
local between_readings = 1 -- seconds from one reading of a queue to the next that events ask for
local longest_pause = 30 -- seconds between attempts after failures
local everything = "" -- instead of a queue's name

local mirror = {}
mirror.__index = mirror

--- host: new_queue(mirror, name, state), which makes the object; tell(queue, event, info), for whoever wants to know;
--- subscribe, see app_queue.
function mirror.new(pbx, host)
  local self = setmetatable({
    pbx = pbx, host = host, queues = {}, wanted = {}, order = {}, first = latch.new(),
    stale = true, failures = 0, links = 0, counts = { events = 0, synthetic = 0, readings = 0, failed_readings = 0 },
  }, mirror)
  self:listen()
  self:request(everything)
  return self
end

local function queue_of(self, name)
  local q = self.queues[name]
  if not q then
    q = self.host.new_queue(self, name, state.new())
    self.queues[name] = q
    if self.reading then q.state:watch() end
  end
  return q
end

local function tell(self, q, told, more)
  for _, one in ipairs(told) do
    local event, subject = one[1], one[2]
    local info = { event = event, queue = q, pbx = self.pbx }
    info[event:sub(1, 6) == "member" and "member" or "caller"] = subject
    for key, value in pairs(more or {}) do info[key] = value end
    if info.synthetic then self.counts.synthetic = self.counts.synthetic + 1 end
    self.host.tell(q, event, info)
  end
  local changed = q.changed
  q.changed = nil
  if changed then changed:set(true) end
end

--- Whether the PBX has a queue of that name.
function mirror:has(name)
  local q = self.queues[name]
  return q ~= nil and not q.gone and q.read_at ~= nil
end

--- Its queues, by name.
function mirror:list()
  local list = {}
  for name, q in pairs(self.queues) do
    if self:has(name) then list[#list + 1] = q end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

-- -- events

local function seconds(value) return tonumber(value) end

local appliers = {
  QueueCallerJoin = function(self, q, ev) tell(self, q, q.state:joined(ev)) end,
  QueueCallerLeave = function(self, q, ev) tell(self, q, q.state:left(ev)) end,
  QueueMemberRemoved = function(self, q, ev) tell(self, q, q.state:removed_member(ev)) end,

  QueueCallerAbandon = function(self, q, ev)
    q.abandoned = (q.abandoned or 0) + 1
    local caller = q.state:caller(ev.Uniqueid) or record.caller(ev)
    tell(self, q, { { "abandoned", caller } }, { waited = seconds(ev.HoldTime) })
  end,
}

local function member_event(self, q, ev) tell(self, q, q.state:told_member(ev)) end
for _, name in ipairs { "Added", "Pause", "Penalty", "Ringinuse", "Status" } do
  appliers["QueueMember" .. name] = member_event
end

-- The caller has left the queue by then: Asterisk says so first.
local function agent_event(event, details)
  return function(self, q, ev)
    local more = details(ev)
    more.member, more.agent_channel = q.state.members[ev.Interface], ev.DestChannel
    tell(self, q, { { event, q.state:caller(ev.Uniqueid) or record.caller(ev) } }, more)
  end
end

appliers.AgentConnect = agent_event("connected", function(ev)
  return { waited = seconds(ev.HoldTime), ring_seconds = seconds(ev.RingTime) }
end)
appliers.AgentComplete = agent_event("completed", function(ev)
  return { waited = seconds(ev.HoldTime), talk_seconds = seconds(ev.TalkTime), reason = ev.Reason }
end)
appliers.AgentRingNoAnswer = agent_event("ring_no_answer", function(ev)
  return { ring_seconds = seconds(ev.RingTime) and seconds(ev.RingTime) / 1000 } -- alone in milliseconds
end)

-- After these QueueStatus knows what the event did not say: a priority, averages, counters. So many seconds later:
-- Asterisk counts a call after it has told of it.
local read_after = { QueueCallerJoin = 0, QueueCallerAbandon = 1, AgentConnect = 1, AgentComplete = 1 }

function mirror:listen()
  local only = { pbx = self.pbx }
  for name, apply in pairs(appliers) do
    ami.on(name, function(ev)
      self.counts.events = self.counts.events + 1
      local known = self.queues[ev.Queue] ~= nil
      local q = queue_of(self, ev.Queue)
      apply(self, q, ev)
      if read_after[name] or not known then self:read_soon(q, read_after[name] or 0) end
    end, only)
  end
  ami.on("Reload", function(ev) -- of the configuration: nothing else tells what it changed
    if ev.Module == "app_queue" then self:request(everything) end
  end, only)
  ami.on_link(function(link)
    self.stale, self.failures, self.links = true, 0, self.links + 1
    if link == "up" then self:request(everything) end
  end, only)
end

-- -- reading

--- Wants a reading that begins from now on: of one queue, or of everything. Returns a latch: true; nil, err.
function mirror:request(name)
  local done = self.wanted[name]
  if done then return done end
  done = latch.new()
  self.wanted[name] = done
  self.order[#self.order + 1] = name
  if not self.busy then
    self.busy = true
    if tasks.current() ~= 0 then
      tasks.spawn(0, self.read_wanted, self)
    else
      timers.after(0, function() self:read_wanted() end) -- at a file's top level no task may begin
    end
  end
  return done
end

--- Wants that queue read in `delay` seconds, but not more often than once a second.
function mirror:read_soon(q, delay)
  if self.stale or timers.retired() then return end
  if q.reading_at then
    q.read_again = true -- this one may be too early
    return
  end
  q.reading_at = math.max((q.read_at or 0) + between_readings, timers.now() + delay)
  timers.after(math.max(q.reading_at - timers.now(), 0), function()
    local again = q.read_again
    q.reading_at, q.read_again = nil, nil
    self:request(q.name)
    if again then self:read_soon(q, between_readings) end
  end)
end

-- Each reading answers what was wanted before it began.
function mirror:read_wanted()
  while self.order[1] do
    local name, answered
    if self.wanted[everything] then
      name, answered = everything, self.wanted
      self.wanted, self.order = {}, {}
    else
      name = table.remove(self.order, 1)
      answered = { self.wanted[name] }
      self.wanted[name] = nil
    end
    local ok, err = self:read(name)
    for _, done in pairs(answered) do done:set(ok, err) end
  end
  self.busy = false
end

-- QueueStatus' items by queue.
local function sorted_out(items)
  local listed = {}
  for _, ev in ipairs(items) do
    local one = listed[ev.Queue]
    if not one then
      one = { members = {}, callers = {} }
      listed[ev.Queue] = one
    end
    if ev.Event == "QueueParams" then
      one.params = ev
    elseif ev.Event == "QueueMember" then
      local member = record.member(ev)
      one.members[#one.members + 1], one.members[member.interface] = member, member
    elseif ev.Event == "QueueEntry" then
      local caller = record.caller(ev)
      one.callers[#one.callers + 1], one.callers[caller.uniqueid] = caller, caller
    end
  end
  for _, one in pairs(listed) do table.sort(one.callers, function(a, b) return a.position < b.position end) end
  return listed
end

local function settle(self, q, one, whole)
  if one and one.params then record.update_queue(q, one.params) end
  q.gone = not one or nil
  local fresh = q.read_at == nil and (not whole or not self.first.done)
  -- A replaced generation hears no events that could be on their way.
  local firm = whole or fresh or q.gone or timers.retired()
  local told = q.state:settle(one or { members = {}, callers = {} }, firm)
  q.read_at = timers.now()
  tell(self, q, fresh and {} or told, { synthetic = true })
  if next(q.state.suspects) then self:read_soon(q, between_readings) end
end

function mirror:failed(name, err)
  self.counts.failed_readings = self.counts.failed_readings + 1
  if name ~= everything or err.kind == "cancelled" or timers.retired() then return end
  if self.problem ~= err.message and err.kind ~= "offline" then
    log.warning("%s: its queues cannot be read: %s", self.pbx, err.message)
  end
  self.problem, self.failures = err.message, self.failures + 1
  timers.after(math.min(2 ^ (self.failures - 1), longest_pause), function()
    if self.stale and not timers.retired() then self:request(everything) end
  end)
end

--- Asks and sets right. name: a queue's, or `everything`. Returns true; nil, err.
function mirror:read(name)
  local whole = name == everything
  for _, q in pairs(whole and self.queues or { self.queues[name] }) do q.state:watch() end
  self.reading = true
  local links = self.links
  local items, err = ami.list({ Action = "QueueStatus", Queue = not whole and name or nil },
    { timeout = longest_answer, pbx = self.pbx })
  self.reading = false
  if not items then
    for _, q in pairs(self.queues) do q.state:unwatch() end
    self:failed(name, err)
    return nil, err
  end
  self.counts.readings = self.counts.readings + 1
  local listed = sorted_out(items)
  for queue in pairs(listed) do queue_of(self, queue) end
  if whole then
    for queue, q in pairs(self.queues) do settle(self, q, listed[queue], true) end
    self.stale, self.failures, self.problem = links ~= self.links, 0, nil
    self.first:set(true)
  elseif self.queues[name] then
    settle(self, self.queues[name], listed[name], false)
  end
  return true
end

--- Waits until `shown()` is true, which an event is about to bring; without one the queue is read.
function mirror:wait_shown(q, shown)
  local deadline = timers.now() + longest_echo
  while not shown() and timers.now() < deadline and not timers.retired() do
    q.changed = q.changed or latch.new()
    if not q.changed:wait(deadline - timers.now(), "app_queue") and not shown() then break end
  end
  if not shown() then self:request(q.name):wait(longest_answer, "app_queue") end
end

--- Waits for the first reading, for as long as the PBX is away. Returns true; nil, err.
function mirror:wait_ready(timeout, what)
  local deadline = timers.now() + timeout
  if not self.first.done then
    local ok, err = self:request(everything):wait(timeout, what)
    if not ok and err.kind ~= "offline" then return nil, err end
  end
  local ok, err = self.first:wait(math.max(deadline - timers.now(), 0), what)
  if ok then return true end
  if err.kind ~= "timeout" then return nil, err end
  return nil, tasks.error("offline", ("%s: %s"):format(self.pbx, self.problem or "no connection"), true)
end

return mirror
