---@meta calluna.odoo_toast
---A toast in Odoo's own web client, to whoever is logged in there, without a module in Odoo. `erp.md` tells what an administrator
---does once. Both are tasks and give `nil, err` as all of `odoo` does.
---
---Text is shown as it is written, markup too. Control characters and marks that turn the direction of writing are left out; more
---than 200 bytes of a title or 500 of a message are cut off. `err.code` is `access` if there is no such action for the user, and the
---message says what to do; `missing` if Odoo has no such user. Shown twice it is there twice: what failed with `timeout` may have
---been shown.
---<!-- with odoo -->
---```lua
---local toast, calls = require "calluna.odoo_toast", require "calluna.calls"
---calls.on("ringing", { direction = "in" }, function(call, leg)
---  if not leg.user then return end
---  toast.show(leg.user, { title = call.partner and call.partner.display_name, message = call.remote_number or "unknown caller" })
---end)
---```
---@class calluna.odoo_toast
local toast = {}

---@class (exact) calluna.odoo_toast.install_options
---@field group string? who may show toasts, an XML id or a name; one with that name is made if there is none; default `Calluna`
---@field user string? a login to be put into that group

---Makes the server action or brings it up to date.
---Where: task. Errors: as all of `odoo`.
---<!-- in a call, with odoo -->
---```lua
---local odoo, toast = require "calluna.odoo", require "calluna.odoo_toast"
---local action, err = toast.install(odoo.connect "main", { user = "telephony" })
---if not action then log.info("%s", err.message) end
---```
---@param connection calluna.odoo.connection an administrator's
---@param opts calluna.odoo_toast.install_options?
---@return integer? id the action's
---@return calluna.error? err
function toast.install(connection, opts) end

---@class (exact) calluna.odoo_toast.opts
---@field title string?
---@field message string
---@field kind "info"|"warning"|"danger"|"success"|nil default `info`; Odoo 14 has two looks only, `danger` and the rest
---@field sticky boolean? until it is clicked away; default false
---@field odoo calluna.odoo.connection? default: the only one
---@field timeout calluna.seconds?

---Shows a toast.
---Where: task. Errors: as all of `odoo`; code `access`, `missing`.
---@param user calluna.user|string|integer one of `calluna.users`, a key of theirs, or Odoo's id (a number)
---@param opts calluna.odoo_toast.opts
---@return true? shown Odoo has taken it, whether anybody is logged in or not
---@return calluna.error? err
function toast.show(user, opts) end

return toast
