---@meta _
---A call and its legs. A call is one object, the same in all handlers, always as new as what was heard last; it can still be read
---after its end. Fields are only to be read; what is not known is nil.
---
---A call's `status` is, live: `ringing`, `queued`, `parked`, `up`; then `answered`, `busy`, `noanswer`, `cancelled`, `congestion`,
---`offline`, `rejected`, `failed`, `unknown_end`. `ring_seconds` + `wait_seconds` + `talk_seconds` = `total_seconds`; within talk:
---`hold_seconds` and `parked_seconds`.
---```lua
---local calls, log = require "calluna.calls", require "calluna.log"
---calls.on("started", function(call)
---  local event, err = call:wait({ "answered", "ended" }, 60)
---  if event and event.leg then log.info("%s has answered", event.leg:summary().endpoint) end
---  log.info("%s %s", call:summary().status, err and err.kind or "")
---end)
---```

---One channel of a call; it has the verbs of a call, for itself.
---@class calluna.call.leg: calluna.call.verbs
---@field id string the channel's unique id
---@field channel string its name
---@field pbx string
---@field endpoint string
---@field user calluna.user?
---@field number string?
---@field extension string? the first it was at
---@field role "caller"|"callee"|"user"|"consult"|"pickup"|"joined"
---@field stasis string? the application that leads it now
---@field outside boolean not of ours
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

---A plain table of everything, for `json.encode`.
---Where: anywhere.
---@return table
function leg:summary() end

---One conversation.
---@class calluna.call: calluna.call.verbs
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
---@field remote_number string? outside; E.164 if it is a number, else as presented
---@field partner calluna.partner? of the directory
---@field user calluna.user? of ours: who answered it, or began it
---@field answered_by string? endpoint
---@field hung_up_by string? endpoint
---@field picked_up_by string? endpoint
---@field participants string[] endpoints of all who talked
---@field conference string?
---@field stasis string? the application that leads it
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

---The next such event of this call. `"answered"` and `"ended"` return at once if that is so already.
---Where: task. Errors: `timeout`; `gone` the call has ended.
---@param names calluna.call.event_name|calluna.call.event_name[]
---@param timeout calluna.seconds|false|nil default 30; false: endless
---@return calluna.call.event? event with `leg`
---@return calluna.error? err
function call:wait(names, timeout) end

---A plain table of everything, for `json.encode`.
---Where: anywhere.
---@return table
function call:summary() end

---Rings phones for the caller, as `ch:dial`, of a call that this app leads in Stasis.
---Where: task. Errors: `refused` it is in the dialplan, which dials; as `ch:dial`.
---<!-- with a call -->
---```lua
---local phone, why = call:dial("PJSIP/102", { timeout = 5 })
---if not phone then log.info("%s", why.kind) end
---```
---@param endpoints string|string[]
---@param opts calluna.dial_options?
---@return calluna.ari.channel? leg
---@return calluna.error? err
function call:dial(endpoints, opts) end
