---@meta calluna.ami
---Asterisk's Manager Interface: events and actions with Asterisk's own names. After a reload `ami.on` handlers belong to the
---newest generation alone.
---```lua
---local ami, log = require "calluna.ami", require "calluna.log"
---local handle = ami.on({ "QueueMember*", "Newchannel" }, { Context = "from-trunk" }, function(ev)
---  log.info("%s on %s from %s", ev.Event, ev.pbx, ev.CallerIDNum or "?")
---end)
---ami.on_link(function(state, pbx) log.info("%s is %s", pbx, state) end)
---return { start = function()
---  local answer, err = ami.action { Action = "Ping" }
---  if not answer then log.warning("%s", err.message) end
---  local channels = ami.list { Action = "CoreShowChannels" }
---  log.info("%d channels", channels and #channels or 0)
---  local event, why = ami.wait("Hangup", nil, 1)
---  if event then log.info("%s", next(event:to_table())) else log.info("%s", why.kind) end
---  handle:off()
---end }
---```
---@class calluna.ami
local ami = {}

---An event, or the response to an action. Headers are fields, whatever their case: `ev.CallerIDNum`, `ev["Cause-txt"]`; one
---that is absent is nil. `pairs(ev)` walks them.
---@class calluna.ami.event
---@field pbx string
---@field [string] string?
local ami_event = {}

---A table of all headers; of one that comes several times a list.
---Where: anywhere.
---@return table<string, string|string[]>
function ami_event:to_table() end

---What `ami.on` gives.
---@class calluna.ami.subscription
local subscription = {}

---No further event.
---Where: anywhere.
function subscription:off() end

---@class (exact) calluna.ami.on_options
---@field pbx string? default: all

---Runs `fn(ev)` as a task for each event of these names whose headers equal the filter's.
---Where: anywhere.
---@param names string|string[] `"Newchannel"`, a list, `"Queue*"`, `"*"`
---@param filter table<string, string> may be left out
---@param fn fun(ev: calluna.ami.event)
---@param opts calluna.ami.on_options?
---@return calluna.ami.subscription
---@overload fun(names: string|string[], fn: fun(ev: calluna.ami.event), opts?: calluna.ami.on_options): calluna.ami.subscription
function ami.on(names, filter, fn, opts) end

---The next such event.
---Where: task. Errors: `timeout`, `gone`.
---@param names string|string[]
---@param filter table<string, string>?
---@param timeout calluna.seconds|false|nil default 30; false: endless
---@return calluna.ami.event? event
---@return calluna.error? err
function ami.wait(names, filter, timeout) end

---Runs `fn(state, pbx)` as a task when the connection has come up (again) or is down, in order with the events around it.
---Also to be had as an event, `CallunaLink`.
---Where: anywhere.
---@param fn fun(state: "up"|"down", pbx: string)
---@param opts calluna.ami.on_options?
---@return calluna.ami.subscription
function ami.on_link(fn, opts) end

---@class (exact) calluna.ami.action_options
---@field timeout calluna.seconds? default 10
---@field pbx string? default: the app's first

---Sends an action and waits for the response. `Variable` may be a table. CR, LF and NUL in a name or value are refused
---(`invalid`) before anything is sent.
---Where: task. Errors: `rejected` what the PBX says no to; `refused` the account lacks the right; `invalid`; `offline`;
---`timeout`.
---<!-- in a call -->
---```lua
---local done, err = ami.action { Action = "QueuePause", Queue = "sales", Interface = "PJSIP/101", Paused = "true" }
---if not done then log.info("%s: %s", err.kind, err.message) end
---```
---@param headers table<string, any> with `Action`
---@param opts calluna.ami.action_options?
---@return calluna.ami.event? response
---@return calluna.error? err
function ami.action(headers, opts) end

---An action that answers with a list.
---Where: task. Errors: as `action`.
---@param headers table<string, any> with `Action`
---@param opts calluna.ami.action_options?
---@return calluna.ami.event[]? items
---@return calluna.ami.event|calluna.error response_or_err the response, after a list
function ami.list(headers, opts) end

return ami
