--- Phones, callers and a dialplan: what a PBX has in a test case (calluna.test) as in a scenario that `calluna sim`
--- serves (calluna.sim).
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local expectation = require "calluna.test_expectation"
local ask = require "calluna.test_ask"

local office = {}

-- -- calls

local call_class = {}
call_class.__index = call_class

local function act(self, what, keys) ask("act", { serial = self.serial, what = what, keys = keys }) end

--- Hangs up.
function call_class:hangup() act(self, "hangup") end
--- Presses keys, one after the other.
function call_class:press(keys)
  options.argument("call:press", 1, keys, "string")
  act(self, "press", keys)
end
--- Puts the other side on hold, and takes it back.
function call_class:hold() act(self, "hold") end
function call_class:unhold() act(self, "unhold") end
--- Sends the other side to `to`, an extension of the context where its own calls begin.
function call_class:transfer(to)
  options.argument("call:transfer", 1, to, "string")
  ask("transfer", { serial = self.serial, to = to })
end

local function call_of(made)
  return setmetatable({ kind = "call", serial = made.serial, who = made.who }, call_class)
end

local call_options = { from = "string", to = "string", name = "string", stays = "number" }

--- A caller from outside. opts: from (the number), name, to (what they dial; else the app's one Stasis application is
--- where they come to), stays (seconds until they hang up). Returns the call: hangup, press, hold, unhold.
function office.call(_, opts)
  opts = options.check("pbx:call", opts, call_options)
  return call_of(ask("call", opts))
end

-- -- phones

local phone_class = {}
phone_class.__index = phone_class

-- The channel of it that goes on; raises if there is none.
local function current(self, what)
  local list = ask("phone_channels", { endpoint = self.endpoint })
  for i = #list, 1, -1 do
    if not list[i].ended then return { serial = list[i].serial } end
  end
  expectation.fail(("%s: %s is in no call"):format(what, self.endpoint))
end

--- Hangs up the call it has.
function phone_class:hangup() act(current(self, "phone:hangup"), "hangup") end
--- Answers, or declines, the call it rings for: for phones that do nothing by themselves.
function phone_class:answer() act(current(self, "phone:answer"), "answer") end
function phone_class:decline() act(current(self, "phone:decline"), "decline") end
function phone_class:press(keys)
  options.argument("phone:press", 1, keys, "string")
  act(current(self, "phone:press"), "press", keys)
end
function phone_class:hold() act(current(self, "phone:hold"), "hold") end
function phone_class:unhold() act(current(self, "phone:unhold"), "unhold") end

--- Is in a call of its own from now on, which is nobody else's concern.
function phone_class:be_busy() ask("busy", { endpoint = self.endpoint }) end

--- Dials `to`. Returns the call, as pbx:call.
function phone_class:call(to)
  options.argument("phone:call", 1, to, "string")
  return call_of(ask("call", { endpoint = self.endpoint, to = to, from = self.number, name = self.name }))
end

--- Sends the other side of its call to `to` (REFER).
function phone_class:transfer(to)
  options.argument("phone:transfer", 1, to, "string")
  ask("transfer", { serial = current(self, "phone:transfer").serial, to = to })
end

--- Puts the other side on hold and calls `to` beside it. Returns that call.
function phone_class:consult(to)
  options.argument("phone:consult", 1, to, "string")
  return call_of(ask("consult", { serial = current(self, "phone:consult").serial, to = to }))
end

