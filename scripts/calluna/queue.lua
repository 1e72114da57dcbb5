--- Queues of waiting calls, on the app's own side: callers wait in music on hold, agents' phones are rung, and
--- whoever
--- answers first is connected. A queue lives as long as the script that made it: after a reload new calls meet a new,
--- empty queue, while the calls of the old one are still served by it.
local native = ...
local agents = require "calluna.queue_agents"
local connection = require "calluna.connection"
local latch = require "calluna.latch"
local leg = require "calluna.leg"
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local announcer = require "calluna.queue_announcer"
local tasks, timers = native.task, native.timer

local queue, pump = {}, nil
local class = {}
class.__index = class
local talk_class = {}
talk_class.__index = talk_class

local queue_options = {
  members = "!table|string|function", strategy = "string", moh = "string", ring_timeout = "number",
  wrap_up = "number", retry = "number", max_wait = "number|boolean", max_callers = "number",
  announce_position = "boolean|string|table|function", announce_every = "number", callerid = "string|function",
  variables = "table", skip_busy = "boolean",
}

--- A queue. opts: members (endpoints: a list, one, or a function that returns a list and does not wait, asked each
--- time); strategy: "ring_all", "least_recent" (default: who has had no call for longest), "round_robin", "random"; moh
--- (class); ring_timeout (seconds a phone rings, default 15); retry (seconds an agent who missed a call is left
--- alone, default 5); wrap_up (seconds after a talk, default 0); max_wait (seconds, default 600; false: endless);
--- max_callers; announce_position: true, a media before the number, or fn(position) -> media; announce_every (seconds,
--- default 30); callerid (what phones show: a text or fn(ch) -> text); variables; skip_busy: an agent whose phone is in
--- any other call is not rung (needs what calluna.calls needs).
function queue.new(name, opts)
  options.argument("queue.new", 1, name, "string")
  opts = options.check("queue.new", opts, queue_options)
  local strategy = opts.strategy or "least_recent"
  if not agents.strategies[strategy] then
    local near = options.suggest(strategy, agents.strategies)
    misuse("queue.new: there is no strategy '%s'%s", strategy, near and (" (did you mean '%s'?)"):format(near) or "")
  end
  if type(opts.members) ~= "function" and #opts.members == 0 then misuse("queue.new: members is empty") end
  local self = setmetatable({ name = name, opts = opts, entries = {}, handlers = {}, serial = 0 }, class)
  local calls = opts.skip_busy and require "calluna.calls"
  self.agents = agents.new(opts.members, strategy, calls and calls.in_use)
  if calls then
    -- Not a task of that other call: what is rung here does not end with it.
    calls.on({ "left", "ended" }, function() tasks.spawn(0, pump, self) end)
  end
  return self
end

local event_names = { entered = true, answered = true, abandoned = true, timeout = true, missed = true, ended = true }

--- Calls fn(info), as a task, when that happens: "entered", "answered", "abandoned", "timeout", "ended" (a talk is
--- over)
--- or "missed" (an agent did not take a call). info: queue, channel, priority, waited (seconds), agent, kind (why it
--- was missed).
function class:on(event, fn)
  options.argument("queue:on", 1, event, "string")
  options.argument("queue:on", 2, fn, "function")
  if not event_names[event] then
    local near = options.suggest(event, event_names)
    misuse("queue:on: there is no event '%s'%s", event, near and (" (did you mean '%s'?)"):format(near) or "")
  end
  self.handlers[event] = self.handlers[event] or {}
  table.insert(self.handlers[event], fn)
end

local function tell(self, event, entry, agent, kind)
  for _, fn in ipairs(self.handlers[event] or {}) do
    tasks.spawn(0, fn, {
      queue = self.name, channel = entry.ch, priority = entry.priority, waited = timers.now() - entry.since,
      agent = agent and agent.endpoint, kind = kind,
    })
  end
end

-- -- matching callers and agents

local function ring(self, entry, agent)
  local opts = self.opts
  local function outcome(phone, kind)
    entry.ringing[agent] = nil
    if kind == nil then
      entry.state = "connecting"
      agents.talking(agent)
      self:stop_ringing(entry, "answered_elsewhere")
      entry.turn:set({ agent = agent, leg = phone })
    else
      agents.missed(agent, opts.retry or 5)
      tell(self, "missed", entry, agent, kind)
    end
    pump(self)
  end
  local name, number = entry.ch:shown_as()
  local shown = opts.callerid
  if type(shown) == "function" then shown = shown(entry.ch) end
  self.agents:ringing(agent)
  entry.ringing[agent] = leg.ring(agent.endpoint, {
    caller = entry.ch, timeout = opts.ring_timeout or 15, variables = opts.variables,
    callerid = leg.callerid(shown or name, number),
  }, outcome)
end

-- Rings free agents for those who wait, in their order.
function pump(self)
  local free, next_at = self.agents:free(self.opts.retry or 5)
  local at = 1
  for _, entry in ipairs(self.entries) do
    if at > #free then break end
    if entry.state == "waiting" then
      if self.agents.strategy == "ring_all" then
        while at <= #free do
          ring(self, entry, free[at])
          at = at + 1
        end
      elseif next(entry.ringing) == nil then
        ring(self, entry, free[at])
        at = at + 1
      end
    end
  end
  if next_at and #self.entries > 0 then self:look_again_at(next_at) end
end

function class:look_again_at(moment)
  if self.clock and self.clock_at <= moment then return end
  if self.clock then timers.cancel(self.clock) end
  self.clock_at = moment
  self.clock = timers.after(math.max(moment - timers.now(), 0), function()
    self.clock = nil
    pump(self)
  end)
end

