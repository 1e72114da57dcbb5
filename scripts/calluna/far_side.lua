--- What becomes of a channel that dials in the dialplan: answered, busy, ... told by AMI, whatever application dials.
local native = ...
local dial_text = require "calluna.dial_text"
local hangup_cause = require "calluna.hangup_cause"
local latch = require "calluna.latch"
local manager = require "calluna.manager"
local tasks, timers = native.task, native.timer

local far_side = {}
far_side.__index = far_side

-- DIALSTATUS in the words apps decide on.
local kind_of_status = {
  BUSY = "busy", NOANSWER = "noanswer", CONGESTION = "congestion", CHANUNAVAIL = "offline", CANCEL = "cancelled",
  DONTCALL = "rejected", TORTURE = "rejected", INVALIDARGS = "invalid",
}
local telling = { rejected = 6, busy = 5, noanswer = 4, congestion = 3, invalid = 2, offline = 1 }
local words = {
  busy = "the far side is busy", rejected = "the far side rejected the call", noanswer = "the far side did not answer",
  offline = "the far side cannot be reached", congestion = "there is no way through to the far side",
  cancelled = "the user hung up before the far side answered", invalid = "the dialplan could not dial that",
}
-- How long the dialplan may take from one trunk that failed to the next.
local next_trunk = 3
local half_second = 0.5

--- What "BUSY", "NOANSWER", ... of DIALSTATUS or DialEnd mean.
function far_side.kind_of_status(status) return kind_of_status[status] or "congestion" end

local function failure(kind)
  local err = tasks.error(kind, words[kind])
  err.side = kind == "cancelled" and "user" or "remote"
  return err
end

local function worse(self, kind)
  if kind and (telling[kind] or 0) > (telling[self.kind] or -1) then self.kind = kind end
end

-- All attempts have failed. If Dial() has given up and nothing else is tried, the dialplan only tells the user so; a
-- queue, which goes on ringing its agents, has no DIALSTATUS.
local function settle(self)
  if self.dialing > 0 or self.done.done then return end
  local answer = manager.act({ pbx = self.pbx, id = self.id }, "Getvar", { Variable = "DIALSTATUS" })
  if self.dialing > 0 or self.done.done or not answer then return end
  local kind = kind_of_status[answer.Value or ""]
  if kind then self.done:set(nil, failure(self.kind or kind)) end
end

local on_event = {}

function on_event.DialBegin(self, ev)
  self.dialing = self.dialing + 1
  local off
  off = manager.listen(self.pbx, { "HangupRequest", "Hangup" }, { Uniqueid = ev.DestUniqueid }, function(hangup)
    -- A declined call is "no answer" to Dial(); only the cause knows better.
    if tonumber(hangup.Cause) == 21 then worse(self, "rejected") end
    if hangup.Event == "Hangup" then off() end
  end)
  self.offs[#self.offs + 1] = off
end

function on_event.DialEnd(self, ev)
  self.dialing = math.max(self.dialing - 1, 0)
  if ev.DialStatus == "ANSWER" then return self.done:set { channel = ev.DestChannel, id = ev.DestUniqueid } end
  if ev.DialStatus ~= "CANCEL" then worse(self, kind_of_status[ev.DialStatus]) end
  if self.dialing == 0 then
    timers.after(next_trunk, function() settle(self) end)
  end
end

function on_event.HangupRequest(self) self.given_up = self.kind == nil end

function on_event.Hangup(self, ev)
  local kind = self.given_up and "cancelled" or self.kind or hangup_cause.kind(tonumber(ev.Cause))
  -- Cause 16 and nobody dialled: the dialplan has ended the call, or has no such extension.
  if kind == "noanswer" and not self.kind and not self.given_up then kind = "congestion" end
  self.done:set(nil, failure(kind or "congestion"))
end

--- Begins to watch the channel `id`.
function far_side.watch(pbx, id)
  local self = setmetatable({ pbx = pbx, id = id, dialing = 0, done = latch.new(), offs = {} }, far_side)
  self.offs[1] = manager.listen(pbx, { "DialBegin", "DialEnd", "HangupRequest", "Hangup" }, { Uniqueid = id },
    function(ev) return on_event[ev.Event](self, ev) end)
  return self
end

--- Waits until the far side has answered. Returns { channel, id }, without these if the PBX itself answered (a prompt,
--- a conference) and went on for `seconds`; or nil, err (busy, noanswer, ..., cancelled if the caller hung up).
function far_side:wait(seconds)
  local answer, err = self.done:wait(seconds, "calls.click")
  if answer or self.done.done then return answer, err end
  if err.kind ~= "timeout" then return nil, err end
  if self.dialing == 0 and not self.kind then return {} end
  return nil, failure(self.kind or "noanswer")
end

function far_side:close()
  for _, off in ipairs(self.offs) do off() end
  self.offs = {}
end

--- Sends digits to the party on a channel; w is half a second. Returns true, or nil, err.
function far_side.send_digits(channel, digits)
  local checked, err = dial_text.digits("digits", digits)
  if not checked then return nil, err end
  for digit in checked:gmatch "." do
    if digit:lower() ~= "w" then
      local ok
      ok, err = manager.act(channel, "PlayDTMF", { Digit = digit, Duration = "100" })
      if not ok then return nil, err end
    end
    tasks.prepare("send_dtmf")
    local _, why = tasks.park(digit:lower() == "w" and half_second or 0.2)
    if why and why.kind ~= "timeout" then return nil, why end
  end
  return true
end

return far_side
