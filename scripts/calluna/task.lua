--- Tasks: functions that may wait while others run. Every handler runs as one; these start more.
--- A task belongs to the call (or task) that started it and ends with it: its waits then give nil, err.
local native = ...
local options = require "calluna.options"
local core = native.task

local task = {}
local class = {}
class.__index = class

local function pack(...) return { n = select("#", ...), ... } end

local function settle(self, ok, ...)
  self.settled, self.ok, self.values = true, ok, pack(...)
  for _, ticket in ipairs(self.waiters) do core.wake(ticket) end
  self.waiters = {}
  if not ok then error((...), 0) end -- the log gets it, with file and line
end

--- Starts `fn(...)` as a task of the running task's call (of the app, if none runs). Returns a handle.
function task.spawn(fn, ...)
  options.argument("task.spawn", 1, fn, "function")
  local self = setmetatable({ waiters = {} }, class)
  local current, owner = core.current()
  core.spawn(owner ~= 0 and owner or current, function(...)
    self.id = core.current()
    if self.cancelled then core.doom(self.id, "cancelled", self.cancelled) end
    settle(self, xpcall(fn, function(e) return type(e) == "string" and debug.traceback(e, 2) or e end, ...))
  end, ...)
  return self
end

--- Waits for the task's end. Returns what it returned; nil, err if it raised (kind "invalid") or on timeout.
--- timeout: seconds; absent: none.
function class:wait(timeout)
  if not self.settled then
    local ticket = core.prepare("task:wait")
    self.waiters[#self.waiters + 1] = ticket
    local woken, err = core.park(timeout or false)
    if not self.settled then return woken, err end
  end
  if not self.ok then
    local problem = self.values[1]
    if type(problem) == "table" and problem.kind then return nil, problem end
    return nil, core.error("invalid", tostring(problem))
  end
  return unpack(self.values, 1, self.values.n)
end

--- Ends its waits with nil, err (kind "cancelled"); it gets a hundred more waits for cleaning up, then an error.
function class:cancel(why)
  if self.settled then return end
  self.cancelled = why or "the task was cancelled"
  if self.id then core.doom(self.id, "cancelled", self.cancelled) end
end

--- Waits `seconds`. Returns true; nil, err if the task is ended meanwhile.
function task.sleep(seconds)
  options.argument("task.sleep", 1, seconds, "number")
  core.prepare("task.sleep")
  local _, err = core.park(seconds)
  if err and err.kind == "timeout" then return true end
  return nil, err
end

--- Runs all functions (a list) at the same time and waits for all. Returns a list of their first results,
--- or nil, err with the first failure (a result of nil, err or a raised error); the others are cancelled then.
function task.all(functions)
  options.argument("task.all", 1, functions, "table")
  local started, results = {}, {}
  for i, fn in ipairs(functions) do started[i] = task.spawn(fn) end
  for i, one in ipairs(started) do
    local value, err = one:wait()
    if value == nil and err ~= nil then
      for _, other in ipairs(started) do other:cancel("another task of the group failed") end
      return nil, err
    end
    results[i] = value
  end
  return results
end

--- Runs all functions at the same time; the first to return wins, the others are cancelled.
--- Returns the winner's position and its results.
function task.race(functions)
  options.argument("task.race", 1, functions, "table")
  local winner, started, ticket = nil, {}, nil
  for i, fn in ipairs(functions) do
    started[i] = task.spawn(function()
      local values = pack(fn())
      if not winner then
        winner = { i, values }
        if ticket then core.wake(ticket) end
      end
    end)
  end
  local err
  if not winner then
    ticket = core.prepare("task.race")
    local _
    _, err = core.park(false)
  end
  for i, one in ipairs(started) do
    if not winner or i ~= winner[1] then one:cancel("another task of the race won") end
  end
  if not winner then return nil, err end
  return winner[1], unpack(winner[2], 1, winner[2].n)
end

--- Runs `fn(...)` for at most `seconds`. Returns its results, or nil, err (kind "timeout").
function task.timeout(seconds, fn, ...)
  options.argument("task.timeout", 1, seconds, "number")
  options.argument("task.timeout", 2, fn, "function")
  local one = task.spawn(fn, ...)
  local values = pack(one:wait(seconds))
  if not one.settled then one:cancel("its time is over") end
  return unpack(values, 1, values.n)
end

return task
