--- Tells a waiting caller the position, now and then. A pick-up cuts it short.
local native = ...
local latch = require "calluna.latch"
local tasks = native.task

local announcer = {}
announcer.__index = announcer

local function media_for(setting, position)
  if type(setting) == "function" then return setting(position) end
  if setting == true then
    if position == 1 then return "queue-youarenext" end
    return { "queue-thereare", "number:" .. position, "queue-callswaiting" }
  end
  local media = type(setting) == "table" and { unpack(setting) } or { setting }
  media[#media + 1] = "number:" .. position
  return media
end

local function position_of(queue, entry)
  for i, one in ipairs(queue.entries) do
    if one == entry then return i end
  end
end

local function announce(self, queue, entry)
  local ch = entry.ch
  local position = position_of(queue, entry)
  local media = position and media_for(queue.opts.announce_position, position)
  if not media then return end
  if entry.music then ch:stop_moh() end
  if self.stopped then return end
  local playing = ch:start_playback(media)
  if playing then
    self.playing = playing
    if self.stopped then playing:stop() end
    ch:await(playing.ended, 60, "queue:enter")
    playing:finish()
    self.playing = nil
  end
  if entry.music and not self.stopped and not ch.gone then ch:start_moh(queue.opts.moh) end
end

local function run(self, queue, entry)
  while not self.stopped do
    tasks.prepare("queue:enter")
    local _, err = tasks.park(queue.opts.announce_every or 30)
    if self.stopped or err.kind ~= "timeout" then return end
    self.idle = latch.new()
    announce(self, queue, entry)
    self.idle:set(true)
    self.idle = nil
  end
end

--- Begins for one caller; does nothing if the queue announces nothing.
function announcer.start(queue, entry)
  local self = setmetatable({}, announcer)
  if queue.opts.announce_position then tasks.spawn(entry.ch.task or 0, run, self, queue, entry) end
  return self
end

--- No more announcements; one that plays is cut. Returns when none is on its way any more.
function announcer:stop()
  if self.stopped then return end
  self.stopped = true
  if self.playing then self.playing:stop() end
  if self.idle then self.idle:wait(2, "queue:enter") end
end

return announcer
