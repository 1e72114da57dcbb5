--- Click-to-call: rings all of a user's devices, the first to answer wins; then the far side is dialled by the PBX's
--- own dialplan, so that its trunks and rules count. calls.click is this.
---
--- Each device is originated into Wait(), so that two which answer at once cannot both dial. Only the winner is
--- redirected into the dialplan. That is AMI; without it there is no click.
local native = ...
local ami_leg = require "calluna.ami_leg"
local device_profile = require "calluna.device_profile"
local dial_text = require "calluna.dial_text"
local far_side = require "calluna.far_side"
local json = require "calluna.json"
local latch = require "calluna.latch"
local manager = require "calluna.manager"
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local users = require "calluna.users"
local new_id, tasks, timers = native.ari.new_id, native.task, native.timer

local click = {}

local remembered = 600 -- seconds an id stays known after its click was decided
local a_moment = 2 -- seconds at most
local waits_in_wait = 30 -- seconds a device that answered may wait to be connected; it takes some milliseconds

local known_options = {
  user = "table|string|number", devices = "string|table", to = "!string|number|table|userdata", pbx = "string",
  context = "string", callerid = "string", outbound_callerid = "string", auto_answer = "boolean|string",
  ring_timeout = "number", timeout = "number", id = "string", dtmf_after_answer = "string", variables = "table",
}

-- Clicks by their id, as long as it is known.
local by_id = {}

-- If all devices fail: what tells most.
local telling = { rejected = 6, busy = 5, noanswer = 4, congestion = 3, refused = 2, offline = 1 }

local function failure(side, kind, message)
  local err = tasks.error(kind, message)
  err.side = side
  return err
end

local function invalid(text, ...) return nil, tasks.error("invalid", text:format(...)) end

local function one_device(given, from_user)
  if type(given) == "string" then return { channel = given } end
  if type(given) ~= "table" or type(given.channel) ~= "string" then
    misuse("calls.click: a device is a text such as 'PJSIP/101', or a table with channel = 'PJSIP/101'")
  end
  if from_user and given.originate == false then return nil end
  return given
end

