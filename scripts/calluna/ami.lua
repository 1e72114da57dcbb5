--- Asterisk's Manager Interface, raw: events with Asterisk's own keys, actions by name.
--- Events are read-only: `ev.CallerIDNum` (case ignored; nil if absent), `ev.pbx`, `pairs(ev)`, `ev:to_table()`.
local native = ...
local options = require "calluna.options"
local core, tasks = native.ami, native.task

local ami = {}
local subscription = {}
subscription.__index = subscription

--- No more events for this handler.
function subscription:off()
  for _, handle in ipairs(self) do core.off(handle) end
  for i = #self, 1, -1 do self[i] = nil end
end

--- Calls `fn(ev)`, as a task, for each event called `names`: a name, a list of names, "Queue*", or "*".
--- filter (may be left out): { Header = "value", ... }, all of which must be equal. opts.pbx: only from that PBX.
--- Returns a handle with `off()`.
function ami.on(names, filter, fn, opts)
  if type(filter) == "function" then filter, fn, opts = nil, filter, fn end
  options.argument("ami.on", 1, names, "string|table")
  options.argument("ami.on", 2, filter, "table|nil")
  options.argument("ami.on", 3, fn, "function")
  opts = options.check("ami.on", opts, { pbx = "string" })
  local self = setmetatable({}, subscription)
  for _, name in ipairs(type(names) == "table" and names or { names }) do
    self[#self + 1] = core.on(name, filter, fn, opts.pbx)
  end
  return self
end

--- Waits for the next event called `names` that passes `filter`. timeout: seconds, default 30; false: endless.
--- Returns the event, or nil, err.
function ami.wait(names, filter, timeout)
  options.argument("ami.wait", 1, names, "string|table")
  options.argument("ami.wait", 2, filter, "table|nil")
  if timeout == nil then timeout = 30 end
  local ticket = tasks.prepare("ami.wait")
  local handles = {}
  for _, name in ipairs(type(names) == "table" and names or { names }) do
    handles[#handles + 1] = core.expect(ticket, name, filter)
  end
  local event, err = tasks.park(timeout)
  for _, handle in ipairs(handles) do core.off(handle) end
  return event, err
end

--- Calls `fn(state, pbx)`, as a task, whenever the connection to a PBX has come up ("up") or is lost ("down"), in order
--- with the events around it; not for one that was up before. Returns a handle with `off()`.
function ami.on_link(fn, opts)
  options.argument("ami.on_link", 1, fn, "function")
  opts = options.check("ami.on_link", opts, { pbx = "string" })
  return ami.on("CallunaLink", function(ev) fn(ev.State, ev.pbx) end, opts)
end

local send_options = { timeout = "number", pbx = "string" }

--- Sends an action and waits for its response: ami.action{ Action = "Ping" }.
--- Variable may be a table: { NAME = "value" }. opts: timeout (seconds, default 10), pbx.
--- Returns the response (fields as with events); nil, err if Asterisk says Error or nothing.
function ami.action(headers, opts)
  options.argument("ami.action", 1, headers, "table")
  opts = options.check("ami.action", opts, send_options)
  return core.send(headers, false, opts.timeout, opts.pbx)
end

--- The same for an action that answers with a list of events. Returns that list, and the response.
function ami.list(headers, opts)
  options.argument("ami.list", 1, headers, "table")
  opts = options.check("ami.list", opts, send_options)
  return core.send(headers, true, opts.timeout, opts.pbx)
end

return ami
