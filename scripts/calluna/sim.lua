--- The offline PBX of a scenario in Lua, which `calluna sim office.lua` serves: this module is the PBX. It has what
--- calluna.test_office has: phones, numbers, queues, a dialplan, callers, and advance(seconds), which really waits.
local misuse = require "calluna.misuse"
local options = require "calluna.options"
if not pcall(require, "calluna.test_core") then misuse("calluna.sim is for scenarios, which `calluna sim` serves") end
local ask = require "calluna.test_ask"
local office = require "calluna.test_office"

local sim = setmetatable({ kind = "pbx", who = "the PBX" }, { __index = office })

--- Where it listens and how it runs; only before anything else. opts: ami_port, ari_port (0: free ones), user, secret,
--- seed, pace (seconds of the PBX in one real second), sound (how many seconds a sound plays), systemname.
function sim.settings(_, opts)
  ask("settings", options.check("pbx:settings", opts, {
    ami_port = "number", ari_port = "number", user = "string", secret = "string", seed = "number", pace = "number",
    sound = "number", systemname = "string",
  }))
end

--- A trunk or another endpoint that nobody sits at; PJSIP/trunk, which leads into [from-trunk], is there already. opts:
--- context, number, name, online.
function sim.endpoint(_, name, opts)
  options.argument("pbx:endpoint", 1, name, "string")
  opts = options.check("pbx:endpoint", opts, {
    context = "string", number = "string", name = "string", online = "boolean",
  })
  ask("phone", {
    endpoint = name, context = opts.context, number = opts.number, name = opts.name, online = opts.online,
  })
end

return sim
