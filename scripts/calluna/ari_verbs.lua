--- A channel's verbs: answer, hang up, hand on, variables, music, events.
--- They stand beside ARI's own operations, which are methods as well (ch:mute{}, ch:hold(), ch:rtpstatistics(), ...).
local native = ...
local channel = require "calluna.ari_channel"
local options = require "calluna.options"
local release = require "calluna.release"
local request = require "calluna.ari_request"
local timers = native.timer

local class = channel.class
local raw = {
  hangup = class.hangup, continue = class.continue_in_dialplan, move = class.move, redirect = class.redirect,
  snoop = class.snoop_channel,
}

local function send(self, operation, arguments)
  if self.gone then return nil, self.gone end
  arguments = request.arguments(arguments)
  arguments.channel_id = self.id
  local value, err = request.send(operation, arguments, self.pbx or nil)
  if err then return nil, self:check_gone(err) end
  return value
end
class.send = send

--- Answers the call; nothing happens if it is answered. Returns true, or nil, err.
function class:answer()
  if self.gone then return nil, self.gone end
  if self.answered or self.state == "Up" then return true end
  local ok, err = send(self, "channels.answer")
  if ok then self.answered = true end
  return ok, err
end

--- Hangs up. opts: reason ("normal", "busy", "congestion", ...) or reason_code (a Q.850 cause).
function class:hangup(opts)
  opts = options.check("channel:hangup", opts, { reason = "string", reason_code = "number" })
  if self.gone then return nil, self.gone end
  self.hanging_up = true
  local ok, err = raw.hangup(self, opts)
  if not ok and self.gone then return true end
  if not ok then self.hanging_up = nil end
  return ok, err
end

--- Hangs up without waiting, and again until it has worked.
function class:drop(reason)
  if self.gone or self.dropped then return end
  self.dropped, self.hanging_up = true, true
  release.channel(self.id, self.pbx or nil, reason, function(absent)
    if absent and not self.expected then return self:die("the channel does not exist any more") end
    -- Its end should be told soon; if that is lost, asking again finds it absent.
    timers.after(10, function()
      if not self.gone then self:drop_again() end
    end)
  end)
end

--- For a channel that appears after it was dropped: the request may have come before the channel.
function class:drop_again()
  self.dropped = nil
  self:drop()
end

-- The call leaves us: its end is no hang-up. Asterisk's StasisEnd may come before the answer.
local function hand_on(self, operation, opts)
  if self.gone then return nil, self.gone end
  self.left = operation
  local ok, err = operation(self, opts)
  if ok or self.gone and self.gone.message == "the call was handed on" then return true end
  self.left = nil
  return nil, err
end

--- Back to the dialplan: { context = , extension = , priority = , label = }; without any: the next step there.
function class:continue_in_dialplan(opts)
  opts = options.check("channel:continue_in_dialplan", opts,
    { context = "string", extension = "string|number", priority = "number", label = "string" })
  return hand_on(self, raw.continue, opts)
end

--- Into another Stasis application: { app = , app_args = }.
function class:move(opts)
  opts = options.check("channel:move", opts, { app = "!string", app_args = "string" })
  return hand_on(self, raw.move, opts)
end

--- Sends the caller elsewhere with the channel's own means (SIP: 302, REFER): { endpoint = }.
function class:redirect(opts)
  opts = options.check("channel:redirect", opts, { endpoint = "!string" })
  return hand_on(self, raw.redirect, opts)
end

local function variable_name(what, name)
  options.argument(what, 1, name, "string", 2)
  if name == "" then error(what .. ": the name is empty", 3) end
end

--- Sets a channel variable or function: ch:set_variable("CHANNEL(language)", "de").
function class:set_variable(name, value)
  variable_name("channel:set_variable", name)
  options.argument("channel:set_variable", 2, value, "string|number|boolean|nil")
  return send(self, "channels.setChannelVar", { variable = name, value = value == nil and "" or tostring(value) })
end

--- Its value; nil if it is not set (nil, err if that could not be learnt).
function class:get_variable(name)
  variable_name("channel:get_variable", name)
  local answer, err = send(self, "channels.getChannelVar", { variable = name })
  if answer then return answer.value end
  if err.code == 404 and not self.gone then return nil end
  return nil, err
end

--- The name that phones called from now on show for this caller.
function class:set_callerid_name(name)
  options.argument("channel:set_callerid_name", 1, name, "string|nil")
  self.shown_name = name or ""
  return send(self, "channels.setChannelVar", { variable = "CALLERID(name)", value = name or "" })
end

--- The number that phones called from now on show for this caller.
function class:set_callerid_number(number)
  options.argument("channel:set_callerid_number", 1, number, "string|number|nil")
  self.shown_number = tostring(number or "")
  return send(self, "channels.setChannelVar", { variable = "CALLERID(num)", value = tostring(number or "") })
end

--- Name and number that phones show for this caller. Asterisk sets what was asked for some time after it has said
--- yes, so what we set counts from then on.
function class:shown_as()
  local caller = self.caller or {}
  return self.shown_name or caller.name, self.shown_number or caller.number
end

--- Music on hold, of that class or the default one.
function class:start_moh(opts)
  options.argument("channel:start_moh", 1, opts, "string|table|nil")
  if type(opts) == "string" then opts = { moh_class = opts } end
  return send(self, "channels.startMoh", options.check("channel:start_moh", opts, { moh_class = "string" }))
end

--- Sends digits: ch:dtmf("12#"); opts: before, between, duration, after, in milliseconds.
function class:dtmf(digits, opts)
  options.argument("channel:dtmf", 1, digits, "string|number")
  local arguments = request.arguments(options.check("channel:dtmf", opts,
    { before = "number", between = "number", duration = "number", after = "number" }), { dtmf = tostring(digits) })
  return send(self, "channels.sendDTMF", arguments)
end

--- A second channel that listens to this one (spy) or talks to it (whisper): both "none", "both", "out", "in".
--- Returns its handle; it belongs to this app.
function class:snoop(opts)
  opts = options.check("channel:snoop", opts,
    { spy = "string", whisper = "string", app = "string", app_args = "string" })
  local app = opts.app or self.app or nil
  return raw.snoop(self, { spy = opts.spy, whisper = opts.whisper, app = app, app_args = opts.app_args })
end

--- The call was sent off by the channel's own means; Asterisk may still give it back.
function class:was_redirected() return self.left == raw.redirect end

return class
