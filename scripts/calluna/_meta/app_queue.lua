---@meta _
-- Asterisk's own queues, over AMI.

---@alias calluna.app_queue.event
---| "caller_joined"|"caller_left"|"abandoned"|"connected"|"completed"|"ring_no_answer"
---| "member_added"|"member_removed"|"member_paused"|"member_status"|"member_penalty"

---@class calluna.app_queue
local app_queue = {}

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
---@field priority integer? nil until the queue has been read
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

---@class calluna.app_queue.subscription
local subscription = {}
function subscription:off() end

---@alias calluna.app_queue.whom string|calluna.app_queue.member|calluna.user an interface, a member, a user

---@param name string
---@param opts { pbx?: string, timeout?: calluna.seconds }?
---@return calluna.app_queue.queue? queue
---@return calluna.error? err
function app_queue.get(name, opts) end
---@param opts { pbx?: string, timeout?: calluna.seconds }?
---@return calluna.app_queue.queue[]? queues
---@return calluna.error? err
function app_queue.list(opts) end
---@param events calluna.app_queue.event|calluna.app_queue.event[]
---@param fn fun(info: calluna.app_queue.info)
---@param opts { queue?: string, pbx?: string }?
---@return calluna.app_queue.subscription
function app_queue.on(events, fn, opts) end
---@param member calluna.app_queue.whom
---@param reason string?
---@param opts { pbx?: string, timeout?: calluna.seconds }?
---@return true? ok
---@return calluna.error? err
function app_queue.pause(member, reason, opts) end
---@param member calluna.app_queue.whom
---@param opts { pbx?: string, timeout?: calluna.seconds }?
---@return true? ok
---@return calluna.error? err
function app_queue.unpause(member, opts) end
---@param opts { pbx?: string }?
---@return { events: integer, synthetic: integer, readings: integer, failed_readings: integer }
function app_queue.counters(opts) end

---@param events calluna.app_queue.event|calluna.app_queue.event[]
---@param fn fun(info: calluna.app_queue.info)
---@return calluna.app_queue.subscription
function q:on(events, fn) end
---@param member calluna.app_queue.whom of a user: the first device
---@param opts { penalty?: integer, paused?: boolean, name?: string, state_interface?: string }?
---@return true? ok
---@return calluna.error? err
function q:add(member, opts) end
---@param member calluna.app_queue.whom
---@return true? ok
---@return calluna.error? err
function q:remove(member) end
---@param member calluna.app_queue.whom
---@param reason string?
---@return true? ok
---@return calluna.error? err
function q:pause(member, reason) end
---@param member calluna.app_queue.whom
---@return true? ok
---@return calluna.error? err
function q:unpause(member) end
---@param member calluna.app_queue.whom
---@param penalty integer
---@return true? ok
---@return calluna.error? err
function q:set_penalty(member, penalty) end
---@param member calluna.app_queue.whom
---@param on boolean
---@return true? ok
---@return calluna.error? err
function q:set_ringinuse(member, on) end
---@param caller calluna.app_queue.caller|string or a channel's name or unique id
---@param priority integer
---@return true? ok
---@return calluna.error? err
function q:set_priority(caller, priority) end
