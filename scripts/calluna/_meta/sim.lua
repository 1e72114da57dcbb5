---@meta calluna.sim
---In a scenario for `calluna sim office.lua` the offline PBX, with a test's verbs about phones, calls, queues and the dialplan, and
---`advance(seconds)`, which really waits. `sim.md` has an example.
---<!-- a scenario -->
---```lua
---local pbx = require "calluna.sim"
---pbx:settings { seed = 1, pace = 50 }
---pbx:endpoint("trunk-2", { context = "from-trunk", number = "+14155550100", name = "Second" })
---pbx:dialplan [[
---[from-trunk]
---exten => 100,1,Dial(PJSIP/101,20)
---]]
---pbx:phone("101", { after = 3 })
---pbx:call { from = "+14155550101", to = "100", stays = 10 }
---pbx:advance(20)
---```
---@class calluna.sim: calluna.test_office
local sim = {}

---@class (exact) calluna.sim_settings
---@field ami_port integer? default: a free one
---@field ari_port integer? default: a free one
---@field user string? default "calluna"
---@field secret string? default "offline"
---@field seed integer? the same seed and the same acts give the same story
---@field pace number? seconds of the PBX in one real second, default 1
---@field sound calluna.seconds? how long a sound plays, default 2
---@field systemname string?

---The keys of `[pbx]` of a scenario in TOML.
---Where: a scenario, before anything else.
---@param opts calluna.sim_settings
function sim:settings(opts) end

---@class (exact) calluna.sim_endpoint
---@field context string?
---@field number string? what it is called by
---@field name string? likewise
---@field online boolean? default true

---Another trunk; `PJSIP/trunk` is there, and leads into `[from-trunk]`.
---Where: a scenario.
---@param name string
---@param opts calluna.sim_endpoint?
function sim:endpoint(name, opts) end

return sim
