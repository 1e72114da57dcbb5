--- Channel handles: how one lives and dies. Its verbs are in ari_verbs and ari_media.
--- A handle that listens gets every event of its channel and ends with StasisEnd or ChannelDestroyed; from then on
--- each of its methods returns nil, err (kind "gone"). Handles from `list` and `get` only know what they were told.
local native = ...
local handle = require "calluna.ari_handle"
local latch = require "calluna.latch"
local log = require "calluna.log"
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local release = require "calluna.release"
local core, tasks = native.ari, native.task

local class = handle.classes.channel
local channel = { class = class }

-- What a handle may have, so that looking for it does not search the channel's JSON.
for _, name in ipairs {
  "gone", "cause", "task", "app", "pbx", "args", "left", "answered", "hanging_up", "dropped", "expected",
  "listeners", "pending", "at_end", "shown_name", "shown_number", "hangup_requested", "on_replaced",
} do
  class[name] = false
end

--- The Stasis applications this app serves, in the order of its `ari.app`.
channel.applications = {}

-- Those that listen, by id.
local live = setmetatable({}, { __mode = "v" })

--- The listening handle of a channel, if there is one.
function channel.find(id) return live[id] end

-- Events which tell how the channel is now.
local tells_news = {
  StasisStart = true, ChannelStateChange = true, ChannelCallerId = true, ChannelConnectedLine = true,
  ChannelCreated = true,
}

function class:__call(ev)
  local kind = ev.type
  local subject = ev.channel
  local own = subject ~= nil and subject.id == self.id
  if own and tells_news[kind] then self.snapshot = subject end
  local listeners = self.listeners and self.listeners[kind]
  if listeners then
    local copy = { unpack(listeners) }
    for i = 1, #copy do copy[i](self, ev) end
  end
  if not own then return end
  if kind == "ChannelHangupRequest" then
    self.hangup_requested = true
  elseif kind == "ChannelDestroyed" then
    self:die(self.left and "the call was handed on" or "the channel was hung up", ev.cause)
  elseif kind == "StasisEnd" then
    self:die(self.left and "the call was handed on" or "the channel has left the application")
  end
end

--- A handle that listens from now on. app: the Stasis application its channel is in.
function channel.listen(id, pbx, app, snapshot)
  local self = handle.new("channel", { id = id, pbx = pbx or nil, app = app, snapshot = snapshot })
  live[id] = self
  core.watch(id, self)
  return self
end

function handle.listen.channel(id, pbx, app) return channel.listen(id, pbx, app) end

function handle.known(kind, id, snapshot)
  local known = kind == "channel" and live[id]
  if known then known.snapshot = snapshot end
  return known
end

--- The request that makes the channel was answered.
function class:made(snapshot)
  if type(snapshot) == "table" then self.snapshot = self.snapshot or snapshot end
end

--- The request that makes the channel failed; it may still have been made, if no answer came.
function class:not_made(err)
  local surely_not = err.kind == "invalid" or err.kind == "refused" or err.code == 500
  if not surely_not then release.channel(self.id, self.pbx or nil) end
  self:die("the channel was not made: " .. err.message)
end

--- Tells all who wait for the handle that it is gone.
function class:tell_end(message)
  self.gone = tasks.error("gone", message)
  local at_end, pending = self.at_end, self.pending
  self.at_end, self.pending, self.listeners = nil, nil, nil
  for i = 1, at_end and #at_end or 0 do
    if type(at_end[i]) == "number" then
      tasks.wake(at_end[i], true)
    else
      local ok, problem = xpcall(at_end[i], debug.traceback, self) -- one's fault must not keep the others waiting
      if not ok then log.error("%s", problem) end
    end
  end
  for waiting in pairs(pending or {}) do waiting:set(nil, self.gone) end
end

--- The end of the handle, once: whoever waits for the channel gets nil, err; its task is ended.
function class:die(message, cause)
  if self.gone then return end
  self.cause = cause
  live[self.id] = nil
  core.unwatch(self.id)
  self:tell_end(message)
  if self.task then tasks.doom(self.task, "gone", message) end
end

