---@meta _
-- Scenarios in Lua, which `calluna sim office.lua` serves.

---@class calluna.sim: calluna.test_office
local sim = {}

---@class (exact) calluna.sim_settings
---@field ami_port integer?
---@field ari_port integer?
---@field user string?
---@field secret string?
---@field seed integer?
---@field pace number? seconds of the PBX in one real second
---@field sound calluna.seconds?
---@field systemname string?

---@class (exact) calluna.sim_endpoint
---@field context string?
---@field number string?
---@field name string?
---@field online boolean?

---@param opts calluna.sim_settings
function sim:settings(opts) end
---@param name string
---@param opts calluna.sim_endpoint?
function sim:endpoint(name, opts) end

return sim
