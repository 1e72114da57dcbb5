--- The members and callers of one queue: changed by events, set right by what QueueStatus lists. Every function returns
--- what is to be told: a list of { event, member | caller }.
---
--- An event and a list may cross. All events about a member say all of it, and each change is followed by an event. So
--- what an event has touched after the question was asked is left as the event said: if the list knows better, another
--- event is on its way.
local record = require "calluna.app_queue_record"

local state = {}
state.__index = state

function state.new()
  return setmetatable({ members = {}, callers = {}, suspects = {} }, state)
end

--- From now on notes what events touch, for the list that has been asked for.
function state:watch() self.touched = {} end

--- The list does not come.
function state:unwatch() self.touched = nil end

local function touch(self, key)
  if self.touched then self.touched[key] = true end
end

local function index_of(self, uniqueid)
  for i, caller in ipairs(self.callers) do
    if caller.uniqueid == uniqueid then return i end
  end
end

local function renumber(self)
  for i, caller in ipairs(self.callers) do caller.position = i end
  self.caller_view = nil
end

--- The waiting caller with that unique id or channel name.
function state:caller(name)
  for _, caller in ipairs(self.callers) do
    if caller.uniqueid == name or caller.channel == name then return caller end
  end
end

-- -- events

function state:joined(ev)
  touch(self, ev.Uniqueid)
  if index_of(self, ev.Uniqueid) then return {} end
  local caller = record.caller(ev)
  table.insert(self.callers, math.max(1, math.min(caller.position or math.huge, #self.callers + 1)), caller)
  renumber(self)
  return { { "caller_joined", caller } }
end

function state:left(ev)
  touch(self, ev.Uniqueid)
  local at = index_of(self, ev.Uniqueid)
  if not at then return {} end
  local caller = table.remove(self.callers, at)
  renumber(self)
  return { { "caller_left", caller } }
end

--- An event with all fields of a member.
function state:told_member(ev)
  local new = record.member(ev)
  touch(self, new.interface)
  local old = self.members[new.interface]
  if not old then
    self.members[new.interface], self.member_view = new, nil
    return { { "member_added", new } }
  end
  local told = {}
  for i, event in ipairs(record.changes(old, new)) do told[i] = { event, old } end
  record.update(old, new)
  return told
end

function state:removed_member(ev)
  touch(self, ev.Interface)
  local old = self.members[ev.Interface]
  if not old then return {} end
  self.members[ev.Interface], self.member_view = nil, nil
  return { { "member_removed", old } }
end

-- -- what QueueStatus lists

-- Whether a difference is to be believed: at once if `firm`; else when the list before this one had it too.
local function believer(self, firm)
  local before = self.suspects
  self.suspects = {}
  return function(what)
    if firm or before[what] then return true end
    self.suspects[what] = true
    return false
  end
end

local function settle_member(self, old, new, believed, told)
  if not old then
    if not believed("+" .. new.interface) then return end
    self.members[new.interface], self.member_view = new, nil
    told[#told + 1] = { "member_added", new }
    return
  end
  local changes = record.changes(old, new)
  if #changes > 0 and not believed(record.fingerprint(new)) then return end
  record.update(old, new)
  for _, event in ipairs(changes) do told[#told + 1] = { event, old } end
end

local function settle_members(self, listed, touched, believed, told)
  local interfaces = {}
  for interface in pairs(self.members) do interfaces[#interfaces + 1] = interface end
  table.sort(interfaces)
  for _, interface in ipairs(interfaces) do
    if not listed[interface] and not touched[interface] and believed("-" .. interface) then
      told[#told + 1] = { "member_removed", self.members[interface] }
      self.members[interface], self.member_view = nil, nil
    end
  end
  for _, new in ipairs(listed) do
    if not touched[new.interface] then settle_member(self, self.members[new.interface], new, believed, told) end
  end
end

-- Those who stay, in the list's order; who is not listed keeps the place where they were.
local function settle_callers(self, listed, touched, believed, told)
  local before, order = self.callers, {}
  for _, new in ipairs(listed) do
    local at = index_of(self, new.uniqueid)
    local old = at and before[at]
    if old then
      old.priority, old.channel = new.priority, new.channel
      order[#order + 1] = old
    elseif not touched[new.uniqueid] and believed("+" .. new.uniqueid) then
      order[#order + 1] = new
      told[#told + 1] = { "caller_joined", new }
    end
  end
  for i, old in ipairs(before) do
    if not listed[old.uniqueid] then
      if touched[old.uniqueid] or not believed("-" .. old.uniqueid) then
        table.insert(order, math.min(i, #order + 1), old)
      else
        told[#told + 1] = { "caller_left", old }
      end
    end
  end
  self.callers = order
  renumber(self)
end

--- Sets right what differs from the list. listed: { members, callers }, each a list of records that also has them by
--- interface or unique id. firm: after a gap. Otherwise the events of a difference are probably on their way, and it is
--- believed when a second list has it, too: `suspects` is not empty then.
function state:settle(listed, firm)
  local touched, told = self.touched or {}, {}
  self.touched = nil
  local believed = believer(self, firm)
  settle_members(self, listed.members, touched, believed, told)
  settle_callers(self, listed.callers, touched, believed, told)
  return told
end

-- -- views: an app may go through one while the state changes

--- The members by interface.
function state:members_now()
  if not self.member_view then
    self.member_view = {}
    for interface, member in pairs(self.members) do self.member_view[interface] = member end
  end
  return self.member_view
end

--- The callers, first come the next.
function state:callers_now()
  if not self.caller_view then self.caller_view = { unpack(self.callers) } end
  return self.caller_view
end

return state
