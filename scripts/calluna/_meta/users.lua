---@meta calluna.users
---Who works here, from `[user.NAME]` of the configuration and the business system: in memory, so nothing here waits.
---<!-- in a call -->
---```lua
---local anna = users.get("anna")
---if anna then ch:dial(users.endpoints(anna), { timeout = 5 }) end
---local owner = users.by_channel("PJSIP/101-0000001f") or users.by_exten(101)
---log.info("%s, of %d", owner and owner.name or "nobody", #users.all())
---```
---@class calluna.users
local users = {}

---@class calluna.device
---@field channel string "PJSIP/101"
---@field context string?
---@field originate boolean
---@field auto_answer string? a SIP header

---@class calluna.user
---@field id string
---@field name string
---@field extension string?
---@field pbx string?
---@field email string?
---@field external_id string? the business system's key
---@field lang string?
---@field devices calluna.device[]

---The user with that key, or with that key in the business system.
---Where: anywhere.
---@param id string|integer
---@return calluna.user?
function users.get(id) end

---Whose channel that is: `"PJSIP/a-b-0000001f"` by its device, `"Local/101@agents-0000;2"` by device or extension.
---Where: anywhere.
---@param name string
---@param pbx string? where two have the same
---@return calluna.user?
function users.by_channel(name, pbx) end

---Whose extension that is.
---Where: anywhere.
---@param extension string|integer
---@param pbx string? where two have the same extension; without it that of several is nobody's
---@return calluna.user?
function users.by_exten(extension, pbx) end

---The channels of a user's devices, in order: what `ch:dial` takes.
---Where: anywhere.
---@param user calluna.user|string|integer
---@return string[]? endpoints nil: there is no such user
function users.endpoints(user) end

---Everybody, in the order of the configuration, then of the business system.
---Where: anywhere.
---@return calluna.user[]
function users.all() end

return users
