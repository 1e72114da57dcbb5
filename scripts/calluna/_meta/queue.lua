---@meta calluna.queue
---Queues of the app's own: callers wait with music, agents' phones are rung, who answers first is connected.
---
---A queue belongs to its generation: after a reload new calls meet a new, empty one, and the old one serves those in it.
---```lua
---local ari, queue, log = require "calluna.ari", require "calluna.queue", require "calluna.log"
---local support = queue.new("support", {
---  members = { "PJSIP/101", "PJSIP/102" }, moh = "default", wrap_up = 10,
---  announce_position = function(position) return { "queue-thereare", "number:" .. position } end,
---})
---support:on("abandoned", function(info) log.info("%s gave up", info.channel.caller.number) end)
---ari.app("support", function(ch)
---  ch:answer()
---  log.info("%d wait for %d agents", #support:waiting(), #support:members())
---  local talk, why = support:enter(ch, { priority = 10, max_wait = 180 })
---  if not talk then return log.info("not answered: %s", why.kind) end
---  support:pause(talk.agent)                       -- no further call for now
---  talk:wait_end()
---  support:unpause(talk.agent)
---end)
---```
---@class calluna.queues
local queue = {}

---@class (exact) calluna.queue_options
---@field members string|string[]|fun(): string|string[] endpoints, a list, or a function that returns one and does not wait; asked each time
---@field strategy "ring_all"|"least_recent"|"round_robin"|"random"|nil default `least_recent`: who has had no call for longest
---@field moh string? a class; default: Asterisk's
---@field ring_timeout calluna.seconds? how long a phone rings, default 15
---@field retry calluna.seconds? how long an agent who missed a call is left alone, default 5
---@field wrap_up calluna.seconds? after a talk, default 0
---@field max_wait calluna.seconds|false|nil default 600; false: endless
---@field max_callers integer? default: no limit
---@field announce_position boolean|calluna.media|(fun(position: integer): calluna.media?)|nil `true`, a media before the number, or a function; default: none
---@field announce_every calluna.seconds? default 30
---@field callerid string|(fun(ch: calluna.ari.channel): string?)|nil what phones show; default: the caller's
---@field variables table<string, string|number>? of the agents' channels
---@field skip_busy boolean? an agent whose phone is in any other call, also one they made themselves, is not rung; needs what `calls` needs; default false

---A queue. Raises if there are no members.
---Where: a file's top level, or start.
---@param name string
---@param opts calluna.queue_options
---@return calluna.queue
function queue.new(name, opts) end

---A queue.
---@class calluna.queue
local q = {}

---@class (exact) calluna.enter_options
---@field priority number? higher ones first, then first come; default 0
---@field max_wait calluna.seconds|false|nil default: the queue's

---The caller waits until an agent has answered.
---Where: task. Errors: `timeout`; `gone` the caller hung up; `rejected` the queue is full.
---@param ch calluna.ari.channel
---@param opts calluna.enter_options?
---@return calluna.talk? talk
---@return calluna.error? err
function q:enter(ch, opts) end

---@class (exact) calluna.queue_info
---@field queue string
---@field channel calluna.ari.channel
---@field priority number
---@field waited calluna.seconds
---@field agent string? endpoint
---@field kind string? of `missed`: why

---Runs `fn(info)` as a task when that happens: `ended` is a talk's end, `missed` an agent who did not take a call.
---Where: anywhere.
---@param event "entered"|"answered"|"abandoned"|"timeout"|"missed"|"ended"
---@param fn fun(info: calluna.queue_info)
function q:on(event, fn) end

---Who waits, first come the next.
---Where: anywhere.
---@return { position: integer, channel: calluna.ari.channel, priority: number, waited: number, state: string }[]
function q:waiting() end

---The agents.
---Where: anywhere.
---@return { endpoint: string, state: string, paused: boolean, calls: integer }[]
function q:members() end

---No further calls for that agent.
---Where: anywhere.
---@param endpoint string
function q:pause(endpoint) end

---Calls again for that agent.
---Where: anywhere.
---@param endpoint string
function q:unpause(endpoint) end

---A caller and an agent.
---@class calluna.talk
---@field agent string endpoint
---@field waited calluna.seconds
---@field leg calluna.ari.channel the agent's
---@field channel calluna.ari.channel the caller's
local talk = {}

---Waits until either side hangs up; then the other is hung up.
---Where: task. Errors: `gone`.
---@param opts calluna.wait_end_options?
---@return "caller"|"callee"|nil ended_by
---@return calluna.error? err
function talk:wait_end(opts) end

return queue
