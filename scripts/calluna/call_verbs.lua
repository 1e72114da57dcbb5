--- The verbs of a call, and of a leg: hang up, transfer, park, pick up, hold, spy, record, play, send digits, set
--- variables, dial. A leg's act on that leg; a call's choose one, unless opts.leg says which.
local native = ...
local call = require "calluna.call"
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local verbs = require "calluna.channel_verbs"
local tasks = native.task

local call_class, leg_class = call.class, call.leg.class

local function living(self)
  local list = {}
  for _, leg in ipairs(self.legs) do
    if not leg.ended_at then list[#list + 1] = leg end
  end
  return list
end

local function first(list, fits)
  for _, leg in ipairs(list) do
    if fits(leg) then return leg end
  end
end

-- Of our people the one who talks; else whoever is inside.
local function ours(list)
  return first(list, function(leg) return leg.answered_at and not leg.outside and leg.user end)
    or first(list, function(leg) return leg.answered_at and not leg.outside end)
    or first(list, function(leg) return not leg.outside end) or list[1]
end

-- The one at the other end: outside if anybody is, else who is not ours.
local function theirs(list)
  local mine = ours(list)
  return first(list, function(leg) return leg.outside end)
    or first(list, function(leg) return leg.id ~= mine.id end) or mine
end

local function ringing(list)
  return first(list, function(leg) return not leg.answered_at and leg.role ~= "caller" end)
end

-- The leg to act on and the other options; nil, err if the call has none (any more).
local function choose(self, what, opts, default)
  local rest, given = {}, nil
  if opts ~= nil and type(opts) ~= "table" then misuse("%s: options are a table, not a %s", what, type(opts)) end
  for key, value in pairs(opts or rest) do
    if key == "leg" then given = value else rest[key] = value end
  end
  if given ~= nil then
    if type(given) ~= "userdata" then misuse("%s: leg is one of call.legs, not a %s", what, type(given)) end
    return given, rest
  end
  local list = living(self)
  local leg = #list > 0 and default(list)
  if leg then return leg, rest end
  return nil, tasks.error("gone", #list > 0 and what .. ": the call has no such leg" or "the call has ended")
end

local function with_leg(verb, what, default)
  return function(self, opts)
    local leg, rest = choose(self, what, opts, default)
    if not leg then return nil, rest end
    return verbs[verb](leg, rest)
  end
end

--- Hangs up all its legs. opts: reason ("normal", "busy", "rejected", "congestion", "no_answer") or cause (Q.850).
--- Returns true, also if it has ended meanwhile; or nil, err.
function call_class:hangup(opts)
  opts = options.check("call:hangup", opts, { reason = "string", cause = "number" })
  local problem
  for _, leg in ipairs(living(self)) do
    local ok, err = verbs.hangup(leg, opts)
    if not ok and err.kind ~= "gone" then problem = problem or err end
  end
  return not problem or nil, problem
end

--- Hands the other side on: { to, context, leg (who transfers; default: our person) }. With attended = true, `to` is
--- asked first: returns { complete(), cancel() } once they have answered (timeout: seconds, default 30).
call_class.transfer = with_leg("transfer", "call:transfer", ours)

--- The other side hears music until `resume`. opts: leg (who holds; default: our person).
call_class.hold = with_leg("hold", "call:hold", ours)
call_class.resume = with_leg("resume", "call:resume", ours)

--- A supervisor's phone listens: { device or user, mode = "listen" | "whisper" | "barge", leg (default: our person),
--- auto_answer, timeout, callerid }. Returns { stop(), wait_end(timeout) }, or nil, err.
call_class.spy = with_leg("spy", "call:spy", ours)

--- Records both sides: { name, format ("wav"), leg }. Returns { name, pause(), resume(), stop() }, or nil, err.
call_class.record = with_leg("record", "call:record", ours)

--- Parks the other side: { lot, leg (who is parked) }. Returns the place ("701"), or nil, err.
function call_class:park(opts)
  opts = options.check("call:park", opts, { lot = "string", leg = "any" })
  local leg, rest = choose(self, "call:park", opts, theirs)
  if not leg then return nil, rest end
  local mine = ours(living(self))
  return verbs.park(leg, { lot = rest.lot, parker = mine and mine.id ~= leg.id and mine.channel or nil })
end

--- Takes the call to another phone, while it rings or is parked: { device or user, leg, auto_answer, timeout }.
function call_class:pickup(opts)
  local parking = self.status == "parked" and self.parkings[#self.parkings]
  local leg, rest = choose(self, "call:pickup", opts, parking and theirs or ringing)
  if not leg then return nil, rest end
  if parking then return verbs.unpark(leg, parking, rest) end
  return verbs.pickup(leg, rest)
end

--- Plays to one party, our person by default: { leg, to = "both", timeout }. Waits for the end.
function call_class:play(media, opts)
  local leg, rest = choose(self, "call:play", opts, ours)
  if not leg then return nil, rest end
  return verbs.play(leg, media, rest)
end

--- Sends digits to the other side, or to opts.leg; "w" is half a second.
function call_class:send_dtmf(digits, opts)
  local leg, rest = choose(self, "call:send_dtmf", options.check("call:send_dtmf", opts, { leg = "any" }), theirs)
  if not leg then return nil, rest end
  return verbs.send_dtmf(leg, digits)
end

--- Sets a variable of the caller's channel, or of opts.leg.
function call_class:set_variable(name, value, opts)
  opts = options.check("call:set_variable", opts, { leg = "any" })
  local leg, rest = choose(self, "call:set_variable", opts, function(list) return list[1] end)
  if not leg then return nil, rest end
  return verbs.set_variable(leg, name, value)
end

--- Rings phones for the caller, as ch:dial: only of a call which this app leads in Stasis.
function call_class:dial(endpoints, opts)
  local leg, err = choose(self, "call:dial", nil, function(list) return list[1] end)
  if not leg then return nil, err end
  return verbs.dial(leg, endpoints, opts)
end

for _, name in ipairs {
  "hangup", "transfer", "hold", "resume", "spy", "record", "pickup", "play", "send_dtmf", "set_variable",
} do
  leg_class[name] = verbs[name]
end

--- Parks this leg's party: { lot }. Returns the place, or nil, err.
function leg_class:park(opts)
  return verbs.park(self, options.check("leg:park", opts, { lot = "string" }))
end

return verbs
