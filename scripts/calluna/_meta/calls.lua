---@meta _
-- Calls: applications, the verbs of channels and bridges, queues.

---@class calluna.ari: calluna.ari.operations
local ari = {}
---@param name string
---@param fn fun(ch: calluna.ari.channel)
---@param opts { fallback?: string }? "context,extension,priority"
function ari.app(name, fn, opts) end
---@param type calluna.ari.event_name
---@param fn fun(ev: table)
function ari.on(type, fn) end

---@class calluna.ari.channel
---@field args string[] the arguments of Stasis()
---@field app string the Stasis application it is in
---@field pbx string
---@field gone calluna.error|false why there is no such channel any more
---@field endpoint string of a leg: what was dialled
local channel = {}
---@return true? ok
---@return calluna.error? err
function channel:answer() end
---@param opts { reason?: string, reason_code?: integer }?
---@return true? ok
---@return calluna.error? err
function channel:hangup(opts) end
---@param opts { context?: string, extension?: string|number, priority?: integer, label?: string }?
---@return true? ok
---@return calluna.error? err
function channel:continue_in_dialplan(opts) end
---@param opts { app: string, app_args?: string }
---@return true? ok
---@return calluna.error? err
function channel:move(opts) end
---@param opts { endpoint: string }
---@return true? ok
---@return calluna.error? err
function channel:redirect(opts) end
---@param name string
---@param value string|number|boolean|nil
---@return true? ok
---@return calluna.error? err
function channel:set_variable(name, value) end
---@param name string
---@return string? value nil if it is not set
---@return calluna.error? err
function channel:get_variable(name) end
---@param name string?
---@return true? ok
---@return calluna.error? err
function channel:set_callerid_name(name) end
---@param number string|number|nil
---@return true? ok
---@return calluna.error? err
function channel:set_callerid_number(number) end
---@param opts string|{ moh_class?: string }|nil
---@return true? ok
---@return calluna.error? err
function channel:start_moh(opts) end
---@param digits string|number
---@param opts { before?: integer, between?: integer, duration?: integer, after?: integer }? milliseconds
---@return true? ok
---@return calluna.error? err
function channel:dtmf(digits, opts) end
---@param opts { spy?: string, whisper?: string, app?: string, app_args?: string }?
---@return calluna.ari.channel? snoop
---@return calluna.error? err
function channel:snoop(opts) end
---@param media calluna.media
---@param opts { lang?: string, offsetms?: integer, skipms?: integer, interrupt?: string, timeout?: calluna.seconds|false }?
---@return true? ok
---@return string|calluna.error|nil digit_or_err the digit that ended it
function channel:play(media, opts) end
---@return true? ok
---@return calluna.error? err
function channel:stop() end
---@param what string|number
---@param opts { as?: "number"|"digits"|"characters", lang?: string, interrupt?: string, timeout?: calluna.seconds|false }?
---@return true? ok
---@return string|calluna.error|nil digit_or_err
function channel:say(what, opts) end
---@param opts { play?: calluna.media, digits?: integer, terminator?: string, timeout?: calluna.seconds, first_timeout?: calluna.seconds, lang?: string }?
---@return string? digits
---@return calluna.error? err
function channel:ask(opts) end
---@param timeout calluna.seconds|false|nil
---@return string? digit
---@return calluna.error? err
function channel:wait_digit(timeout) end
---@class (exact) calluna.record_options
---@field name string
---@field format string?
---@field max_seconds integer?
---@field max_silence integer?
---@field if_exists "fail"|"overwrite"|"append"|nil
---@field beep boolean?
---@field terminate_on "none"|"any"|"*"|"#"|nil
---@param opts calluna.record_options
---@return calluna.ari.model.LiveRecording? recording
---@return calluna.error? err
function channel:record(opts) end
---@param type calluna.ari.event_name
---@param fn fun(ev: table)
---@return fun() off
function channel:on(type, fn) end
---@param type calluna.ari.event_name
---@param timeout calluna.seconds|false|nil
---@return table? event
---@return calluna.error? err
function channel:wait(type, timeout) end
---Of a leg that `dial` returned: options; of any other channel: a timeout in seconds.
---@param opts { keep_caller?: boolean }|calluna.seconds|nil
---@return "caller"|"callee"|true|nil ended_by
---@return calluna.error? err
function channel:wait_end(opts) end
---@class (exact) calluna.dial_options
---@field timeout calluna.seconds|false|nil
---@field callerid string?
---@field variables table<string, string|number>?
---@field moh string?
---@field ringback boolean?
---@param endpoints string|string[]
---@param opts calluna.dial_options?
---@return calluna.ari.channel? leg
---@return calluna.error? err
function channel:dial(endpoints, opts) end

