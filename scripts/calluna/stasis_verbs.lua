--- Verbs on a channel that a Stasis application leads, over ARI. A channel: { pbx, id, channel = its name, stasis = the
--- application }. Most work whoever serves the application, of this program or another.
local native = ...
local ari_channel = require "calluna.ari_channel"
local leg = require "calluna.leg"
local latch = require "calluna.latch"
local playback = require "calluna.ari_playback"
local request = require "calluna.ari_request"
local tasks = native.task

local verbs = {}
local recording, consultation = {}, {}
recording.__index, consultation.__index = recording, consultation

local function refused(text, ...) return nil, tasks.error("refused", text:format(...)) end

local function send(channel, operation, arguments)
  arguments = arguments or {}
  arguments.channel_id = channel.id
  return request.send(operation, arguments, channel.pbx)
end

-- The bridge it is in and the others there: { id, others = { channel ids } }; nil if it is in none.
local function bridge_of(channel)
  local bridges, err = request.send("bridges.list", {}, channel.pbx)
  if not bridges then return nil, err end
  for _, bridge in ipairs(bridges) do
    local others, here = {}, false
    for _, id in ipairs(bridge.channels or {}) do
      if id == channel.id then here = true else others[#others + 1] = id end
    end
    if here then return { id = bridge.id, others = others } end
  end
end

--- cause: Q.850.
function verbs.hangup(channel, cause)
  local own = ari_channel.find(channel.id)
  if own then return own:hangup { reason_code = cause } end
  return send(channel, "channels.hangup", { reason_code = cause })
end

function verbs.set_variable(channel, name, value)
  return send(channel, "channels.setChannelVar", { variable = name, value = value })
end

--- "w" is half a second, by ARI itself.
function verbs.send_digits(channel, digits) return send(channel, "channels.sendDTMF", { dtmf = digits }) end

local function continue_at(pbx, id, to, context)
  local place = { context = context, extension = to, priority = 1 }
  local own = ari_channel.find(id)
  if own then return own:continue_in_dialplan(place) end
  place.channel_id = id
  return request.send("channels.continueInDialplan", place, pbx)
end

--- Whoever talks to `channel` goes to `to`, and `channel` is hung up; one that is alone goes there itself.
function verbs.transfer(channel, to, context)
  local bridge, err = bridge_of(channel)
  if err then return nil, err end
  if not bridge or #bridge.others == 0 then return continue_at(channel.pbx, channel.id, to, context) end
  local ok
  for _, id in ipairs(bridge.others) do
    ok, err = continue_at(channel.pbx, id, to, context)
    if not ok then return nil, err end
  end
  verbs.hangup(channel)
  return true
end

-- The others out of the bridge and to music, or back again.
local function set_aside(pbx, bridge)
  local ok, err = request.send("bridges.removeChannel", { bridge_id = bridge.id, channel = bridge.others }, pbx)
  if not ok then return nil, err end
  for _, id in ipairs(bridge.others) do request.send("channels.startMoh", { channel_id = id }, pbx) end
  return true
end

local function take_back(pbx, bridge)
  for _, id in ipairs(bridge.others) do request.send("channels.stopMoh", { channel_id = id }, pbx) end
  return request.send("bridges.addChannel", { bridge_id = bridge.id, channel = bridge.others }, pbx)
end

-- Bridges whose others are set aside, by the channel that holds them.
local on_hold = {}

--- The others hear music, `channel` hears nothing.
function verbs.hold(channel)
  if on_hold[channel.id] then return true end
  local bridge, err = bridge_of(channel)
  if err then return nil, err end
  if not bridge or #bridge.others == 0 then return refused("it talks to nobody who could be put on hold") end
  local ok
  ok, err = set_aside(channel.pbx, bridge)
  if not ok then return nil, err end
  on_hold[channel.id] = bridge
  return true
end

function verbs.resume(channel)
  local bridge = on_hold[channel.id]
  if not bridge then return refused("this app has not put it on hold") end
  on_hold[channel.id] = nil
  return take_back(channel.pbx, bridge)
end

--- The party on `channel` asks `to` first. It must be a leg that this app dialled, whose talk it leads. Waits until
--- `to` has answered. Returns { complete(), cancel() }; or nil, err.
function verbs.consult(channel, to, context, timeout)
  local own = ari_channel.find(channel.id)
  local connection = own and own.connection
  if not connection then
    return refused("only the app that dialled %s can let it consult; a blind transfer works",
      channel.channel or channel.id)
  end
  local ok, err = verbs.hold(channel)
  if not ok then return nil, err end
  local answered = latch.new()
  local name, number = own:shown_as()
  -- /n: what is optimised away is no channel of ours any more.
  local asked = leg.ring(("Local/%s@%s/n"):format(to, context), {
    caller = own, timeout = timeout, callerid = leg.callerid(name, number),
  }, function(one, kind, message)
    if kind == nil then return answered:set(one) end
    answered:set(nil, tasks.error(kind, "the one to consult: " .. message))
  end)
  ok, err = own:await(answered, false, "transfer")
  if ok then
    ok, err = request.send("bridges.addChannel", { bridge_id = connection.bridge, channel = { asked.id } }, channel.pbx)
  end
  if ok then return setmetatable({ channel = channel, connection = connection, asked = asked }, consultation) end
  leg.cancel(asked)
  if not own.gone then verbs.resume(channel) end
  return nil, own.gone or err
end

--- Connects the two others; who transferred is hung up.
function consultation:complete()
  if self.over then return refused("this transfer is over") end
  self.over = true
  if self.asked.gone then return nil, self.asked.gone end
  self.connection:hand_over(self.asked)
  local ok, err = verbs.resume(self.channel)
  verbs.hangup(self.channel)
  return ok and true, err
end

--- Back to the first call; the one who was asked is hung up.
function consultation:cancel()
  if self.over then return refused("this transfer is over") end
  self.over = true
  leg.cancel(self.asked)
  return verbs.resume(self.channel)
end

--- Records the bridge it is in, or the channel if it is in none. Returns { name, pause(), resume(), stop() }.
function verbs.record(channel, name, format)
  local bridge, err = bridge_of(channel)
  if err then return nil, err end
  local arguments = { name = name, format = format, if_exists = "fail" }
  local ok
  if bridge then
    arguments.bridge_id = bridge.id
    ok, err = request.send("bridges.record", arguments, channel.pbx)
  else
    ok, err = send(channel, "channels.record", arguments)
  end
  if not ok then return nil, err end
  return setmetatable({ pbx = channel.pbx, recording = name, name = ("%s.%s"):format(name, format) }, recording)
end

local function tell_recording(self, operation)
  local ok, err = request.send(operation, { recording_name = self.recording }, self.pbx)
  return ok and true, err
end

function recording:pause() return tell_recording(self, "recordings.pause") end
function recording:resume() return tell_recording(self, "recordings.unpause") end
function recording:stop() return tell_recording(self, "recordings.stop") end

-- The end of what is played reaches us if this program leads the channel; else the time does.
local function play_on(channel, operation, target, media, seconds)
  target.media = playback.media("call:play", media)
  local playing, err = playback.start(operation, target, channel.pbx)
  if not playing then return nil, err end
  local state
  state, err = playing.ended:wait(seconds, "call:play")
  if state then return playing:outcome(state) end
  playing:cut()
  playing:finish()
  return nil, err
end

--- Plays to the party on the channel, or with to = "both" to everybody in its bridge. Waits for the end.
function verbs.play(channel, media, opts)
  local seconds = opts.timeout or 600
  if opts.to == "both" then
    local bridge, err = bridge_of(channel)
    if err then return nil, err end
    if bridge then return play_on(channel, "bridges.playWithId", { bridge_id = bridge.id }, media, seconds) end
  end
  local own = ari_channel.find(channel.id)
  if own then return own:play(media, { timeout = seconds }) end
  return play_on(channel, "channels.playWithId", { channel_id = channel.id }, media, seconds)
end

return verbs
