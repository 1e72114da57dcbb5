---@meta calluna.adapter
---Adapters join a business system to Calluna; `erp.md` has the contract. What `open` gives keeps it: what the system cannot do
---answers `nil, err` (`invalid`).
---<!-- in a call, with partners.csv -->
---```lua
---local adapter = require "calluna.adapter"
---local source = adapter.open("csv", { file = "partners.csv" })
---log.info("%s", source:probe())
---adapter.check(source, "csv")
---```
---@class calluna.adapter.module
local adapter = {}

---@class calluna.adapter.config
---@field file string? of `csv`
---@field odoo string? of `odoo`: which connection
---@field settings table? `config` of `[directory]`

---Opens an adapter of ours, or the .lua file with that path. Raises for what is none.
---Where: anywhere.
---@param name "csv"|"odoo"|string
---@param config calluna.adapter.config
---@return table adapter
function adapter.open(name, config) end

---Raises unless it has the functions of an adapter.
---Where: anywhere.
---@param made table
---@param name string for the message
---@return table made
function adapter.check(made, name) end

return adapter
