--- What can be done to a queue: its methods, and its class.
local native = ...
local ami = require "calluna.ami"
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local record = require "calluna.app_queue_record"
local users = require "calluna.users"
local tasks, timers = native.task, native.timer

local verbs = {}

-- -- who is meant

local function failure(kind, text, ...) return tasks.error(kind, text:format(...)) end

-- Whether that member is one of the user's devices, itself or through a Local channel.
local function belongs_to(member, user, pbx)
  for _, name in pairs { member.interface, member.state_interface } do
    for _, device in ipairs(user.devices) do
      if device.channel == name then return true end
    end
    local owner = users.by_channel(name, pbx)
    if owner and owner.id == user.id then return true end
  end
  return false
end

--- Raises at the app's line unless `value` is of one of the types "a|b".
function verbs.argument(what, position, value, wanted)
  if ("|" .. wanted .. "|"):find("|" .. type(value) .. "|", 1, true) then return end
  misuse("%s: argument %d is a %s; it takes a %s", what, position, type(value), (wanted:gsub("|", " or ")))
end

-- A member as an app names it: an interface, a member of any queue, a user. Returns the interface, or nil and the user.
local function meant(what, member)
  verbs.argument(what, 1, member, "string|table")
  if type(member) == "string" then
    if not member:find("/", 1, true) then
      misuse("%s: '%s' is no interface, such as \"PJSIP/101\"; users.get('%s') is a user", what, member, member)
    end
    return member
  end
  if rawget(member, "interface") then return member.interface end
  if rawget(member, "devices") then return nil, member end
  misuse("%s: a member is an interface, a member of a queue or a user", what)
end

