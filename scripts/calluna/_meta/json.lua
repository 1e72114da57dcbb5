---@meta calluna.json
---JSON text.
---```lua
---local json, log = require "calluna.json", require "calluna.log"
---local text = json.encode({ name = "Ann", tags = { "VIP" } }, true)
---local value, err = json.decode(text)
---if not value then log.warning("no JSON: %s", err.message) end
---```
---@class calluna.json
local json = {}

---The value as JSON. A table with the keys 1 to n is a list, an empty one an object. Raises for what JSON has not.
---Where: anywhere.
---@param value any
---@param pretty boolean? over several lines; default false
---@return string
function json.encode(value, pretty) end

---The value that the text says.
---Where: anywhere. Errors: `invalid` it is no JSON; the message says where.
---@param text string
---@return any value
---@return calluna.error? err
function json.decode(text) end

return json
