--- One phone that is called on behalf of a call. Whatever happens to it is told exactly once; a leg that is not
--- wanted any more is hung up, also if it only comes to be after that.
local native = ...
local channel = require "calluna.ari_channel"
local hangup_cause = require "calluna.hangup_cause"
local request = require "calluna.ari_request"
local core, tasks, timers = native.ari, native.task, native.timer

local leg = {}

local words = hangup_cause.words

local function kind_of_error(err)
  if err.code == 500 then return "offline" end -- "Allocation failed": no such endpoint, or not registered
  if err.kind == "invalid" or err.kind == "cancelled" then return err.kind end
  return "congestion"
end

local function tell(self, kind, message)
  local outcome = self.outcome
  if not outcome then return end
  self.outcome = false
  if self.clock then timers.cancel(self.clock) end
  self.clock = false
  outcome(self, kind, message or words[kind])
end

local function on_answer(self)
  if self.dropped then return self:drop_again() end
  self.answered = true
  tell(self, nil)
end

local function on_end(self) tell(self, hangup_cause.kind(self.cause) or "congestion") end

local function originate(self, arguments)
  local ok, err = request.send("channels.originateWithId", arguments, self.pbx or nil)
  self.expected = nil
  if self.gone then return end
  if ok then
    self:made(ok)
    if self.dropped then self:drop_again() end
    return
  end
  tell(self, kind_of_error(err), err.message)
  self:not_made(err)
end

--- A name or number as Asterisk takes caller ids: "Name" <number>. number: what a name alone is completed with.
function leg.callerid(text, number)
  if text == nil or text == "" then return number ~= "" and number or nil end
  if text:find("<", 1, true) or text:find("^%+?[%d%*#]+$") then return text end
  return ('"%s" <%s>'):format(text:gsub('[\\"%c]', ""), number or "")
end

--- Calls `endpoint`. outcome(leg, kind, message): told once, and must not wait: kind nil when it was answered, else
--- busy, noanswer, offline, congestion, rejected. opts: callerid, variables, timeout (seconds or false), caller
--- (whose
--- call it is). Returns the leg: a channel handle.
function leg.ring(endpoint, opts, outcome)
  local caller = opts.caller
  local self = channel.listen(core.new_id("ch"), caller.pbx, caller.app)
  self.endpoint, self.outcome, self.expected = endpoint, outcome, true
  self:listen("StasisStart", on_answer)
  self:finally(on_end)
  local seconds = opts.timeout
  if seconds then
    self.clock = timers.after(seconds, function()
      self.clock = false
      self:drop("no_answer")
      tell(self, "noanswer")
    end)
  end
  -- Asterisk's own limit only counts if we are not there any more.
  tasks.spawn(0, originate, self, {
    channel_id = self.id, endpoint = endpoint, app = caller.app, app_args = "dialed", caller_id = opts.callerid,
    variables = opts.variables, originator = caller.id, timeout = seconds and math.ceil(seconds) + 5 or -1,
  })
  return self
end

--- Nobody wants this leg any more: it is hung up, and its outcome is not told.
function leg.cancel(self, reason)
  self.outcome = false
  if self.clock then timers.cancel(self.clock) end
  self.clock = false
  self:drop(reason)
end

for _, name in ipairs { "outcome", "clock", "endpoint" } do channel.class[name] = false end

return leg