local function devices_of(opts)
  local user = opts.user
  if user ~= nil and type(user) ~= "table" then
    user = users.get(user)
    if not user then return invalid("there is no user '%s'", tostring(opts.user)) end
  end
  local given = opts.devices
  if given == nil then given = user.devices or {} end
  if type(given) == "string" or given.channel then given = { given } end
  local list = {}
  for _, one in ipairs(given) do list[#list + 1] = one_device(one, opts.devices == nil) end
  if #list == 0 then
    return invalid("%s has no device that may be rung", user and (user.name or user.id or "the user") or "the list")
  end
  return list, nil, user or {}
end

local function text_of(to)
  if type(to) == "string" then return to end
  if type(to) == "number" then return ("%.0f"):format(to) end
  local e164 = to.e164
  if type(e164) ~= "string" then misuse("calls.click: to is a text or a number of phone.parse") end
  return e164
end

-- Raises what is wrong in the app, at its line: all that follows runs in a task of its own.
local function check_shapes(opts)
  local given = opts.devices
  if given == nil and opts.user == nil then misuse("calls.click: option 'user' or 'devices' is needed") end
  if type(given) ~= "table" or given.channel then given = { given } end
  for _, one in ipairs(given) do one_device(one) end
  text_of(opts.to)
  for name, value in pairs(opts.variables or {}) do
    if type(name) ~= "string" or (type(value) ~= "string" and type(value) ~= "number") then
      misuse("calls.click: variables are { NAME = \"value\", ... }")
    end
  end
  for _, name in ipairs { "ring_timeout", "timeout" } do
    local seconds = opts[name] or 1
    if not (seconds > 0 and seconds <= 86400) then misuse("calls.click: %s is a number of seconds", name) end
  end
end

-- Where the device's calls begin, asked of the PBX if nobody said it.
local function context_of(device, opts, pbx)
  local context = device.context or opts.context
  if context then return dial_text.context("the context", context) end
  context = manager.context_of(pbx, device.channel)
  if context then return context end
  return invalid("nobody says in which context %s dials: give the device or the click a context", device.channel)
end

local function variables_for(self, device)
  local variables = {}
  for name, value in pairs(self.opts.variables or {}) do
    local ok, err = dial_text.variable("a variable's name", tostring(name))
    if not ok then return nil, err end
    variables[name] = value
  end
  local auto = self.opts.auto_answer
  if auto == true then auto = device.auto_answer end
  if auto then
    local ok, err = device_profile.add(variables, device.channel, auto)
    if not ok then return nil, err end
  end
  return variables
end

-- What the devices show, and what the far side does.
local function caller_ids(self, user)
  local opts = self.opts
  local err
  self.shown_name, self.shown_number, err = dial_text.callerid("callerid", opts.callerid or self.to)
  if err then return nil, err end
  self.shown_number = self.shown_number or self.to
  if not opts.outbound_callerid then
    self.own_name, self.own_number = user.name, user.extension
    return true
  end
  self.own_name, self.own_number, err = dial_text.callerid("outbound_callerid", opts.outbound_callerid)
  return not err, err
end

-- Everything that can be wrong is found before a phone rings.
local function prepare(self)
  local opts = self.opts
  local err, user
  self.to, err = dial_text.extension("to", text_of(opts.to))
  if not self.to then return nil, err end
  self.devices, err, user = devices_of(opts)
  if not self.devices then return nil, err end
  self.pbx = opts.pbx or user.pbx
  if not manager.has(self.pbx) then
    return nil, tasks.error("refused", "calls.click needs AMI: [pbx.NAME.ami] in the configuration")
  end
  local digits = opts.dtmf_after_answer
  if digits then
    digits, err = dial_text.digits("dtmf_after_answer", digits)
    if not digits then return nil, err end
  end
  local ok
  ok, err = caller_ids(self, user)
  if not ok then return nil, err end
  for i, device in ipairs(self.devices) do
    ok, err = dial_text.endpoint("a device", device.channel)
    if not ok then return nil, err end
    local variables
    variables, err = variables_for(self, device)
    if not variables then return nil, err end
    self.plan[i] = { channel = device.channel, variables = variables }
  end
  for i, device in ipairs(self.devices) do
    self.plan[i].context, err = context_of(device, opts, self.pbx)
    if not self.plan[i].context then return nil, err end
  end
  return true
end

-- The model is told first: all these channels are one call, which no event says.
local function announce(self)
  self.ids = {}
  for i in ipairs(self.plan) do self.ids[i] = new_id("ch") end
  local model = native.calls
  if model and model.begin_click then model.begin_click(self.pbx, self.id, self.to, self.ids) end
end

-- Rings all devices. Returns the leg that answered first, or nil, err.
local function first_answer(self)
  local decided, failures = latch.new(), 0
  local kind_so_far, message_so_far
  local function outcome(one, kind, message)
    if kind == nil then
      if not decided:set(one) then one:drop(26) end
      return
    end
    failures = failures + 1
    if (telling[kind] or 0) > (telling[kind_so_far] or -1) then kind_so_far, message_so_far = kind, message end
    if failures == #self.plan then
      decided:set(nil, failure("user", kind_so_far, "the user's phone: " .. message_so_far))
    end
  end
  for i, device in ipairs(self.plan) do
    local one = ami_leg.ring(device.channel, {
      id = self.ids[i], pbx = self.pbx, application = "Wait", data = tostring(waits_in_wait),
      timeout = self.opts.ring_timeout or 20, variables = device.variables,
      shown_name = self.shown_name, shown_number = self.shown_number,
      own_name = self.own_name, own_number = self.own_number,
    }, outcome)
    one.context = device.context
    self.legs[i] = one
  end
  local winner, err = decided:wait(false, "calls.click")
  decided:set(nil) -- whoever answers from now on is too late
  for _, one in ipairs(self.legs) do
    if one ~= winner then one:drop(winner and 26 or 16) end
  end
  return winner, err
end

local function send_digits(self, channel)
  far_side.send_digits({ pbx = self.pbx, channel = channel }, self.opts.dtmf_after_answer)
end

-- Leads the winner into the dialplan and waits for what becomes of the far side.
local function reach(self, winner)
  local far = far_side.watch(self.pbx, winner.id)
  local ok, err = manager.act(winner, "Redirect", { Context = winner.context, Exten = self.to, Priority = "1" })
  local answer
  if ok then
    answer, err = far:wait(self.opts.timeout or 60)
  elseif err.kind == "gone" then
    err = failure("user", "cancelled", "the user hung up before the far side was dialled")
  end
  far:close()
  if not answer then
    winner:drop()
    return nil, err
  end
  if self.opts.dtmf_after_answer and answer.channel then tasks.spawn(0, send_digits, self, answer.channel) end
  return answer
end

-- The call as the model has it, which hears of the answer a moment after us.
local function model_call(self, winner, answer)
  local call = click.find and click.find(self.id)
  if not call then return { id = self.id, pbx = self.pbx, legs = { { channel = winner.channel, id = winner.id } } } end
  if answer.channel then call:wait("answered", a_moment) end
  return call
end

local function run(self)
  local ready, err = prepare(self)
  if not ready then return nil, err end
  announce(self)
  local winner
  winner, err = first_answer(self)
  if not winner then return nil, err end
  local answer
  answer, err = reach(self, winner)
  if not answer then return nil, err end
  return model_call(self, winner, answer)
end

local function give_up(self)
  if self.task then tasks.doom(self.task, "cancelled", "nobody waits for this click any more") end
  for _, one in ipairs(self.legs) do one:drop() end
end

-- For the generations after this one, which may be asked for the same id.
local function keep(self, call, err)
  local model = native.calls
  if not (self.opts.id and model and model.keep_click) then return end
  local outcome = err and { kind = err.kind, message = err.message, side = err.side }
    or { id = call.id, pbx = call.pbx, status = call.status }
  model.keep_click(self.id, json.encode(outcome))
end

-- What an earlier generation knows of that id: as the click would return it.
local function recall(id)
  local model = native.calls
  local text = model and model.recall_click and model.recall_click(id)
  if not text then return nil end
  local outcome = json.decode(text)
  if outcome.kind then return nil, failure(outcome.side, outcome.kind, outcome.message) end
  outcome.legs = {}
  return outcome
end

local function start(opts)
  local self = { id = opts.id or new_id("click"), opts = opts, plan = {}, legs = {}, done = latch.new(), waiting = 0 }
  by_id[self.id] = self
  -- A task of the app's own: the one who asked may be gone while another waits for the same id.
  tasks.spawn(0, function()
    self.task = tasks.current()
    local ok, call, err = xpcall(run, debug.traceback, self)
    self.task = nil
    if not ok then
      for _, one in ipairs(self.legs) do one:drop() end
      self.done:set(nil, tasks.error("invalid", tostring(call)))
      error(call, 0)
    end
    self.done:set(call or nil, err)
    -- What never rang may be asked again.
    if #self.legs == 0 then
      by_id[self.id] = nil
    else
      keep(self, call, err)
      timers.after(remembered, function() by_id[self.id] = nil end)
    end
  end)
  return self
end

--- Calls `to` for a user: rings the user's devices, all at once; who answers first is connected with `to`, dialled by
--- the dialplan of the device's context. Waits until the far side has answered.
--- opts: user (a user or a key: those devices which may be originated to) or devices ("PJSIP/101", a list of these or
--- of { channel, context, auto_answer }); to (a number of phone.parse, dialled as E.164, or a text, dialled as it is);
--- pbx; context (default: the device's, else the PBX is asked); callerid (what the devices show; default: `to`);
--- outbound_callerid (what the far side sees; default: the user's name and extension, for the dialplan to change);
--- auto_answer (true: each device by its own profile; or a profile or header for all); ring_timeout (seconds, default
--- 20); timeout (seconds for the far side, default 60); id (the same id is the same call as long as it is known: ten
--- minutes); dtmf_after_answer ("ww101": w is half a second); variables.
--- Returns the call; or nil, err: busy, noanswer, offline, congestion, rejected, or cancelled if the user hung up
--- first; err.side is "user" or "remote".
function click.click(opts)
  opts = options.check("calls.click", opts, known_options)
  check_shapes(opts)
  if opts.id then
    local ok, err = dial_text.line("id", opts.id)
    if not ok then return nil, err end
    if opts.id == "" or #opts.id > 128 then return invalid("id has %d characters; 1 to 128 are possible", #opts.id) end
  end
  local known = opts.id and (by_id[opts.id] or nil)
  if not known and opts.id then
    local call, err = click.find and click.find(opts.id), nil
    if not call then call, err = recall(opts.id) end
    if call or err then return call, err end
  end
  local self = known or start(opts)
  self.waiting = self.waiting + 1
  local call, err = self.done:wait(false, "calls.click")
  self.waiting = self.waiting - 1
  if not self.done.done and self.waiting == 0 then give_up(self) end
  return call, err
end

return click
