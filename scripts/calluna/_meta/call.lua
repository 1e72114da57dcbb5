---@meta _
-- Calls: one for each conversation.

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

---@class calluna.call.leg
---@field id string the channel's unique id
---@field channel string its name
---@field pbx string
---@field endpoint string
---@field user calluna.user?
---@field number string?
---@field extension string? the first it was at
---@field role "caller"|"callee"|"user"|"consult"|"pickup"|"joined"
---@field stasis string? the application that leads it now
---@field outside boolean
---@field talked boolean
---@field held boolean
---@field ended boolean
---@field hung_up boolean this party ended its part
---@field outcome "hung_up"|"other_hung_up"|"cancelled"|"noanswer"|"busy"|"rejected"|"congestion"|"offline"|"elsewhere"|"transferred"|"cleared"|"unseen"|nil
---@field began_at number
---@field rang_at number?
---@field answered_at number?
---@field ended_at number?
---@field cause integer
---@field cause_text string?
---@field dial_status string?
---@field dtmf_count integer
local leg = {}
---@return table
function leg:summary() end

---@class calluna.call
---@field id string
---@field pbx string
---@field direction "in"|"out"|"internal"
---@field status "ringing"|"queued"|"parked"|"up"|"answered"|"busy"|"noanswer"|"cancelled"|"congestion"|"offline"|"rejected"|"failed"|"unknown_end"
---@field cause integer
---@field cause_text string?
---@field ended boolean
---@field uncertain boolean part of it was not seen
---@field click boolean
---@field click_id string?
---@field caller_number string?
---@field caller_name string?
---@field dialed_number string?
---@field remote_number string? E.164 if it is a number, else as presented
---@field partner calluna.partner?
---@field user calluna.user?
---@field answered_by string? endpoint
---@field hung_up_by string? endpoint
---@field picked_up_by string? endpoint
---@field participants string[] endpoints of all who talked
---@field conference string?
---@field stasis string?
---@field started_at number
---@field answered_at number?
---@field ended_at number?
---@field ring_seconds number
---@field wait_seconds number
---@field talk_seconds number
---@field hold_seconds number
---@field parked_seconds number
---@field total_seconds number
---@field holds integer
---@field dtmf_count integer
---@field legs calluna.call.leg[]
---@field queue calluna.call.queue? the last
---@field queues calluna.call.queue[]
---@field transfers calluna.call.transfer[]
---@field parkings calluna.call.parking[]
---@field recordings calluna.call.recording[]
---@field linkedids string[]
local call = {}
---@param names calluna.call.event_name|calluna.call.event_name[]
---@param timeout calluna.seconds|false|nil
---@return calluna.call.event? event
---@return calluna.error? err
function call:wait(names, timeout) end
---@return table
function call:summary() end

---@class calluna.calls
local calls = {}
---@class calluna.calls.handle
local handle = {}
function handle:off() end
---@param names calluna.call.event_name|calluna.call.event_name[]
---@param filter calluna.call_filter?
---@param fn fun(call: calluna.call, leg: calluna.call.leg?, event: calluna.call.event)
---@return calluna.calls.handle
---@overload fun(names: calluna.call.event_name|calluna.call.event_name[], fn: fun(call: calluna.call, leg: calluna.call.leg?, event: calluna.call.event)): calluna.calls.handle
function calls.on(names, filter, fn) end
---@param filter calluna.call_filter?
---@return calluna.call[]
function calls.active(filter) end
---@param id string
---@return calluna.call?
function calls.get(id) end
---@param channel string name or unique id
---@param pbx string? where; default: any
---@return calluna.call?
function calls.by_channel(channel, pbx) end
---@param endpoint string
---@param pbx string?
---@return boolean? busy nil while the calls have not been told yet
function calls.in_use(endpoint, pbx) end
