---@meta _
-- Who is calling, and who works here.

---@class calluna.partners
local partners = {}

---Read-only; its tostring is the display name.
---@class calluna.partner
---@field id integer|string a number where the source has numbers
---@field name string
---@field display_name string "name (company)"
---@field company string
---@field company_id integer|string|nil
---@field is_company boolean
---@field tags table<string, true>
---@field numbers string[] as they were written
---@field salesperson calluna.salesperson?
---@field url string?
---@field lang string? "de_DE"
local partner = {}
---@return table
function partner:to_table() end

---@class calluna.salesperson
---@field user string the key in calluna.users, or what the source calls them
---@field name string
---@field endpoints string[] what ch:dial takes
---@field available boolean? no phone of theirs rings or talks; nil unless the app requires calluna.calls

---@class calluna.directory_status
---@field partners integer
---@field numbers integer
---@field source string
---@field age number? seconds since the source had last told everything
---@field stale boolean
---@field last_error string?

---@param number string|number|nil
---@param opts { region: calluna.region?, consolidate: "parent"|"first"|"none"|(fun(candidates: calluna.partner[]): calluna.partner?)|nil }?
---@return calluna.partner? partner nil: nobody, or several
---@return calluna.error? err kind "ambiguous", with `candidates`
function partners.lookup(number, opts) end
---@param id integer|string
---@return calluna.partner?
function partners.get(id) end
---@return calluna.directory_status?
function partners.status() end
---@param path string
---@return integer
function partners.load(path) end

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

---@param id string|integer
---@return calluna.user?
function users.get(id) end
---@param name string "PJSIP/101-0000001f"
---@param pbx string?
---@return calluna.user?
function users.by_channel(name, pbx) end
---@param extension string|integer
---@param pbx string?
---@return calluna.user?
function users.by_exten(extension, pbx) end
---@param user calluna.user|string|integer
---@return string[]?
function users.endpoints(user) end
---@return calluna.user[]
function users.all() end

return { partners = partners, users = users }
