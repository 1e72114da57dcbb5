--- One playback, on a channel or a bridge, under an id of ours so that its end cannot be missed.
local native = ...
local latch = require "calluna.latch"
local misuse = require "calluna.misuse"
local request = require "calluna.ari_request"
local core, tasks = native.ari, native.task

local playback = {}
playback.__index = playback

local function uri(what, media)
  if type(media) ~= "string" or media == "" then misuse("%s: media is a text or a list of texts", what) end
  return media:find("^%a+:") and media or "sound:" .. media
end

--- "hello" -> { "sound:hello" }; a list likewise.
function playback.media(what, media)
  local list = {}
  for i, one in ipairs(type(media) == "table" and media or { media }) do list[i] = uri(what, one) end
  if #list == 0 then misuse("%s: there is nothing to play", what) end
  return list
end

--- Begins to play: operation "channels.playWithId" or "bridges.playWithId" with its id in `arguments`.
--- Returns the playback, or nil, err.
function playback.start(operation, arguments, pbx)
  local id = core.new_id("pb")
  local self = setmetatable({ id = id, pbx = pbx, ended = latch.new() }, playback)
  core.watch(id, function(ev)
    if ev.type == "PlaybackFinished" then self:finish(ev.playback.state) end
  end)
  arguments.playback_id = id
  local ok, err = request.send(operation, arguments, pbx)
  if ok then return self end
  if not self.ended.done then self:finish("failed") end
  -- Without an answer it may play all the same.
  if err.kind == "timeout" or err.kind == "cancelled" then
    request.start("playbacks.stop", { playback_id = id }, pbx)
  end
  return nil, err
end

function playback:finish(state)
  core.unwatch(self.id)
  self.ended:set(state)
end

--- Ends it; its waits return true.
function playback:stop()
  if self.ended.done then return true end
  self.stopped = true
  request.send("playbacks.stop", { playback_id = self.id }, self.pbx or nil)
  return true
end

--- The same without waiting.
function playback:cut()
  if self.ended.done then return end
  self.stopped = true
  request.start("playbacks.stop", { playback_id = self.id }, self.pbx or nil)
end

--- What a finished playback is to its caller: true, or nil, err.
function playback:outcome(state)
  if state == "failed" and not self.stopped then
    return nil, tasks.error("invalid", "it could not be played: is there such a sound, in the channel's language?")
  end
  return true
end

return playback
