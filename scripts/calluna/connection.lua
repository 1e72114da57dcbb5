--- A call and an answered leg in a bridge of ours. It ends with either side and leaves nothing behind: the bridge is
--- removed, the leg hung up; the caller is, too, unless the app goes on with them.
local native = ...
local latch = require "calluna.latch"
local options = require "calluna.options"
local release = require "calluna.release"
local request = require "calluna.ari_request"
local core, tasks = native.ari, native.task

local longest_leave = 2 -- seconds

local connection = {}
connection.__index = connection

-- by: "caller", "callee", or nothing if it was never complete.
function connection:close(by)
  if self.closed then return end
  self.closed = true
  self.caller:forget(self.on_caller_end)
  self.leg:forget(self.on_leg_end)
  if self.bridge then release.bridge(self.bridge, self.caller.pbx or nil) end
  self.leg:drop()
  self.ended:set(by or "callee")
  if self.on_close then self.on_close(self, by) end
end

local function failed(self, err)
  if self.caller.gone then
    err = self.caller.gone
  elseif self.leg.gone then
    err = tasks.error("rejected", "the phone hung up before it was connected")
  end
  self:close()
  return nil, err
end

local function send(self, operation, arguments) return request.send(operation, arguments, self.caller.pbx or nil) end

--- Answers the caller if need be and bridges both. on_close(connection, by): called once at the end.
--- Returns the connection, or nil, err; then the leg is hung up and nothing is left.
function connection.open(caller, leg, on_close)
  local self = setmetatable({ caller = caller, leg = leg, ended = latch.new(), on_close = on_close }, connection)
  self.on_caller_end = function() self:close("caller") end
  self.on_leg_end = function() self:close("callee") end
  caller:finally(self.on_caller_end)
  leg:finally(self.on_leg_end)
  if self.closed then return failed(self) end
  local ok, err = caller:answer()
  if not ok or self.closed then return failed(self, err) end
  self.bridge = core.new_id("br")
  ok, err = send(self, "bridges.createWithId", { bridge_id = self.bridge, type = "mixing" })
  -- It was closed while this request was on its way: perhaps the bridge is made only now.
  if self.closed then release.bridge(self.bridge, caller.pbx or nil) end
  if not ok or self.closed then return failed(self, err) end
  self.left = latch.new()
  self.on_left = caller:listen("ChannelLeftBridge", function() self.left:set(true) end)
  ok, err = send(self, "bridges.addChannel", { bridge_id = self.bridge, channel = { caller.id, leg.id } })
  if not ok or self.closed then return failed(self, err) end
  return self
end

--- From now on `new`, which is in the bridge already, is the leg; the old one is no concern of this any more.
function connection:hand_over(new)
  self.leg:forget(self.on_leg_end)
  self.leg.connection = nil
  self.leg, new.connection = new, self
  new:finally(self.on_leg_end)
end

--- Waits until one side has hung up. Then the caller is hung up as well, unless opts.keep_caller.
--- Returns who ended it: "caller" or "callee"; nil, err if the task is ended.
function connection:wait_end(opts, what)
  opts = options.check(what, opts, { keep_caller = "boolean" }, 2)
  local by, err = self.ended:wait(false, what)
  if not by then
    self:close()
    return nil, err
  end
  if by == "callee" and not opts.keep_caller and not self.caller.left then self.caller:hangup() end
  if by == "callee" and opts.keep_caller and not self.caller.gone then
    -- What the app plays next would be lost on a channel that is still on its way out of the bridge.
    self.left:wait(longest_leave, what)
    self.caller:unlisten("ChannelLeftBridge", self.on_left)
  end
  return by
end

return connection