function class:stop_ringing(entry, reason)
  local ringing = entry.ringing
  entry.ringing = {}
  for agent, phone in pairs(ringing) do
    leg.cancel(phone, reason)
    -- Free when the phone has fallen silent, not before: it would be busy.
    phone:finally(function()
      agents.release(agent)
      pump(self)
    end)
  end
end

-- -- one caller's way

local function insert(self, entry)
  local at = #self.entries + 1
  while at > 1 and self.entries[at - 1].priority < entry.priority do at = at - 1 end
  table.insert(self.entries, at, entry)
end

local function remove(self, entry)
  entry.state = "left"
  for i, one in ipairs(self.entries) do
    if one == entry then table.remove(self.entries, i) break end
  end
  self:stop_ringing(entry)
  pump(self)
end

local function connect(self, entry, found)
  local ch, agent = entry.ch, found.agent
  entry.announcer:stop()
  if entry.music and not ch.gone then ch:stop_moh() end
  local free = false
  local function phone_is_free()
    if free then return end
    free = true
    self.agents:done(agent, self.opts.wrap_up or 0, function() pump(self) end)
  end
  found.leg.on_replaced = phone_is_free -- the talk goes on with somebody else
  found.leg:finally(phone_is_free)
  local talked = false
  local made, err = connection.open(ch, found.leg, function()
    if talked then tell(self, "ended", entry, agent) end
  end)
  if not made then return nil, err end
  talked = true
  tell(self, "answered", entry, agent)
  return setmetatable({
    connection = made, agent = agent.endpoint, leg = found.leg, channel = ch, waited = timers.now() - entry.since,
  }, talk_class)
end

-- Waits for an agent and connects; an agent who hangs up in that moment costs the caller nothing.
local function be_served(self, entry, deadline)
  local ch = entry.ch
  while true do
    if ch.gone then return nil, ch.gone end
    local found, err = ch:await(entry.turn, deadline and math.max(deadline - timers.now(), 0) or false, "queue:enter")
    if not found and entry.turn.done then found = entry.turn.a end -- both in the same moment
    if not found then return nil, err end
    local talk, why = connect(self, entry, found)
    if talk then return talk end
    if ch.gone or why.kind == "cancelled" then return nil, why end
    entry.turn, entry.state = latch.new(), "waiting"
    if entry.music then ch:start_moh(self.opts.moh) end
    entry.announcer = announcer.start(self, entry)
    pump(self)
  end
end

--- Waits for an agent; the call is answered if it is not. opts: priority (higher goes first, default 0), max_wait
--- (seconds; false: endless). Returns the talk: `talk:wait_end()`, talk.agent, talk.waited; or nil, err: kind
--- "timeout";
--- "gone" (the caller hung up: counted as abandoned); "rejected" (the queue is full).
function class:enter(ch, opts)
  options.argument("queue:enter", 1, ch, "table")
  opts = options.check("queue:enter", opts, { priority = "number", max_wait = "number|boolean" })
  if ch.gone then return nil, ch.gone end
  if self.opts.max_callers and #self.entries >= self.opts.max_callers then
    return nil, tasks.error("rejected", ("the queue %s is full"):format(self.name))
  end
  local max_wait = opts.max_wait
  if max_wait == nil then max_wait = self.opts.max_wait end
  if max_wait == nil then max_wait = 600 end
  local entry = {
    ch = ch, priority = opts.priority or 0, since = timers.now(), state = "waiting", ringing = {},
    turn = latch.new(),
  }
  insert(self, entry)
  tell(self, "entered", entry)
  local function abandoned() remove(self, entry) end
  ch:finally(abandoned)
  pump(self)
  local ok = ch:answer()
  entry.music = ok and ch:start_moh(self.opts.moh) and true
  entry.announcer = announcer.start(self, entry)
  local talk, err = be_served(self, entry, max_wait and entry.since + max_wait)
  ch:forget(abandoned)
  entry.announcer:stop()
  remove(self, entry)
  if talk then return talk end
  if ch.gone then
    tell(self, "abandoned", entry)
  else
    if entry.music then ch:stop_moh() end
    if err.kind == "timeout" then tell(self, "timeout", entry) end
  end
  return nil, ch.gone or err
end

--- Waits until caller or agent has hung up, then hangs up the other. opts: keep_caller (the script goes on with the
--- caller). Returns "caller" or "callee".
function talk_class:wait_end(opts) return self.connection:wait_end(opts, "talk:wait_end") end

-- -- what it shows and how it is steered

--- Who waits, first come the next: a list of { position, channel, priority, waited, state }; state is "waiting",
--- "ringing" or "connecting".
function class:waiting()
  local list = {}
  for i, entry in ipairs(self.entries) do
    list[i] = {
      position = i, channel = entry.ch, priority = entry.priority, waited = timers.now() - entry.since,
      state = entry.state == "waiting" and next(entry.ringing) and "ringing" or entry.state,
    }
  end
  return list
end

--- The agents: a list of { endpoint, state, paused, calls }; state is "free", "ringing", "talking" or "wrap_up".
function class:members()
  local list = {}
  for i, agent in ipairs(self.agents:all()) do
    list[i] = { endpoint = agent.endpoint, state = agent.state, paused = agent.paused or false, calls = agent.calls }
  end
  return list
end

--- No more calls for that endpoint; a phone that rings goes on ringing.
function class:pause(endpoint)
  options.argument("queue:pause", 1, endpoint, "string")
  self.agents:get(endpoint).paused = true
end

function class:unpause(endpoint)
  options.argument("queue:unpause", 1, endpoint, "string")
  self.agents:get(endpoint).paused = nil
  pump(self)
end

return queue