--- Another channel has taken its place, in its bridge and its application: from now on the handle is that channel's.
--- So Asterisk does when a phone that talks in a bridge of ours joins the other side with a call outside of Stasis.
function class:become(snapshot)
  live[self.id] = nil
  core.unwatch(self.id)
  self.id, self.snapshot = snapshot.id, snapshot
  live[self.id] = self
  core.watch(self.id, self)
  if self.on_replaced then self.on_replaced() end
end

--- Calls fn(ch) when the channel has ended (at once if it has). It must not wait. Inside: fn may be a wait's ticket.
function class:finally(fn)
  if self.gone then return fn(self) end
  self.at_end = self.at_end or {}
  self.at_end[#self.at_end + 1] = fn
end

--- Undoes `finally`.
function class:forget(fn)
  for i, one in ipairs(self.at_end or {}) do
    if one == fn then return table.remove(self.at_end, i) end
  end
end

--- Calls fn(ch, ev) with each event of that type, inside the library: it must not wait. Returns fn.
function class:listen(type, fn)
  if self.gone then return fn end
  self.listeners = self.listeners or {}
  local list = self.listeners[type] or {}
  self.listeners[type] = list
  list[#list + 1] = fn
  return fn
end

function class:unlisten(type, fn)
  local list = self.listeners and self.listeners[type]
  for i, one in ipairs(list or {}) do
    if one == fn then table.remove(list, i) break end
  end
  if list and #list == 0 then self.listeners[type] = nil end
end

--- Waits for a latch; the channel's end ends that, too.
function class:await(waiting, timeout, what)
  if not waiting.done then
    if self.gone then return nil, self.gone end
    self.pending = self.pending or {}
    self.pending[waiting] = true
  end
  local a, b = waiting:wait(timeout, what)
  if self.pending then
    self.pending[waiting] = nil
    if next(self.pending) == nil then self.pending = nil end
  end
  return a, b
end

--- What an error of a request about this channel means: after "Channel not found" there is none any more.
function class:check_gone(err)
  if self.gone then return self.gone end
  if err.kind == "gone" and err.code == 404 and err.message:find("^Channel not found") then
    if live[self.id] == self then
      self:die("the channel does not exist any more")
    else
      self.gone = err
    end
    return self.gone
  end
  return err
end

local function check_event(what, name)
  options.argument(what, 1, name, "string", 2)
  if not channel.events[name] then
    local near = options.suggest(name, channel.events)
    misuse("%s: ARI has no event '%s'%s", what, name, near and (" (did you mean '%s'?)"):format(near) or "")
  end
end

channel.events = {}
for _, name in ipairs(require("calluna.ari_operations").events) do channel.events[name] = true end

--- Calls fn(ev), as a task of the call, for each event of that type about this channel.
--- Returns a function that ends this.
function class:on(type, fn)
  check_event("channel:on", type)
  options.argument("channel:on", 2, fn, "function")
  local owner = self.task or tasks.current()
  local listener = self:listen(type, function(_, ev) tasks.spawn(owner, fn, ev) end)
  return function() self:unlisten(type, listener) end
end

--- Waits for the next event of that type about this channel. timeout: seconds, default 30; false: endless.
--- Returns the event, or nil, err.
function class:wait(type, timeout)
  check_event("channel:wait", type)
  options.argument("channel:wait", 2, timeout, "number|boolean|nil")
  local seen = latch.new()
  local listener = self:listen(type, function(_, ev) seen:set(ev) end)
  local ev, err = self:await(seen, timeout == nil and 30 or timeout, "channel:wait")
  self:unlisten(type, listener)
  return ev, err
end

--- Waits until the channel has ended. timeout: seconds, absent: endless. Returns true; nil, err (timeout).
function class:wait_end(timeout)
  options.argument("channel:wait_end", 1, timeout, "number|boolean|nil")
  if self.gone then return true end
  local ticket = tasks.prepare("channel:wait_end")
  self:finally(ticket)
  local ok, err = tasks.park(timeout or false)
  self:forget(ticket)
  if not ok and self.gone then return true end
  return ok, err
end

return channel
