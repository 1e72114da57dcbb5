--- Something that happens once. Tasks may wait for it before and after; the first `set` counts.
local native = ...
local core = native.task

local latch = {}
latch.__index = latch

function latch.new() return setmetatable({}, latch) end

--- It has happened: every wait returns a, b. False if it had happened before.
function latch:set(a, b)
  if self.done then return false end
  self.done, self.a, self.b = true, a, b
  local tickets = self.tickets
  self.tickets = nil
  for i = 1, tickets and #tickets or 0 do core.wake(tickets[i]) end
  return true
end

--- Waits until it happens and returns what it was set to; nil, err after `timeout` seconds (false: never) or
--- when the task is ended. what: the verb, for the error outside of a task.
function latch:wait(timeout, what)
  if not self.done then
    local ticket = core.prepare(what or "wait")
    self.tickets = self.tickets or {}
    self.tickets[#self.tickets + 1] = ticket
    local _, err = core.park(timeout)
    if not self.done then return nil, err end
  end
  return self.a, self.b
end

return latch
