--- Verbs on a channel that runs in the dialplan, over AMI. A channel: { pbx, channel = its name, id = its unique id }.
--- What is here was tried on Asterisk 16 and 22; what they have no way for is refused, and says what to do instead.
local native = ...
local ari_channel = require "calluna.ari_channel"
local far_side = require "calluna.far_side"
local handle = require "calluna.ari_handle"
local hangup_cause = require "calluna.hangup_cause"
local latch = require "calluna.latch"
local manager = require "calluna.manager"
local tasks = native.task

local verbs = {}
local recording, consultation = {}, {}
recording.__index, consultation.__index = recording, consultation

local shortly = 3 -- seconds for what a phone or a feature does at once

local function refused(text, ...) return nil, tasks.error("refused", text:format(...)) end

--- cause: Q.850.
function verbs.hangup(channel, cause)
  local ok, err = manager.act(channel, "Hangup", { Cause = tostring(cause or 16) })
  return ok and true, err
end

function verbs.set_variable(channel, name, value)
  local ok, err = manager.act(channel, "Setvar", { Variable = name, Value = value })
  return ok and true, err
end

verbs.send_digits = far_side.send_digits

--- The party on `channel` hands the other one on; a channel that talks to nobody is sent there itself.
function verbs.transfer(channel, to, context)
  local ok, err = manager.act(channel, "BlindTransfer", { Exten = to, Context = context })
  if ok then return true end
  -- "Transfer invalid": it is in no bridge with somebody else.
  if err.kind ~= "rejected" or not err.message:find("Transfer invalid", 1, true) then return nil, err end
  ok, err = manager.act(channel, "Redirect", { Exten = to, Context = context, Priority = "1" })
  return ok and true, err
end

-- The PBX's own feature is told to begin as if the party had pressed its keys, so it needs what the keys need.
local no_feature = "the PBX did not begin the transfer: features.conf needs atxfer (and atxferabort) in [featuremap], "
  .. "and Dial() or Queue() the options t and T"

-- on_begun(linkedid): of the transferer's call, which what the feature dials belongs to.
local function begin_consultation(channel, to, context, on_begun)
  local begun = latch.new()
  local off = manager.listen(channel.pbx, { "Hold", "Hangup" }, { Uniqueid = channel.id }, function(ev)
    if ev.Event == "Hold" then
      on_begun(ev.Linkedid)
      return begun:set(true)
    end
    begun:set(nil, tasks.error("gone", "the channel has ended"))
  end)
  local ok, err = manager.act(channel, "Atxfer", { Exten = to, Context = context })
  if ok then ok, err = begun:wait(shortly, "transfer") end
  off()
  if ok then return true end
  if err.kind == "timeout" then return refused("%s", no_feature) end
  return nil, err
end

