---@meta calluna.odoo
---Odoo by RPC; `[odoo.NAME]` of the configuration says where, `erp.md` what is done for you and what the codes mean.
---`odoo:search_read(...)` uses the only connection there is, `odoo.connect "name"` gives another. Odoo's empty value is `false`. An
---empty table is an empty list. *A request's errors* are kinds as everywhere, with `err.code` a word (`access_denied`, `missing`,
---`validation`, ...): `offline` and `timeout` it was not reached, or not in time; `refused` login or rights; `invalid` what Odoo
---says is wrong; `gone` no such record; `rejected`; `protocol`.
---<!-- in a call, with odoo: local number, call, who = ch.caller.number, { id = ch.id }, { id = 1 } -->
---```lua
---local odoo = require "calluna.odoo"
---local leads, err = odoo:search_read("crm.lead", { { "phone", "=", number } }, { fields = { "name", "user_id" }, limit = 5 })
---local id = odoo:upsert("phone.call", { linkedid = call.id }, { direction = "in", partner_id = who.id })   -- once, however often
---```
---<!-- in a call, with odoo -->
---```lua
---local odoo = require "calluna.odoo".connect "main"
---local id, err = odoo:create("crm.lead", { name = "Ann wants a quote" })
---if not id then return log.info("%s: %s", err.code, err.message) end
---local lead = odoo:read("crm.lead", id, { "name" })
---odoo:write("crm.lead", id, { name = lead.name .. ", urgently" })
---odoo:note("crm.lead", id, "asked by phone")
---odoo:attach("crm.lead", id, { name = "hello.txt", data = "hello" })
---local found = odoo:call("crm.lead", "search_count", { { { "id", "=", id } } })
---odoo:unlink("crm.lead", id)
---log.info("%d, %s", found, odoo:status().state)
---```
---<!-- in a call, with odoo -->
---```lua
---local fields, err = require "calluna.odoo":fields("crm.lead")
---local version = require "calluna.odoo":version()
---log.info("%s", fields and version and version.text or err and err.message)
---```
---@class calluna.odoo: calluna.odoo.connection
local odoo = {}

---What fails gives nil and a calluna.error whose `code` is one of these words.
---@alias calluna.odoo.code "access_denied"|"session_expired"|"access"|"missing"|"validation"|"user"|"conflict"|"not_unique"|"unknown_model"|"unknown_field"|"unknown_method"|"unknown_database"|"arguments"|"unreachable"|"timeout"|"busy"|"server"|"malformed"|"not_odoo"|"file"|"unsupported"

---@alias calluna.odoo.domain any[] { { "ref", "=", "A1" } }

---A connection that the configuration names.
---Where: anywhere.
---@param name string
---@return calluna.odoo.connection
function odoo.connect(name) end

---The module itself is one: the only connection of the configuration.
---@class calluna.odoo.connection
local connection = {}

---@class (exact) calluna.odoo.timeout_options
---@field timeout calluna.seconds? default: the connection's

---@class (exact) calluna.odoo.opts: calluna.odoo.timeout_options
---@field context table?

---@class (exact) calluna.odoo.query: calluna.odoo.opts
---@field fields string[]? default: `display_name` alone; what the server does not have is left out
---@field limit integer?
---@field offset integer?
---@field order string? `"write_date, id"`

---The records that a domain finds, `{ id, ... }`.
---Where: task. Errors: a request's.
---@param model string
---@param domain calluna.odoo.domain?
---@param opts calluna.odoo.query?
---@return table[]? records
---@return calluna.error? err
function connection:search_read(model, domain, opts) end

---Records by their ids; for one id (a number) that record.
---Where: task. Errors: a request's; code `missing`.
---@param model string
---@param ids integer|integer[]
---@param fields string[]?
---@param opts calluna.odoo.opts?
---@return table? records or the record, for one id
---@return calluna.error? err
function connection:read(model, ids, fields, opts) end

---Makes a record; for a list of values several. A lost answer is not retryable: nobody knows.
---Where: task. Errors: a request's.
---@param model string
---@param values table|table[]
---@param opts calluna.odoo.opts?
---@return integer|integer[]|nil id for a list a list
---@return calluna.error? err
function connection:create(model, values, opts) end

---Changes records.
---Where: task. Errors: a request's.
---@param model string
---@param ids integer|integer[]
---@param values table
---@param opts calluna.odoo.opts?
---@return true? written
---@return calluna.error? err
function connection:write(model, ids, values, opts) end

---Deletes records.
---Where: task. Errors: a request's.
---@param model string
---@param ids integer|integer[]
---@param opts calluna.odoo.opts?
---@return true? deleted
---@return calluna.error? err
function connection:unlink(model, ids, opts) end

---Any public method: `odoo:call("sale.order", "action_confirm", { { 7 } })`. Over JSON-2 arguments of other than the usual methods go
---by name, in `kwargs`.
---Where: task. Errors: a request's.
---@param model string
---@param method string
---@param args any[]? the first one the ids, if the method belongs to records
---@param kwargs table?
---@param opts calluna.odoo.timeout_options?
---@return any value
---@return calluna.error? err
function connection:call(model, method, args, kwargs, opts) end

---The record with the values `key` gets `values`, or is made. May always be repeated.
---Where: task. Errors: a request's.
---@param model string
---@param key table
---@param values table?
---@param opts calluna.odoo.timeout_options?
---@return integer? id
---@return calluna.error? err
function connection:upsert(model, key, values, opts) end

---@class (exact) calluna.odoo.file
---@field path string? or
---@field data string?
---@field name string? default: of the path
---@field mimetype string?

---An attachment of the record; the file is sent as it is read.
---Where: task. Errors: a request's; code `file`.
---@param model string
---@param id integer
---@param file string|calluna.odoo.file a path, or a file
---@param opts calluna.odoo.timeout_options?
---@return integer? id the attachment's
---@return calluna.error? err
function connection:attach(model, id, file, opts) end

---@class (exact) calluna.odoo.note_options: calluna.odoo.timeout_options
---@field html boolean? the text is markup; default false: it is shown as it is

---An internal note in the record's history.
---Where: task. Errors: a request's.
---@param model string
---@param id integer
---@param text string
---@param opts calluna.odoo.note_options?
---@return integer? id the note's
---@return calluna.error? err
function connection:note(model, id, text, opts) end

---The model's fields, `{ name = { type, string, ... } }`, asked for once.
---Where: task. Errors: a request's.
---@param model string
---@param opts calluna.odoo.timeout_options?
---@return table<string, table>? fields
---@return calluna.error? err
function connection:fields(model, opts) end

---The server's version, asked for once.
---Where: task. Errors: a request's.
---@param opts calluna.odoo.timeout_options?
---@return { major: integer, minor: integer, text: string }? version
---@return calluna.error? err
function connection:version(opts) end

---How the connection is: `state` is `idle`, `connecting`, `ready`, `refused` or `unreachable`.
---Where: anywhere.
---@return { state: string, transport: string?, url: string?, database: string?, user: string?, last_error: string? }
function connection:status() end

return odoo
