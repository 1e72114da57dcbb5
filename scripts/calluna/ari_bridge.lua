--- Bridge handles. One made by this app listens: `on` and `wait` work until the bridge is removed.
local native = ...
local handle = require "calluna.ari_handle"
local channel = require "calluna.ari_channel"
local options = require "calluna.options"
local playback = require "calluna.ari_playback"
local release = require "calluna.release"
local request = require "calluna.ari_request"
local core = native.ari

local class = handle.classes.bridge
local lifecycle = channel.class

-- A bridge lives and dies as a channel does, without a task of its own.
for _, name in ipairs { "gone", "task", "pbx", "listeners", "pending", "at_end" } do class[name] = false end
for _, name in ipairs { "finally", "forget", "listen", "unlisten", "await", "wait_end", "on", "wait", "tell_end" } do
  class[name] = lifecycle[name]
end

function class:__call(ev)
  local kind = ev.type
  local tells_news = kind == "ChannelEnteredBridge" or kind == "ChannelLeftBridge"
  if tells_news and ev.bridge.id == self.id then self.snapshot = ev.bridge end
  local listeners = self.listeners and self.listeners[kind]
  if listeners then
    local copy = { unpack(listeners) }
    for i = 1, #copy do copy[i](self, ev) end
  end
  if kind == "BridgeDestroyed" then self:die("the bridge was removed") end
end

function handle.listen.bridge(id, pbx)
  local self = handle.new("bridge", { id = id, pbx = pbx or nil })
  core.watch(id, self)
  return self
end

function class:made(snapshot) if type(snapshot) == "table" then self.snapshot = self.snapshot or snapshot end end

function class:not_made(err)
  if err.kind ~= "invalid" and err.kind ~= "refused" then release.bridge(self.id, self.pbx or nil) end
  self:die("the bridge was not made: " .. err.message)
end

function class:die(message)
  if self.gone then return end
  core.unwatch(self.id)
  self:tell_end(message)
end

function class:check_gone(err)
  local absent = err.code == 404 and err.message:find("^Bridge not found")
  if absent and not self.gone then self:die("the bridge does not exist any more") end
  return self.gone or err
end

function class:send(operation, arguments)
  if self.gone then return nil, self.gone end
  arguments = request.arguments(arguments)
  arguments.bridge_id = self.id
  local value, err = request.send(operation, arguments, self.pbx or nil)
  if err then return nil, self:check_gone(err) end
  return value
end

--- Puts channels (a handle, an id, or a list) into the bridge. opts: role, absorb_dtmf, mute,
--- inhibit_connected_line_updates.
function class:add(channels, opts)
  options.argument("bridge:add", 1, channels, "string|table")
  opts = options.check("bridge:add", opts,
    { role = "string", absorb_dtmf = "boolean", mute = "boolean", inhibit_connected_line_updates = "boolean" })
  return self:send("bridges.addChannel", request.arguments(opts, request.arguments { channel = channels }))
end

--- Takes channels out.
function class:remove(channels)
  options.argument("bridge:remove", 1, channels, "string|table")
  return self:send("bridges.removeChannel", { channel = channels })
end

--- Removes the bridge; the channels in it stay.
function class:destroy()
  local ok, err = self:send("bridges.destroy")
  if ok then self:die("the bridge was removed") end
  return ok, err
end

--- Music on hold for all in it, of that class or the default one.
function class:start_moh(opts)
  options.argument("bridge:start_moh", 1, opts, "string|table|nil")
  if type(opts) == "string" then opts = { moh_class = opts } end
  return self:send("bridges.startMoh", options.check("bridge:start_moh", opts, { moh_class = "string" }))
end

--- Plays to all in it and waits for the end; see channel:play. opts: lang, offsetms, skipms, timeout.
function class:play(media, opts)
  opts = options.check("bridge:play", opts,
    { lang = "string", offsetms = "number", skipms = "number", announcer_format = "string",
      timeout = "number|boolean" })
  if self.gone then return nil, self.gone end
  local arguments = request.arguments(opts, { bridge_id = self.id, media = playback.media("bridge:play", media) })
  arguments.timeout = nil
  local playing, err = playback.start("bridges.playWithId", arguments, self.pbx or nil)
  if not playing then return nil, self:check_gone(err) end
  local state
  state, err = self:await(playing.ended, opts.timeout == nil and 600 or opts.timeout, "bridge:play")
  if state then return playing:outcome(state) end
  playing:cut()
  playing:finish()
  return nil, err
end

--- Records the whole bridge and waits for the end; options and result as for channel:record.
function class:record(opts)
  opts = options.check("bridge:record", opts, lifecycle.record_options)
  if self.gone then return nil, self.gone end
  return lifecycle.record_and_wait(self, "bridges.record", opts)
end

return class
