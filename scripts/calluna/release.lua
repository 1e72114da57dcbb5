--- Gives back what we made on the PBX, whatever has become of the task that made it: tried again until Asterisk
--- has said that it is done or that there is no such thing.
local native = ...
local request = require "calluna.ari_request"
local log = require "calluna.log"
local tasks = native.task

local release = {}
local first_pause, tries = 0.5, 8

local function sleep(seconds)
  tasks.prepare("release")
  tasks.park(seconds)
end

local function give_back(operation, arguments, pbx, after)
  local pause = first_pause
  for try = 1, tries do
    local done, err = request.send(operation, arguments, pbx)
    if done or err.kind == "gone" then
      if after then after(not done) end
      return
    end
    if err.kind == "cancelled" then return end
    if try == tries then
      local id = arguments.channel_id or arguments.bridge_id
      log.warning("%s %s: given up after %d tries: %s", operation, id, tries, tostring(err))
      return
    end
    sleep(pause)
    pause = pause * 2
  end
end

--- Hangs up a channel. after(absent): called when it is done; absent if there was no such channel.
function release.channel(id, pbx, reason, after)
  tasks.spawn(0, give_back, "channels.hangup", { channel_id = id, reason = reason }, pbx, after)
end

--- Removes a bridge.
function release.bridge(id, pbx)
  tasks.spawn(0, give_back, "bridges.destroy", { bridge_id = id }, pbx)
end

return release
