---@meta calluna.calls
---One call is one conversation, through queue, transfer, pickup, parking and local channels, made of AMI and ARI together. After a
---gap the PBX's state is read back and the differences are told. Requiring the module is what switches it on. The AMI account
---needs `call` and `agent` in `read` and `system` in `write` (`dtmf` to count keys); where there is no AMI, ARI must do, which
---knows no queues and no parking.
---
---What still waits in a handler's task when its call has ended is resumed with `gone`; a handler of `ended` belongs to the app and
---may take its time. In filters `user` and `endpoint` mean the event's leg if it has one, else any.
---
---Events: `started` `ringing` (leg) `answered` (leg) `held` (leg) `resumed` (leg) `left` (leg: it has ended, `leg.outcome`)
---`transferred` (`event.transfer`) `queued` `dequeued` (`event.queue`) `parked` `unparked` (`event.parking`) `recording`
---(`event.recording`) `merged` (`event.other`: the id of the call that became part of this one; its object shows this one from now
---on) `ended`, and `gap`, without call: nobody listened to `event.pbx` between `event.from` and `event.at`. `event.synthetic`:
---found by reading back. Times are UTC, seconds since 1970.
---
---A new generation of an app knows the live calls before its `start` and is told nothing of their past. An app that falls behind
---by 64 MB loses events of calls (counted, logged), never their ends, and is then told all calls again.
---```lua
---local calls, log = require "calluna.calls", require "calluna.log"
---calls.on("ringing", { direction = "in" }, function(call, leg)          -- a task of the call
---  if leg.user then log.info("%s: %s calls", leg.user.name, call.partner and call.partner.name or call.remote_number) end
---  local event, err = call:wait("answered", 60)
---  if not event then return log.info("not answered: %s", err.kind) end  -- timeout; gone: it has ended
---end)
---calls.on("ended", function(call) log.info("%s", require "calluna.json".encode(call:summary())) end)
---```
---<!-- in a call -->
---```lua
---for _, live in ipairs(calls.active { pbx = "main" }) do log.info("%s %s", live.id, live.status) end
---local mine = calls.by_channel(ch.name)
---local same = mine and calls.get(mine.id)
---log.info("%s, 101 is %s", same and same.direction or "none yet", calls.in_use("PJSIP/101") and "busy" or "free")
---local handle = calls.on("held", function(call, leg) log.info("%s holds", leg:summary().channel) end)
---handle:off()
---```
---@class calluna.calls
local calls = {}

---@alias calluna.call.event_name
---| "started"|"ringing"|"answered"|"held"|"resumed"|"left"|"transferred"|"queued"|"dequeued"|"parked"|"unparked"
---| "recording"|"merged"|"ended"|"gap"

---@class (exact) calluna.call.event
---@field name calluna.call.event_name
---@field at number UTC, seconds since 1970
---@field synthetic boolean found by reading back
---@field pbx string
---@field from number? of a gap: its beginning
---@field other string? of merged: the id of the call that is part of this one now
---@field leg calluna.call.leg? in what call:wait returns
---@field queue calluna.call.queue?
---@field transfer calluna.call.transfer?
---@field parking calluna.call.parking?
---@field recording calluna.call.recording?

---@class (exact) calluna.call.queue
---@field name string
---@field agent string? endpoint
---@field position integer
---@field outcome "waiting"|"answered"|"abandoned"|"timeout"
---@field entered_at number
---@field left_at number?

---@class (exact) calluna.call.transfer
---@field attended boolean
---@field by string endpoint
---@field to string? as dialled
---@field reached string? endpoint
---@field at number

---@class (exact) calluna.call.parking
---@field by string?
---@field lot string
---@field space string
---@field taken_by string?
---@field outcome "waiting"|"taken"|"timeout"|"abandoned"
---@field at number
---@field ended_at number?

---@class (exact) calluna.call.recording
---@field name string?
---@field channel string unique id
---@field started_at number
---@field stopped_at number?

---@class (exact) calluna.call_filter
---@field direction string|string[]|nil "in", "out", "internal"
---@field pbx string|string[]|nil
---@field queue string|string[]|nil
---@field user string|calluna.user|(string|calluna.user)[]|nil
---@field endpoint string|string[]|nil "PJSIP/101", "PJSIP/1*"
---@field number string|string[]|nil E.164, or as presented

---What `calls.on` gives.
---@class calluna.calls.handle
local handle = {}

---No further event.
---Where: anywhere.
function handle:off() end

---Runs `fn(call, leg, event)` as a task of the call for each event of that name.
---Where: anywhere.
---@param names calluna.call.event_name|calluna.call.event_name[]
---@param filter calluna.call_filter? may be left out
---@param fn fun(call: calluna.call, leg: calluna.call.leg?, event: calluna.call.event)
---@return calluna.calls.handle
---@overload fun(names: calluna.call.event_name|calluna.call.event_name[], fn: fun(call: calluna.call, leg: calluna.call.leg?, event: calluna.call.event)): calluna.calls.handle
function calls.on(names, filter, fn) end

---The live calls, oldest first.
---Where: anywhere.
---@param filter calluna.call_filter?
---@return calluna.call[]
function calls.active(filter) end

---The live call with that id.
---Where: anywhere.
---@param id string
---@return calluna.call?
function calls.get(id) end

---The live call with that channel.
---Where: anywhere.
---@param channel string name or unique id
---@param pbx string? where; default: any
---@return calluna.call?
function calls.by_channel(channel, pbx) end

---Whether that phone rings or is in a call.
---Where: anywhere.
---@param endpoint string
---@param pbx string? where; default: any
---@return boolean? busy nil while the calls have not been told yet
function calls.in_use(endpoint, pbx) end

return calls
