--- Functions that run later, each as a task of its own. They belong to the app and end with it.
local native = ...
local options = require "calluna.options"

local timer = {}
local handle = {}
handle.__index = handle

--- No further run; one that is under way goes on.
function handle:cancel()
  self.cancelled = true
  if self.id then native.timer.cancel(self.id) end
end

--- Runs `fn` once, `seconds` from now. Returns a handle with `cancel`.
function timer.after(seconds, fn)
  options.argument("timer.after", 1, seconds, "number")
  options.argument("timer.after", 2, fn, "function")
  local self = setmetatable({}, handle)
  self.id = native.timer.after(seconds, function()
    self.id = nil
    fn()
  end)
  return self
end

--- Runs `fn` every `seconds` (at least 0.001), the first time after `seconds`. A run that takes longer than
--- the interval delays the next one; runs never overlap. It ends when a newer generation of the app has
--- started, which has timers of its own. Returns a handle with `cancel`.
function timer.every(seconds, fn)
  options.argument("timer.every", 1, seconds, "number")
  options.argument("timer.every", 2, fn, "function")
  if seconds < 0.001 then error("timer.every: seconds must be at least 0.001", 2) end
  local self = setmetatable({}, handle)
  local due = native.timer.now()
  local function arm()
    if self.cancelled or native.timer.retired() then return end
    due = math.max(due + seconds, native.timer.now())
    self.id = native.timer.after(due - native.timer.now(), function()
      self.id = nil
      if native.timer.retired() then return end
      local ok, problem = pcall(fn)
      arm()
      if not ok then error(problem, 0) end
    end)
  end
  arm()
  return self
end

--- Seconds of a clock that never goes back; only differences mean anything.
timer.now = native.timer.now

return timer
