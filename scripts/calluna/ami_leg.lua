--- One channel that is originated over AMI: a phone that is rung, under an id of ours. What becomes of it is told
--- exactly once; one that is not wanted any more is hung up, also if it only comes to be after that.
local native = ...
local device_profile = require "calluna.device_profile"
local dial_text = require "calluna.dial_text"
local hangup_cause = require "calluna.hangup_cause"
local latch = require "calluna.latch"
local log = require "calluna.log"
local manager = require "calluna.manager"
local new_id, tasks, timers = native.ari.new_id, native.task, native.timer

local leg = {}
leg.__index = leg

-- OriginateResponse's Reason, where it says more than the cause.
local kind_of_reason = { ["3"] = "noanswer", ["5"] = "busy", ["8"] = "congestion" }
local words = hangup_cause.words
local patience = 2 -- seconds for the second of two events that tell of one end
local first_pause, tries = 0.5, 8

local function tell(self, kind, message)
  local outcome = self.outcome
  if not outcome then return end
  self.outcome = false
  if self.clock then timers.cancel(self.clock) end
  self.clock = nil
  outcome(self, kind, message or words[kind])
end

local function finish(self)
  if self.off then
    self.off()
    self.off_link()
  end
  self.off = nil
  self.ended:set(true)
end

local function failed(self)
  local kind = kind_of_reason[self.reason or ""] or hangup_cause.kind(self.cause)
  -- A phone that has not even said that it rings: Asterisk 16 calls that congestion.
  kind = kind or (self.began and "congestion" or "offline")
  if self.began and kind == "congestion" and timers.now() >= self.rings_until then kind = "noanswer" end
  tell(self, kind)
  finish(self)
end

-- Hangs up until Asterisk has done it or says that there is no such channel.
local function hang_up(self, cause)
  local pause = first_pause
  for try = 1, tries do
    if not self.off then return end
    local ok, err = manager.act(self, "Hangup", { Cause = cause })
    if ok or err.kind == "gone" or err.kind == "cancelled" then return end
    if try == tries then return log.warning("hanging up %s: given up: %s", self.id, tostring(err)) end
    tasks.prepare("hang up")
    tasks.park(pause)
    pause = pause * 2
  end
end

-- Its end may have gone by while AMI was away. One that does not ring yet is told of by its clock.
local function look_again(self)
  if not self.began and not self.answered then return end
  local ok, err = manager.act(self, "Getvar", { Variable = "CHANNEL(state)" })
  if not ok and err.kind == "gone" and self.off then failed(self) end
end

local on_event = {}

function on_event.Newchannel(self, ev)
  self.began, self.channel = true, ev.Channel
  if self.dropped then tasks.spawn(0, hang_up, self, self.dropped) end
end

function on_event.OriginateResponse(self, ev)
  if ev.Response == "Success" then
    self.answered, self.channel = true, ev.Channel
    if self.dropped then return tasks.spawn(0, hang_up, self, self.dropped) end
    return tell(self, nil)
  end
  self.reason = ev.Reason
  if not self.began or self.cause then return failed(self) end
  timers.after(patience, function() failed(self) end)
end

function on_event.Hangup(self, ev)
  self.cause = tonumber(ev.Cause) or 0
  if self.answered or self.reason or self.dropped then return failed(self) end
  timers.after(patience, function() failed(self) end)
end

--- Nobody wants this channel any more: it is hung up (cause: Q.850, default 16), and its outcome is not told.
function leg:drop(cause)
  self.outcome = false
  if self.clock then timers.cancel(self.clock) end
  self.clock = nil
  if self.dropped or not self.off then return end
  self.dropped = tostring(cause or 16)
  tasks.spawn(0, hang_up, self, self.dropped)
  -- If its end is never told, it is forgotten.
  timers.after(60, function() finish(self) end)
end

-- The number is set as connected line, which the phone shows, and not as the caller's, which the dialplan and with it
-- the far side would take for the user's own.
local function variables_of(opts)
  local variables = {}
  for name, value in pairs(opts.variables or {}) do variables[name] = value end
  if opts.shown_number then variables["CONNECTEDLINE(num,i)"] = opts.shown_number end
  if opts.shown_name then variables["CONNECTEDLINE(name,i)"] = opts.shown_name end
  if opts.own_number then variables["CALLERID(num)"] = opts.own_number end
  if opts.own_name then variables["CALLERID(name)"] = opts.own_name end
  return next(variables) and variables or nil
end

local function originate(self, headers)
  local ok, err = manager.send(self.pbx, headers, true)
  if ok then return end
  -- A lost answer: it may still have been made.
  if err.kind == "timeout" or err.kind == "offline" then
    tell(self, err.kind == "timeout" and "congestion" or "offline", err.message)
    return self:drop()
  end
  tell(self, err.kind == "rejected" and "congestion" or err.kind, err.message)
  finish(self)
end

--- Rings `endpoint`; whoever answers is led into opts.application with opts.data (both chosen and checked by the
--- library). outcome(leg, kind, message): told once, must not wait: kind nil when it was answered, else busy, noanswer,
--- offline, congestion, rejected, refused. opts: pbx; timeout (seconds); variables; shown_name, shown_number (what the
--- phone shows), own_name, own_number (the user's own towards others). Returns the leg: id, channel (its name, once it
--- is known), ended (a latch).
function leg.ring(endpoint, opts, outcome)
  local self = setmetatable({
    id = opts.id or new_id("ch"), pbx = opts.pbx, endpoint = endpoint, outcome = outcome, ended = latch.new(),
    rings_until = timers.now() + opts.timeout,
  }, leg)
  self.off = manager.listen(opts.pbx, { "Newchannel", "OriginateResponse", "Hangup" }, { Uniqueid = self.id },
    function(ev) return on_event[ev.Event](self, ev) end)
  self.off_link = manager.listen(opts.pbx, { "CallunaLink" }, { State = "up" }, function()
    tasks.spawn(0, look_again, self)
  end)
  -- Asterisk keeps the time; ours counts if its word is lost.
  self.clock = timers.after(opts.timeout + 5, function()
    self.clock = nil
    tell(self, "noanswer")
    self:drop(19)
  end)
  tasks.spawn(0, originate, self, {
    Action = "Originate", Channel = endpoint, ChannelId = self.id, Application = opts.application, Data = opts.data,
    Timeout = tostring(math.floor(opts.timeout * 1000)), Async = "true", Variable = variables_of(opts),
  })
  return self
end

--- The same, waiting until it was answered. opts.auto_answer: a profile or header. what: the verb, for errors.
--- Returns the leg; or nil, err.
function leg.answered(endpoint, opts, what)
  local checked, err = dial_text.endpoint("a device", endpoint)
  if not checked then return nil, err end
  opts.variables = opts.variables or {}
  if opts.auto_answer then
    local ok
    ok, err = device_profile.add(opts.variables, endpoint, opts.auto_answer)
    if not ok then return nil, err end
  end
  local done = latch.new()
  local self = leg.ring(endpoint, opts, function(one, kind, message)
    if kind == nil then return done:set(one) end
    done:set(nil, tasks.error(kind, message))
  end)
  local answer
  answer, err = done:wait(false, what)
  if not answer then self:drop() end
  return answer, err
end

return leg