--- The party on `channel` asks `to` first, while the other one hears music. Waits until `to` has answered. Returns
--- { complete(), cancel() }; or nil, err: busy, noanswer, ...; then both talk again.
function verbs.consult(channel, to, context, timeout)
  local answered = latch.new()
  -- What the feature dials is a Local channel of the same call: its first half is answered with the phone, its second
  -- half dials it. Another call may consult the same extension meanwhile.
  local half, call = ("Local/%s@%s-"):format(to, context), nil
  local function is_ours(name, linkedid) return name ~= nil and name:sub(1, #half) == half and linkedid == call end
  local function failed(kind)
    answered:set(nil, tasks.error(kind, "the one to consult: " .. (hangup_cause.words[kind] or kind)))
  end
  local off = manager.listen(channel.pbx, { "DialEnd", "Hangup" }, {}, function(ev)
    if ev.Event == "Hangup" then
      if is_ours(ev.Channel, ev.Linkedid) then failed(hangup_cause.kind(tonumber(ev.Cause)) or "congestion") end
    elseif ev.DialStatus == "ANSWER" then
      if is_ours(ev.DestChannel, ev.DestLinkedid) then answered:set(true) end
    elseif is_ours(ev.Channel, ev.Linkedid) and ev.DialStatus ~= "CANCEL" then
      failed(far_side.kind_of_status(ev.DialStatus))
    end
  end)
  local gone = manager.listen(channel.pbx, { "Hangup" }, { Uniqueid = channel.id }, function()
    answered:set(nil, tasks.error("gone", "the channel has ended"))
  end)
  local ok, err = begin_consultation(channel, to, context, function(linkedid) call = linkedid end)
  if ok then ok, err = answered:wait(timeout, "transfer") end
  off()
  gone()
  if ok then return setmetatable({ channel = channel }, consultation) end
  if err.kind == "timeout" then
    manager.act(channel, "CancelAtxfer")
    err = tasks.error("noanswer", "the one to consult did not answer")
  end
  return nil, err
end

--- Connects the two others; who transferred is hung up.
function consultation:complete()
  if self.over then return refused("this transfer is over") end
  self.over = true
  return verbs.hangup(self.channel)
end

--- Back to the first call; the one who was asked is hung up.
function consultation:cancel()
  if self.over then return refused("this transfer is over") end
  self.over = true
  local ok, err = manager.act(self.channel, "CancelAtxfer")
  return ok and true, err
end

-- The phone itself is asked, by a NOTIFY in its dialog; those that obey (most desk phones, after a setting) hold as if
-- the key had been pressed. Asterisk cannot hold a channel of the dialplan from outside.
local function ask_phone(channel, event, shown_by)
  local name = channel.channel or ""
  if not name:find("^PJSIP/") then
    return refused("only PJSIP phones can be asked to hold; %s is none", name)
  end
  local done = latch.new()
  local off = manager.listen(channel.pbx, { shown_by }, { Uniqueid = channel.id }, function() done:set(true) end)
  local ok, err = manager.act(channel, "PJSIPNotify", { Variable = { Event = event } })
  if ok then ok, err = done:wait(shortly, "hold") end
  off()
  if ok then return true end
  if err.kind == "timeout" then
    return refused("the phone %s does not obey '%s' by NOTIFY (remote control, uaCSTA): switch that on in the phone, "
      .. "or hold there", name, event)
  end
  return nil, err
end

function verbs.hold(channel) return ask_phone(channel, "hold", "Hold") end
function verbs.resume(channel) return ask_phone(channel, "talk", "Unhold") end

--- Returns the place, e.g. "701"; or nil, err. parker: the channel that is called back on timeout and told the place.
function verbs.park(channel, lot, parker)
  local parked = latch.new()
  local off = manager.listen(channel.pbx, { "ParkedCall" }, { ParkeeUniqueid = channel.id }, function(ev)
    parked:set(ev.ParkingSpace)
  end)
  local ok, err = manager.act(channel, "Park", { Parkinglot = lot, TimeoutChannel = parker })
  local space
  if ok then space, err = parked:wait(shortly, "park") end
  off()
  return space, err
end

--- Records both sides into the PBX's folder for recordings. Returns { name, pause(), resume(), stop() }.
function verbs.record(channel, name, format)
  local file = ("%s.%s"):format(name, format)
  local ok, err = manager.act(channel, "MixMonitor", { File = file, Options = "i(CALLUNA_RECORDING)" })
  if not ok then return nil, err end
  local id = manager.act(channel, "Getvar", { Variable = "CALLUNA_RECORDING" })
  return setmetatable({ channel = channel, name = file, id = id and id.Value or nil }, recording)
end

-- While it is paused silence is recorded, so that times in the file stay true.
local function mute(self, state)
  local ok, err = manager.act(self.channel, "MixMonitorMute", { Direction = "both", State = state })
  return ok and true, err
end

function recording:pause() return mute(self, "1") end
function recording:resume() return mute(self, "0") end

function recording:stop()
  local ok, err = manager.act(self.channel, "StopMixMonitor", { MixMonitorID = self.id ~= "" and self.id or nil })
  return ok and true, err
end

--- Plays to the party on the channel (to = "both": to whom it talks as well) by a snoop channel of ARI that whispers:
--- nothing in AMI plays. Waits for the end.
function verbs.play(channel, media, opts)
  local app = ari_channel.applications[1]
  if not native.ari.has(channel.pbx) or not app then
    return refused("to play to a channel in the dialplan %s", app and "its PBX needs [pbx.NAME.ari]"
      or "the app has to serve a Stasis application: ari.app(name, fn)")
  end
  local snoop, err = handle.resources.channels.snoop_channel({
    channel_id = channel.id, app = app, spy = "none", whisper = opts.to == "both" and "both" or "out",
  }, { pbx = channel.pbx })
  if not snoop then return nil, err end
  local ok
  ok, err = snoop:play(media, { timeout = opts.timeout })
  if not ok and err.code == 409 then -- Asterisk answers before the snoop has entered Stasis
    snoop:wait("StasisStart", 2)
    ok, err = snoop:play(media, { timeout = opts.timeout })
  end
  snoop:drop()
  return ok, err
end


return verbs
