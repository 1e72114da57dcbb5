--- Calls: one for each conversation, through queue, transfer, pickup and local legs, from AMI and ARI together.
--- See docs/lua/calls.md for what a call holds.
local native = ...
local call = require "calluna.call"
local click = require "calluna.click"
local misuse = require "calluna.misuse"
local options = require "calluna.options"
require "calluna.call_verbs"
local core = native.calls

local calls = {}
local subscription = {}
subscription.__index = subscription

--- No more events for this handler.
function subscription:off()
  if self.handle then core.off(self.handle) end
  self.handle = nil
end

local filter_keys = {
  direction = "string|table", pbx = "string|table", queue = "string|table", user = "string|table",
  endpoint = "string|table", number = "string|table",
}
local directions = { ["in"] = true, out = true, internal = true }

-- Lists of texts, which is what the native side takes; a user's table stands for its key.
local function filter_argument(what, filter)
  if filter == nil then return nil end
  options.check(what, filter, filter_keys, 2)
  local lists = {}
  for key, value in pairs(filter) do
    if type(value) ~= "table" or value.id then value = { value } end
    local list = {}
    for i, one in ipairs(value) do
      if key == "user" and type(one) == "table" then one = one.id end
      if type(one) ~= "string" then misuse("%s: %s is a text or a list of texts", what, key) end
      if key == "direction" and not directions[one] then
        misuse("%s: direction is \"in\", \"out\" or \"internal\", not '%s'", what, one)
      end
      list[i] = one
    end
    if #list == 0 then
      if next(value) ~= nil then misuse("%s: %s is a text or a list of texts", what, key) end
      list[1] = "" -- which nothing is called: of nobody's calls there are none
    end
    lists[key] = list
  end
  return lists
end

--- Calls fn(call, leg, event), as a task of the call, for each event called `names` (a name or a list): started,
--- ringing, answered, held, resumed, left (a leg has ended), transferred, queued, dequeued, parked, unparked,
--- recording, merged, ended, gap.
--- filter (may be left out): direction, pbx, queue, user, endpoint ("PJSIP/1*"), number; each a text or a list.
--- leg: whose event it is, or nil. event: { name, at, synthetic, ... }. What still waits when the call has ended is
--- resumed with nil, err (gone); only a handler of "ended" belongs to the app. gap: nobody listened to a PBX between
--- event.from and event.at; call is nil.
--- Returns a handle with `off()`.
function calls.on(names, filter, fn)
  if type(filter) == "function" and fn == nil then filter, fn = nil, filter end
  options.argument("calls.on", 1, names, "string|table")
  options.argument("calls.on", 2, filter, "table|nil")
  options.argument("calls.on", 3, fn, "function")
  local bits = call.bits_of("calls.on", names, core.kinds)
  return setmetatable({ handle = core.on(bits, filter_argument("calls.on", filter), fn) }, subscription)
end

--- The live calls, oldest first. filter: as of calls.on.
function calls.active(filter)
  return core.active(filter_argument("calls.active", filter))
end

--- The live call with that id; nil if there is none.
function calls.get(id)
  options.argument("calls.get", 1, id, "string")
  return core.get(id)
end

--- The live call which that channel is part of, by its name ("PJSIP/101-0000001f") or unique id; nil if there is none.
--- pbx: where, by its name in the configuration; names repeat on several PBXs. Default: any.
function calls.by_channel(channel, pbx)
  options.argument("calls.by_channel", 1, channel, "string")
  options.argument("calls.by_channel", 2, pbx, "string|nil")
  return core.by_channel(channel, pbx)
end

--- Whether a phone rings or is in a call of any kind, by its endpoint ("PJSIP/101"); pbx: where, default any. nil while
--- the calls have not been told yet.
function calls.in_use(endpoint, pbx)
  options.argument("calls.in_use", 1, endpoint, "string")
  options.argument("calls.in_use", 2, pbx, "string|nil")
  return core.in_use(endpoint, pbx)
end

function click.find(id)
  for _, one in ipairs(core.active()) do
    if one.click_id == id then return one end
  end
end

calls.click = click.click

core.want()
return calls
