--- Listening to a channel, whispering to its party, or talking with both: the supervisor's phone is rung and led into
--- ChanSpy(). It does not matter whether the channel is in the dialplan or in Stasis; it needs AMI.
local ami_leg = require "calluna.ami_leg"
local dial_text = require "calluna.dial_text"

local spying = {}
spying.__index = spying

-- u: the channel by its unique id; q: no beep; E, S: ends with the channel.
local options_of_mode = { listen = "uqES", whisper = "uqESw", barge = "uqESB" }

--- The modes there are.
spying.modes = { listen = true, whisper = true, barge = true }

--- The supervisor's phone at `endpoint` spies on `channel` { pbx, channel, id }. mode: "listen", "whisper" (only the
--- party on that channel hears), "barge" (everybody hears). Waits until the phone was answered. opts: timeout
--- (seconds), auto_answer, callerid. Returns { stop(), wait_end(timeout) }; or nil, err.
function spying.start(channel, endpoint, mode, opts)
  local target, err = dial_text.channel("the channel", channel.id or channel.channel)
  if not target then return nil, err end
  local name, number
  name, number, err = dial_text.callerid("callerid", opts.callerid or mode)
  if err then return nil, err end
  local leg
  leg, err = ami_leg.answered(endpoint, {
    pbx = channel.pbx, application = "ChanSpy", data = target .. "," .. options_of_mode[mode],
    timeout = opts.timeout or 20, auto_answer = opts.auto_answer, shown_name = name, shown_number = number,
  }, "call:spy")
  if not leg then return nil, err end
  return setmetatable({ leg = leg, id = leg.id, channel = leg.channel, mode = mode }, spying)
end

--- Ends it; the call goes on.
function spying:stop()
  self.leg:drop()
  return true
end

--- Waits until it has ended: the call has, or the supervisor hung up. timeout: seconds, absent: endless. Returns true;
--- nil, err.
function spying:wait_end(timeout)
  return self.leg.ended:wait(timeout or false, "spy:wait_end")
end

return spying
