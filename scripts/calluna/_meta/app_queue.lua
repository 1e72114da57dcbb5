---@meta calluna.app_queue
---Asterisk's own queues (`queues.conf`, `Queue()`) as live objects, over AMI. They are read when first wanted, kept by events, and
---read again when AMI is back after a gap: what has happened meanwhile is then told with `synthetic = true`. The account needs
---`agent` in `read` and `write`, and `system` in `read` to hear of `queue reload`.
---
---A *member* is an interface (`"PJSIP/101"`), one of `q.members`, or a user of `users`: all members that are devices of theirs, also
---through `Local/`; to `add`, their first device. What was done shows in the objects when the verb returns. *A verb's errors*:
---`invalid` no such queue or member; `rejected` a member already, or one of `queues.conf` to remove; `refused`; `offline`.
---
---Events: `caller_joined` `caller_left` `abandoned` `connected` `completed` `ring_no_answer` `member_added` `member_removed`
---`member_paused` (also unpaused) `member_status` `member_penalty`. Whoever is there when the queues are first read is not told.
---<!-- with queues -->
---```lua
---local app_queue, log = require "calluna.app_queue", require "calluna.log"
---app_queue.on("abandoned", function(info) log.info("%s gave up after %d s", info.caller.number, info.waited) end)
---return { start = function()
---  local q, err = app_queue.get("support")
---  if not q then return log.info("%s", err.message) end
---  if q.calls > 5 then q:unpause("PJSIP/109") end
---end }
---```
---<!-- in a call, with queues -->
---```lua
---local q = app_queue.get("support", { timeout = 5 })
---local handle = q:on({ "member_added", "member_paused" }, function(info) log.info("%s %s", info.event, info.member.interface) end)
---q:add("PJSIP/102", { penalty = 1, name = "Bob" })
---q:pause("PJSIP/102", "lunch")
---q:unpause("PJSIP/102")
---q:set_penalty("PJSIP/102", 2)
---q:set_ringinuse("PJSIP/102", false)
---for _, caller in ipairs(q.callers) do q:set_priority(caller, 5) end
---q:remove("PJSIP/102")
---app_queue.pause("PJSIP/101", "meeting")
---app_queue.unpause("PJSIP/101")
---handle:off()
---log.info("%d queues, %d events", #app_queue.list(), app_queue.counters().events)
---```
---@class calluna.app_queue
local app_queue = {}

---@alias calluna.app_queue.event
---| "caller_joined"|"caller_left"|"abandoned"|"connected"|"completed"|"ring_no_answer"
---| "member_added"|"member_removed"|"member_paused"|"member_status"|"member_penalty"

---@class (exact) calluna.app_queue.member
---@field interface string "PJSIP/101"
---@field name string
---@field state_interface string?
---@field dynamic boolean added, not of queues.conf
---@field penalty integer
---@field calls integer taken
---@field last_call_at integer? UTC, seconds since 1970
---@field last_pause_at integer? UTC, seconds since 1970
---@field in_call boolean in a call of this queue
---@field status "not_in_use"|"in_use"|"busy"|"unavailable"|"ringing"|"ring_in_use"|"on_hold"|"invalid"|"unknown"
---@field paused boolean
---@field pause_reason string?
---@field ringinuse boolean? nil until an event has told
---@field wrap_up integer? seconds

---@class (exact) calluna.app_queue.caller
---@field channel string its name
---@field uniqueid string
---@field number string "" if unknown
---@field name string "" if unknown
---@field position integer
---@field priority integer? nil until read, within a second
---@field waited calluna.seconds

---@class (exact) calluna.app_queue.info
---@field event calluna.app_queue.event
---@field queue calluna.app_queue.queue
---@field pbx string
---@field caller calluna.app_queue.caller?
---@field member calluna.app_queue.member?
---@field waited calluna.seconds?
---@field ring_seconds calluna.seconds?
---@field talk_seconds calluna.seconds?
---@field reason "caller"|"agent"|"transfer"|nil who ended it
---@field agent_channel string?
---@field synthetic true? found after a gap

---@class calluna.app_queue.queue
---@field name string
---@field pbx string
---@field strategy string Asterisk's word
---@field members table<string, calluna.app_queue.member> by interface
---@field callers calluna.app_queue.caller[] first come the next
---@field calls integer how many wait
---@field completed integer
---@field abandoned integer
---@field holdtime calluna.seconds average
---@field talktime calluna.seconds average
---@field servicelevel calluna.seconds
---@field servicelevel_percent number
---@field weight integer
---@field max_callers integer?
---@field stale boolean the PBX is away, and nothing newer known
---@field gone true? the PBX has it no more
local q = {}