---@class calluna.ari.bridge
local bridge = {}
---@param channels calluna.ari.channel|string|(calluna.ari.channel|string)[]
---@param opts { role?: string, absorb_dtmf?: boolean, mute?: boolean, inhibit_connected_line_updates?: boolean }?
---@return true? ok
---@return calluna.error? err
function bridge:add(channels, opts) end
---@param channels calluna.ari.channel|string|(calluna.ari.channel|string)[]
---@return true? ok
---@return calluna.error? err
function bridge:remove(channels) end
---@return true? ok
---@return calluna.error? err
function bridge:destroy() end
---@param opts string|{ moh_class?: string }|nil
---@return true? ok
---@return calluna.error? err
function bridge:start_moh(opts) end
---@param media calluna.media
---@param opts { lang?: string, offsetms?: integer, skipms?: integer, announcer_format?: string, timeout?: calluna.seconds|false }?
---@return true? ok
---@return calluna.error? err
function bridge:play(media, opts) end
---@param opts calluna.record_options
---@return calluna.ari.model.LiveRecording? recording
---@return calluna.error? err
function bridge:record(opts) end

---@class calluna.queues
local queue = {}
---@class (exact) calluna.queue_options
---@field members string|string[]|fun(): string|string[]
---@field strategy "ring_all"|"least_recent"|"round_robin"|"random"|nil
---@field moh string?
---@field ring_timeout calluna.seconds?
---@field retry calluna.seconds?
---@field wrap_up calluna.seconds?
---@field max_wait calluna.seconds|false|nil
---@field max_callers integer?
---@field announce_position boolean|calluna.media|(fun(position: integer): calluna.media?)|nil
---@field announce_every calluna.seconds?
---@field callerid string|(fun(ch: calluna.ari.channel): string?)|nil
---@field variables table<string, string|number>?
---@field skip_busy boolean?
---@param name string
---@param opts calluna.queue_options
---@return calluna.queue
function queue.new(name, opts) end
---@class calluna.queue
local q = {}
---@class calluna.talk
---@field agent string
---@field waited calluna.seconds
---@field leg calluna.ari.channel
---@field channel calluna.ari.channel
local talk = {}
---@param ch calluna.ari.channel
---@param opts { priority?: number, max_wait?: calluna.seconds|false }?
---@return calluna.talk? talk
---@return calluna.error? err
function q:enter(ch, opts) end
---@param event "entered"|"answered"|"abandoned"|"timeout"|"missed"|"ended"
---@param fn fun(info: { queue: string, channel: calluna.ari.channel, priority: number, waited: number, agent?: string, kind?: string })
function q:on(event, fn) end
---@return { position: integer, channel: calluna.ari.channel, priority: number, waited: number, state: string }[]
function q:waiting() end
---@return { endpoint: string, state: string, paused: boolean, calls: integer }[]
function q:members() end
---@param endpoint string
function q:pause(endpoint) end
---@param endpoint string
function q:unpause(endpoint) end
---@param opts { keep_caller?: boolean }?
---@return "caller"|"callee"|nil ended_by
---@return calluna.error? err
function talk:wait_end(opts) end
