---@meta _
-- Odoo by RPC.

---What fails gives nil and a calluna.error whose `code` is one of these words.
---@alias calluna.odoo.code "access_denied"|"session_expired"|"access"|"missing"|"validation"|"user"|"conflict"|"not_unique"|"unknown_model"|"unknown_field"|"unknown_method"|"unknown_database"|"arguments"|"unreachable"|"timeout"|"busy"|"server"|"malformed"|"not_odoo"|"file"|"unsupported"

---@alias calluna.odoo.domain any[] { { "ref", "=", "A1" } }

---@class calluna.odoo.connection
local connection = {}

---@class calluna.odoo: calluna.odoo.connection the module: the one connection of the configuration
local odoo = {}

---@param name string
---@return calluna.odoo.connection
function odoo.connect(name) end

---@class calluna.odoo.query
---@field fields string[]? default: display_name alone
---@field limit integer?
---@field offset integer?
---@field order string? "write_date, id"
---@field context table?
---@field timeout calluna.seconds?

---@class calluna.odoo.opts
---@field context table?
---@field timeout calluna.seconds?

---@param model string
---@param domain calluna.odoo.domain?
---@param opts calluna.odoo.query?
---@return table[]? records
---@return calluna.error? err
function connection:search_read(model, domain, opts) end
---@param model string
---@param ids integer|integer[]
---@param fields string[]?
---@param opts calluna.odoo.opts?
---@return table? records or the record, for one id
---@return calluna.error? err
function connection:read(model, ids, fields, opts) end
---@param model string
---@param values table|table[]
---@param opts calluna.odoo.opts?
---@return integer|integer[]|nil id
---@return calluna.error? err
function connection:create(model, values, opts) end
---@param model string
---@param ids integer|integer[]
---@param values table
---@param opts calluna.odoo.opts?
---@return true? written
---@return calluna.error? err
function connection:write(model, ids, values, opts) end
---@param model string
---@param ids integer|integer[]
---@param opts calluna.odoo.opts?
---@return true? deleted
---@return calluna.error? err
function connection:unlink(model, ids, opts) end
---@param model string
---@param method string
---@param args any[]? the first one the ids, if the method belongs to records
---@param kwargs table?
---@param opts { timeout: calluna.seconds? }?
---@return any value
---@return calluna.error? err
function connection:call(model, method, args, kwargs, opts) end
---@param model string
---@param key table
---@param values table?
---@param opts { timeout: calluna.seconds? }?
---@return integer? id
---@return calluna.error? err
function connection:upsert(model, key, values, opts) end
---@param model string
---@param id integer
---@param file string|{ path: string?, data: string?, name: string?, mimetype: string? }
---@param opts { timeout: calluna.seconds? }?
---@return integer? id
---@return calluna.error? err
function connection:attach(model, id, file, opts) end
---@param model string
---@param id integer
---@param text string
---@param opts { html: boolean?, timeout: calluna.seconds? }?
---@return integer? id
---@return calluna.error? err
function connection:note(model, id, text, opts) end
---@param model string
---@param opts { timeout: calluna.seconds? }?
---@return table<string, table>? fields
---@return calluna.error? err
function connection:fields(model, opts) end
---@param opts { timeout: calluna.seconds? }?
---@return { major: integer, minor: integer, text: string }? version
---@return calluna.error? err
function connection:version(opts) end
---@return { state: string, transport: string?, url: string?, database: string?, user: string?, last_error: string? }
function connection:status() end

-- Toasts in Odoo's web client.

---@class calluna.odoo_toast
local toast = {}
---@param connection calluna.odoo.connection an administrator's
---@param opts { group: string?, user: string? }? group: an XML id or a name, default "Calluna"; user: the login put into it
---@return integer? id the action's
---@return calluna.error? err
function toast.install(connection, opts) end

---@class calluna.odoo_toast.opts
---@field title string?
---@field message string
---@field kind "info"|"warning"|"danger"|"success"|nil default: "info"
---@field sticky boolean? until it is clicked away
---@field odoo calluna.odoo.connection? default: the only one
---@field timeout calluna.seconds?

---@param user calluna.user|string|integer a user or a key of calluna.users; or Odoo's id
---@param opts calluna.odoo_toast.opts
---@return true? shown
---@return calluna.error? err
function toast.show(user, opts) end

-- Adapters of business systems; scripts/calluna/adapter.lua has the contract.

---@class calluna.adapter.module
local adapter = {}
---@param name "csv"|"odoo"|string
---@param config { file: string?, odoo: string?, settings: table? }
---@return table adapter
function adapter.open(name, config) end
---@param made table
---@param name string
---@return table made
function adapter.check(made, name) end

---@class calluna.adapter_contract
local contract = {}
---@param adapter table
---@param given { number: string?, call: table?, ref: { model: string, id: integer }?, file: string|table|nil, lead: table?, change: fun()? }?
---@return true
function contract.check(adapter, given) end