---What `on` gives.
---@class calluna.app_queue.subscription
local subscription = {}

---No further event.
---Where: anywhere.
function subscription:off() end

---@class (exact) calluna.app_queue.where_options
---@field pbx string? default: the app's first with AMI
---@field timeout calluna.seconds? for the PBX to be there, default 10

---The queue, always the same object.
---Where: task. Errors: `invalid` no such queue; `offline` no PBX in time.
---@param name string
---@param opts calluna.app_queue.where_options?
---@return calluna.app_queue.queue? queue
---@return calluna.error? err
function app_queue.get(name, opts) end

---All queues, by name.
---Where: task. Errors: `offline` no PBX in time.
---@param opts calluna.app_queue.where_options?
---@return calluna.app_queue.queue[]? queues
---@return calluna.error? err
function app_queue.list(opts) end

---@class (exact) calluna.app_queue.on_options
---@field queue string? default: all
---@field pbx string? default: all

---Runs `fn(info)` as a task for each event of that name.
---Where: anywhere.
---@param events calluna.app_queue.event|calluna.app_queue.event[]
---@param fn fun(info: calluna.app_queue.info)
---@param opts calluna.app_queue.on_options?
---@return calluna.app_queue.subscription
function app_queue.on(events, fn, opts) end

---No further calls for a member, in all queues.
---Where: task. Errors: a verb's.
---@param member calluna.app_queue.whom
---@param reason string?
---@param opts calluna.app_queue.where_options?
---@return true? ok
---@return calluna.error? err
function app_queue.pause(member, reason, opts) end

---Calls again, in all queues.
---Where: task. Errors: a verb's.
---@param member calluna.app_queue.whom
---@param opts calluna.app_queue.where_options?
---@return true? ok
---@return calluna.error? err
function app_queue.unpause(member, opts) end

---@class (exact) calluna.app_queue.counters_options
---@field pbx string? default: the app's first with AMI

---What the module has done, of all queues together.
---Where: anywhere.
---@param opts calluna.app_queue.counters_options?
---@return { events: integer, synthetic: integer, readings: integer, failed_readings: integer }
function app_queue.counters(opts) end

---Runs `fn(info)` as a task for each event of that name in this queue.
---Where: anywhere.
---@param events calluna.app_queue.event|calluna.app_queue.event[]
---@param fn fun(info: calluna.app_queue.info)
---@return calluna.app_queue.subscription
function q:on(events, fn) end

---@class (exact) calluna.app_queue.add_options
---@field penalty integer? default 0
---@field paused boolean? default false
---@field name string?
---@field state_interface string?

---A member more.
---Where: task. Errors: a verb's.
---@param member calluna.app_queue.whom of a user: the first device
---@param opts calluna.app_queue.add_options?
---@return true? ok
---@return calluna.error? err
function q:add(member, opts) end

---A member less.
---Where: task. Errors: a verb's.
---@param member calluna.app_queue.whom
---@return true? ok
---@return calluna.error? err
function q:remove(member) end

---No further calls for a member.
---Where: task. Errors: a verb's.
---@param member calluna.app_queue.whom
---@param reason string?
---@return true? ok
---@return calluna.error? err
function q:pause(member, reason) end

---Calls again.
---Where: task. Errors: a verb's.
---@param member calluna.app_queue.whom
---@return true? ok
---@return calluna.error? err
function q:unpause(member) end

---Members with a lower penalty are rung first.
---Where: task. Errors: a verb's.
---@param member calluna.app_queue.whom
---@param penalty integer
---@return true? ok
---@return calluna.error? err
function q:set_penalty(member, penalty) end

---Whether a member is rung while in a call.
---Where: task. Errors: a verb's.
---@param member calluna.app_queue.whom
---@param on boolean
---@return true? ok
---@return calluna.error? err
function q:set_ringinuse(member, on) end

---A waiting caller's priority.
---Where: task. Errors: `gone` waits no more; `refused` Asterisk notes the priority but moves nobody, as 16 does (only later callers
---are put behind): there set `QUEUE_PRIO` before `Queue()`; a verb's.
---@param caller calluna.app_queue.caller|string one of `q.callers`, a channel's name or unique id
---@param priority integer
---@return true? ok
---@return calluna.error? err
function q:set_priority(caller, priority) end

---@alias calluna.app_queue.whom string|calluna.app_queue.member|calluna.user an interface, a member, a user

return app_queue