--- Joins the other sides of its two calls (REFER with Replaces), and is in neither any more. If nobody has answered
--- the second one yet, the first one's other side is sent there.
function phone_class:complete()
  local live = {}
  for _, channel in ipairs(ask("phone_channels", { endpoint = self.endpoint })) do
    if not channel.ended then live[#live + 1] = channel.serial end
  end
  if #live < 2 then
    expectation.fail(("phone:complete: %s has no second call (phone:consult)"):format(self.endpoint))
  end
  ask("complete", { first = live[#live - 1], second = live[#live] })
end

--- Parks the other side. Returns the space, such as "701". lot: its name, "default".
function phone_class:park(lot)
  options.argument("phone:park", 1, lot, "string|nil")
  return ask("park", { serial = current(self, "phone:park").serial, lot = lot })
end

--- Takes the call that is parked there. Returns its own call.
function phone_class:retrieve(space)
  options.argument("phone:retrieve", 1, space, "string")
  return call_of(ask("retrieve", { endpoint = self.endpoint, from = self.number, name = self.name, space = space }))
end

--- Takes the call that rings at another phone; without one, at any (*8). Returns its own call.
function phone_class:pickup(other)
  options.argument("phone:pickup", 1, other, "table|nil")
  return call_of(ask("pickup", {
    endpoint = self.endpoint, from = self.number, name = self.name, other = other and other.endpoint,
  }))
end

local behaviour = {
  does = "string", after = "number", hang_up_after = "number", keys = "string", keys_after = "number",
}
local phone_options = { busy = "boolean", online = "boolean", context = "string", name = "string" }
for key, kind in pairs(behaviour) do phone_options[key] = kind end

local function told(opts, more)
  local argument = {}
  for key in pairs(behaviour) do argument[key] = opts[key] end
  for key, value in pairs(more) do argument[key] = value end
  return argument
end

--- A phone, PJSIP/<number>. opts: does, what it does when it is called: "answer" (the default), "noanswer" (it rings
--- until the test answers it), "busy", "reject", "congestion"; after (seconds, default 1); hang_up_after, keys,
--- keys_after (seconds after it has answered); busy (it is in a call already); online; name; context (where its own
--- calls begin, "from-phones"). Said again of the same number: it behaves so from now on.
function office.phone(_, number, opts)
  options.argument("pbx:phone", 1, number, "string")
  opts = options.check("pbx:phone", opts, phone_options)
  local endpoint = "PJSIP/" .. number
  ask("phone", told(opts, {
    endpoint = endpoint, number = number, name = opts.name, context = opts.context, online = opts.online,
  }))
  local phone = setmetatable({
    kind = "phone", endpoint = endpoint, who = endpoint, number = number, name = opts.name,
  }, phone_class)
  if opts.busy then phone:be_busy() end
  return phone
end

--- What a number outside does when it is dialled through a trunk: options as pbx:phone's.
function office.number(_, number, opts)
  options.argument("pbx:number", 1, number, "string")
  opts = options.check("pbx:number", opts, behaviour)
  ask("number", told(opts, { number = number }))
end

-- -- the PBX itself

--- Adds to the dialplan: text as in extensions.conf, with the applications of docs/sim.md. Callers from outside come
--- into [from-trunk], phones into [from-phones].
function office.dialplan(_, text)
  options.argument("pbx:dialplan", 1, text, "string")
  ask("dialplan", { text = text })
end

--- A queue of Asterisk's own. opts: members (phones or endpoints), strategy, timeout, retry.
function office.queue(_, name, opts)
  options.argument("pbx:queue", 1, name, "string")
  opts = options.check("pbx:queue", opts, {
    members = "table", strategy = "string", timeout = "number", retry = "number",
  })
  local members = {}
  for i, one in ipairs(opts.members or {}) do members[i] = type(one) == "table" and one.endpoint or one end
  ask("queue", {
    name = name, members = members, strategy = opts.strategy, timeout = opts.timeout, retry = opts.retry,
  })
end

-- -- time

--- Lets so many seconds pass, with all that happens in them: in a test at once, in a served scenario really.
function office.advance(_, seconds)
  options.argument("pbx:advance", 1, seconds, "number")
  if not (seconds >= 0 and seconds <= 1e7) then misuse("pbx:advance: seconds from 0 to 10000000") end
  ask("advance", { seconds = seconds })
end

--- Seconds since it began, by the PBX's clock.
function office.now(_) return ask("now") end

return office
