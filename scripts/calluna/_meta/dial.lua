---@meta _
---Phones rung on behalf of a caller.
---@class calluna.ari.channel
local channel = {}

---@class (exact) calluna.dial_options
---@field timeout calluna.seconds|false|nil default 30; false: endless
---@field callerid string? what the phones show: a name, a number, or `'"Name" <number>'`; default: the caller's
---@field variables table<string, string|number>? of the phones' channels
---@field moh string? a class of music that the caller hears meanwhile
---@field ringback boolean? default true: the caller hears ringing

---Rings one endpoint, or all of a list at the same time; the first to answer is connected, the others stop. If its phone joins the
---caller with somebody else, the leg is whatever channel takes its place.
---Where: task. Errors: `busy`, `noanswer`, `offline`, `congestion`, `rejected` what tells most of all phones; `gone` the caller
---hung up.
---<!-- in a call, it returns early -->
---```lua
---local leg, why = ch:dial({ "PJSIP/101", "PJSIP/102" }, { timeout = 20 })
---if leg then return leg:wait_end() end
---log.info("nobody: %s", why.kind)                 -- busy | noanswer | offline | congestion | rejected | gone
---```
---@param endpoints string|string[]
---@param opts calluna.dial_options?
---@return calluna.ari.channel? leg the handle of who answered
---@return calluna.error? err
function channel:dial(endpoints, opts) end

---@class (exact) calluna.wait_end_options
---@field keep_caller boolean? the script goes on with the caller when the other has hung up; default false

---Of a leg that `dial` returned: waits until either side hangs up; then the other is hung up. Of any other channel: waits
---until it has ended, endlessly or for so many seconds; true at once if it has.
---Where: task. Errors: `timeout`; `gone` the task's own call has ended.
---@param opts calluna.wait_end_options|calluna.seconds|nil of a leg: options; else a timeout
---@return "caller"|"callee"|true|nil ended_by
---@return calluna.error? err
function channel:wait_end(opts) end
