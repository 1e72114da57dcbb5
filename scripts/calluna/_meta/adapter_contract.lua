---@meta calluna.adapter_contract
---What every adapter has to keep, as a test for those who write one.
---<!-- in a call, with partners.csv -->
---```lua
---local contract, adapter = require "calluna.adapter_contract", require "calluna.adapter"
---contract.check(adapter.open("csv", { file = "partners.csv" }), { number = "+14155550101" })
---```
---@class calluna.adapter_contract
local contract = {}

---@class (exact) calluna.adapter_contract.given
---@field number string? somebody's
---@field call table? for `log_call`
---@field ref { model: string, id: integer }? for `note` and `attach`
---@field file string|table|nil for `attach`
---@field lead table? for `create_lead`
---@field change fun()? changes somebody there

---Raises unless the adapter keeps the contract, as far as what is given lets it be tried.
---Where: task.
---@param adapter table
---@param given calluna.adapter_contract.given?
---@return true
function contract.check(adapter, given) end

return contract
