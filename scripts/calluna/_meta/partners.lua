---@meta calluna.partners
---Who is calling: always in memory, so nothing here waits, also while the business system is down. `[directory]` of the
---configuration says where partners come from (`config.md`).
---<!-- in a call -->
---```lua
---local who, err = partners.lookup(ch.caller.number)
---if err then log.info("one of %d", #err.candidates) end
---if who and who.tags.VIP then log.info("%s is a VIP of %s", who.name, who.salesperson and who.salesperson.name or "nobody") end
---local again = who and partners.get(who.id)
---local status = partners.status()
---log.info("%s, %d", again and again:to_table().display_name or "?", status and status.partners or 0)
---```
---@class calluna.partners
local partners = {}

---Read-only; its tostring is the display name. `pairs` and `json.encode` work.
---@class calluna.partner
---@field id integer|string a number where the source has numbers
---@field name string
---@field display_name string "name (company)"
---@field company string
---@field company_id integer|string|nil
---@field is_company boolean
---@field tags table<string, true> a set: `p.tags.VIP` is true or nil; `NOVIP` is another tag
---@field numbers string[] as they were written
---@field salesperson calluna.salesperson?
---@field url string?
---@field lang string? "de_DE"
local partner = {}

---A plain table of it.
---Where: anywhere.
---@return table
function partner:to_table() end

---@class calluna.salesperson
---@field user string the key in calluna.users, or what the source calls them
---@field name string
---@field endpoints string[] what `ch:dial` takes; empty if no phone of theirs is known
---@field available boolean? false while a phone of theirs rings or talks, read anew with each `p.salesperson`; nil in an app that does not require `calluna.calls`, which is where it comes from

---@class (exact) calluna.lookup_options
---@field region calluna.region? how a number without a country code is read; default: the region of the call the task serves, see phone
---@field consolidate "parent"|"first"|"none"|(fun(candidates: calluna.partner[]): calluna.partner?)|nil what to do with several; default `parent`

---The partner with that number. It matches however it is written. Internal extensions, short codes, `anonymous` and the like are
---nobody's.
---
--- | the number belongs to | `consolidate = "parent"` (default) | `"first"` | `"none"` |
--- |---|---|---|
--- | one | it | it | it |
--- | one person, and their company | the person | lowest id | ambiguous |
--- | several people of one company, with or without the company | the company, if it is in the directory; else ambiguous | lowest id | ambiguous |
--- | several without a company; people of different companies | ambiguous | lowest id | ambiguous |
--- | a person, their company, and a stranger | ambiguous, all three | lowest id | ambiguous |
--- | nobody | nil | nil | nil |
---
---`consolidate = fn`: `fn(candidates)` is called instead whenever there are several, and returns one of them, or nil for ambiguous.
---Where: anywhere. Errors: `ambiguous` several have the number, `err.candidates`.
---@param number string|number|nil
---@param opts calluna.lookup_options?
---@return calluna.partner? partner nil without an error: nobody
---@return calluna.error? err
function partners.lookup(number, opts) end

---The partner with that key of the source's own.
---Where: anywhere.
---@param id integer|string
---@return calluna.partner?
function partners.get(id) end

---@class calluna.directory_status
---@field partners integer
---@field numbers integer
---@field source string
---@field age number? seconds since the source had last told everything; nil: never
---@field stale boolean
---@field last_error string?

---How the directory is.
---Where: anywhere.
---@return calluna.directory_status? status nil without a `[directory]`
function partners.status() end

---For an app alone: a `.csv` or `.json` file of its own takes the directory's place. A bad one raises `file:line: what` and
---changes nothing; a change of it reloads the app. Columns or keys: `id` `name` `company` `company_id` `is_company` `numbers`
---`region` `tags` `salesperson` `url` `lang`; in CSV numbers, tags and endpoints are separated by `;`, and `anna=PJSIP/101;PJSIP/201`
---is a salesperson.
---Where: anywhere.
---<!-- in a call, with partners.csv -->
---```lua
---log.info("%d partners", partners.load("partners.csv"))
---```
---@param path string relative: in the app's folder
---@return integer count
function partners.load(path) end

return partners
