--- A call: one conversation, whatever becomes of it. One object for each, always as new as what was heard last; it
--- is read-only and outlives the call. `call.class` and `leg.class` take further methods (see calls.lua).
local native = ...
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local core, tasks, users = native.calls, native.task, native.users

local call = { class = {}, getters = {} }
local leg = { class = {}, getters = {} }

local function no_field(self, what, key, kind)
  local known = core.field_names(self)
  for name in pairs(kind.class) do known[name] = true end
  for name in pairs(kind.getters) do known[name] = true end
  local near = type(key) == "string" and options.suggest(key, known)
  misuse("%s has no field '%s'%s", what, tostring(key), near and (" (did you mean '%s'?)"):format(near) or "")
end

local function index_of(kind, what)
  return function(self, key)
    local method = kind.class[key]
    if method ~= nil then return method end
    local getter = kind.getters[key]
    if getter then return getter(self) end
    if type(key) ~= "string" then no_field(self, what, key, kind) end
    local value, known = core.field(self, key)
    if known == false then no_field(self, what, key, kind) end
    return value
  end
end

core.call_class.__index = index_of(call, "a call")
core.leg_class.__index = index_of(leg, "a leg")
function core.call_class.__tostring(self) return "call " .. self.id end
function core.leg_class.__tostring(self) return "leg " .. self.channel end

--- Whose telephone that is, as calluna.users knows them; nil if it is nobody's.
function leg.getters.user(self) return users.by_channel(self.channel, self.pbx) end

--- Of our people, the one whose call it is: who answered it, if it came from outside; else who began it. nil if that
--- is nobody of ours, or not yet known.
function call.getters.user(self)
  local incoming = self.direction == "in"
  for _, one in ipairs(self.legs) do
    local mine = one.role == "caller" or one.role == "user"
    if incoming then mine = one.endpoint == self.answered_by end
    if mine and one.user then return one.user end
  end
end

--- The partner at the other end, as partners.lookup(call.remote_number) finds them; nil for nobody, or one of several.
function call.getters.partner(self)
  local number = self.direction ~= "internal" and self.remote_number
  return number and (require "calluna.partners".lookup(number)) or nil
end

local wait_kinds = {}
for name, bit in pairs(core.kinds) do
  if name ~= "gap" and name ~= "started" then wait_kinds[name] = bit end
end

--- The sum of the named events' bits; raises for an unknown name.
local function bits_of(what, names, known)
  local bits = 0
  for _, name in ipairs(type(names) == "table" and names or { names }) do
    local one = known[name]
    if not one then
      local near = type(name) == "string" and options.suggest(name, known)
      local hint = near and (" (did you mean '%s'?)"):format(near) or ""
      misuse("%s: there is no event '%s'%s", what, tostring(name), hint)
    end
    bits = bit.bor(bits, one)
  end
  return bits
end
call.bits_of = bits_of

local function is_there(self, names)
  for _, name in ipairs(type(names) == "table" and names or { names }) do
    local at = name == "ended" and self.ended_at or name == "answered" and self.answered_at
    if at then return { name = name, at = at, synthetic = false } end
  end
end

--- Waits for the next event called `names` (a name or a list) of this call. timeout: seconds, default 30; false: until
--- the call's end. What is so already, "answered" and "ended", returns at once.
--- Returns the event ({ name, at, leg, ... }); nil, err (timeout; gone, when the call has ended).
function call.class:wait(names, timeout)
  options.argument("call:wait", 1, names, "string|table")
  if timeout == nil then timeout = 30 end
  if timeout ~= false then options.argument("call:wait", 2, timeout, "number") end
  local bits = bits_of("call:wait", names, wait_kinds)
  local already = is_there(self, names)
  if already then return already end
  local ticket = tasks.prepare("call:wait")
  if not core.expect(self, ticket, bits) then return nil, tasks.error("gone", "the call has ended") end
  local event, err = tasks.park(timeout)
  core.forget(self, ticket)
  return event, err
end

local plain_call = {
  "id", "pbx", "direction", "status", "cause", "cause_text", "click_id", "uncertain", "caller_number", "caller_name",
  "dialed_number", "remote_number", "answered_by", "hung_up_by", "picked_up_by", "conference", "started_at",
  "answered_at", "ended_at", "ring_seconds", "wait_seconds", "talk_seconds", "hold_seconds", "parked_seconds",
  "total_seconds", "holds", "dtmf_count", "queues", "transfers", "parkings", "recordings", "participants", "linkedids",
}
local plain_leg = {
  "id", "channel", "endpoint", "number", "extension", "role", "outcome", "outside", "talked", "hung_up", "began_at",
  "rang_at", "answered_at", "ended_at", "cause", "cause_text", "dial_status", "dtmf_count",
}

local function copy(self, names)
  local result = {}
  for _, name in ipairs(names) do
    local value = core.field(self, name)
    if type(value) ~= "table" or next(value) ~= nil then result[name] = value end
  end
  local user = self.user
  result.user = user and user.id
  return result
end

--- Everything in it as a plain table, which json.encode takes: as the fields, with user a key, partner { id, name },
--- and legs a list of such tables; empty lists are left out.
function call.class:summary()
  local result = copy(self, plain_call)
  result.legs = {}
  for i, one in ipairs(self.legs) do result.legs[i] = one:summary() end
  local who = self.partner
  result.partner = who and { id = who.id, name = who.display_name } or nil
  return result
end

--- The leg as a plain table.
function leg.class:summary() return copy(self, plain_leg) end

function core.call_class.__pairs_table(self) return self:summary() end
function core.leg_class.__pairs_table(self) return self:summary() end

call.leg = leg
return call