--- The interfaces that are meant by `member` in these queues (a list). Returns a list; nil, err if a user has none.
function verbs.interfaces(what, member, queues, where)
  local interface, user = meant(what, member)
  if interface then return { interface } end
  local list = {}
  for _, q in ipairs(queues) do
    for name, one in pairs(q.members) do
      if not list[name] and belongs_to(one, user, q.pbx) then list[#list + 1], list[name] = name, true end
    end
  end
  table.sort(list)
  if #list > 0 then return list end
  return nil, failure("invalid", "%s: %s is no member of %s", what, user.name or user.id, where)
end

-- -- asking Asterisk

-- What Asterisk refuses with words only.
local meanings = {
  { "no such queue", "invalid" }, { "not there", "invalid" }, { "not found", "invalid" },
  { "invalid interface", "invalid" }, { "no such caller", "gone" },
}

--- Sends a queue action. about: what it concerns, for the error. Returns true; nil, err.
function verbs.send(headers, pbx, about)
  local ok, err = ami.action(headers, { pbx = pbx })
  if ok then return true end
  if err.kind ~= "rejected" then return nil, err end
  local said = err.message:lower()
  for _, meaning in ipairs(meanings) do
    if said:find(meaning[1], 1, true) then return nil, failure(meaning[2], "%s: %s", about, err.message) end
  end
  return nil, failure("rejected", "%s: %s", about, err.message)
end

-- Does one thing to each interface that is meant, until one fails.
local function each(q, what, member, headers, shown)
  local list, err = verbs.interfaces(what, member, { q }, q.name)
  if not list then return nil, err end
  for _, interface in ipairs(list) do
    headers.Queue, headers.Interface = q.name, interface
    local ok, problem = verbs.send(headers, q.pbx, ("%s: %s in %s"):format(what, interface, q.name))
    if not ok then return nil, problem end
    q.mirror:wait_shown(q, function() return shown(q.state.members[interface]) end)
  end
  return true
end

-- -- members

local function whole_number(what, position, value, least)
  verbs.argument(what, position, value, "number")
  if value ~= math.floor(value) or value < least or value > 2 ^ 31 - 1 then
    misuse("%s: %s is no whole number%s", what, tostring(value), least >= 0 and " from " .. least or "")
  end
end

--- Adds a member: an interface, or a user, whose first device it then is. opts: penalty, paused, name, state_interface.
--- Task. Returns true; nil, err: "invalid" without such a queue, "rejected" if it is a member.
function verbs:add(member, opts)
  local what = "app_queue:add"
  opts = options.check(what, opts, {
    penalty = "number", paused = "boolean", name = "string", state_interface = "string",
  })
  if opts.penalty then whole_number(what, 2, opts.penalty, 0) end
  local interface, user = meant(what, member)
  if user then
    for _, device in ipairs(user.devices) do
      if device.originate ~= false then interface = interface or device.channel end
    end
    if not interface then return nil, failure("invalid", "%s: %s has no device", what, user.name or user.id) end
  end
  local ok, err = verbs.send({
    Action = "QueueAdd", Queue = self.name, Interface = interface, Penalty = opts.penalty, Paused = opts.paused or nil,
    MemberName = opts.name or user and user.name, StateInterface = opts.state_interface,
  }, self.pbx, ("%s: %s in %s"):format(what, interface, self.name))
  if not ok then return nil, err end
  self.mirror:wait_shown(self, function() return self.state.members[interface] ~= nil end)
  return true
end

--- Removes a member that was added (not one of queues.conf: "rejected"). Task. Returns true; nil, err.
function verbs:remove(member)
  return each(self, "app_queue:remove", member, { Action = "QueueRemove" }, function(m) return m == nil end)
end

local function set_paused(q, what, member, paused, reason)
  verbs.argument(what, 2, reason, "string|nil")
  return each(q, what, member, { Action = "QueuePause", Paused = paused, Reason = reason }, function(m)
    return m and m.paused == paused and (not paused or (m.pause_reason or "") == (reason or ""))
  end)
end

--- No more calls for that member; one that rings goes on ringing. Task. Returns true; nil, err.
function verbs:pause(member, reason) return set_paused(self, "app_queue:pause", member, true, reason) end

--- Calls again. Task. Returns true; nil, err.
function verbs:unpause(member) return set_paused(self, "app_queue:unpause", member, false) end

--- Members with a higher penalty are only rung if those with a lower one cannot be. Task. Returns true; nil, err.
function verbs:set_penalty(member, penalty)
  whole_number("app_queue:set_penalty", 2, penalty, 0)
  return each(self, "app_queue:set_penalty", member, { Action = "QueuePenalty", Penalty = penalty },
    function(m) return m and m.penalty == penalty end)
end

--- Whether the member is rung while talking. Task. Returns true; nil, err.
function verbs:set_ringinuse(member, on)
  verbs.argument("app_queue:set_ringinuse", 2, on, "boolean")
  local headers = { Action = "QueueMemberRingInUse", RingInUse = on and "yes" or "no" }
  return each(self, "app_queue:set_ringinuse", member, headers,
    function(m) return m and m.ringinuse == on end)
end

-- -- callers

-- Whether callers wait in the order of their priorities, as far as this one is concerned.
local function in_order(q, caller)
  for _, other in ipairs(q.callers) do
    local higher, lower = other.priority or 0, caller.priority or 0
    if other.position > caller.position then higher, lower = lower, higher end
    if other ~= caller and higher < lower then return false end
  end
  return true
end

--- Gives a waiting caller another priority: those with a higher one go first. caller: one of q.callers, a channel's
--- name or unique id. Task. Returns true; nil, err: "gone" if the caller waits no more; "refused" if Asterisk notes the
--- priority but leaves the caller in place (16 does; whoever comes later is put behind; set QUEUE_PRIO before Queue()).
function verbs:set_priority(caller, priority)
  local what = "app_queue:set_priority"
  verbs.argument(what, 1, caller, "table|string")
  whole_number(what, 2, priority, -2 ^ 31)
  local name = type(caller) == "table" and rawget(caller, "uniqueid") or caller
  if type(name) ~= "string" then misuse("%s: a caller is one of q.callers, or a channel's name or unique id", what) end
  local waiting = self.state:caller(name)
  local channel = waiting and waiting.channel or type(caller) == "table" and caller.channel or caller
  local about = ("%s: %s in %s"):format(what, channel, self.name)
  local ok, err = verbs.send({
    Action = "QueueChangePriorityCaller", Queue = self.name, Caller = channel, Priority = priority, Immediate = "yes",
  }, self.pbx, about)
  if not ok then return nil, err end
  self.mirror:request(self.name):wait(10, what) -- no event tells the new order
  waiting = self.state:caller(name)
  if waiting and waiting.priority == priority and not in_order(self, waiting) then
    return nil, failure("refused", "%s: Asterisk noted the priority, but this version moves nobody who waits; set "
      .. "QUEUE_PRIO before Queue()", about)
  end
  return true
end

-- -- the class

--- Calls fn(info), as a task, when that happens in this queue; as app_queue.on. Returns a handle with `off()`.
function verbs:on(events, fn) return self.mirror.host.subscribe("app_queue:on", events, fn, self) end

local class = record.class("a queue", [[
  name pbx strategy max_callers weight completed abandoned holdtime talktime servicelevel servicelevel_percent gone
  mirror state changed read_at reading_at read_again]], {
  members = function(self) return self.state:members_now() end,
  callers = function(self) return self.state:callers_now() end,
  calls = function(self) return #self.state.callers end,
  stale = function(self) return self.mirror.stale or timers.retired() end,
}, {
  add = verbs.add, remove = verbs.remove, pause = verbs.pause, unpause = verbs.unpause, on = verbs.on,
  set_penalty = verbs.set_penalty, set_ringinuse = verbs.set_ringinuse, set_priority = verbs.set_priority,
})

--- The object of a queue.
function verbs.new_queue(mirror, name, state)
  return setmetatable({ name = name, pbx = mirror.pbx, mirror = mirror, state = state }, class)
end

return verbs
