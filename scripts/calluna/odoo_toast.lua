--- A toast in Odoo's own web client, without a module in Odoo: `toast.install` makes a server action there, once, with
--- an administrator's connection; `toast.show` runs it with the connection apps use. docs/erp.md tells who needs which
--- group.
---
--- The action's code is always the same: what is shown comes to it in the context and is never part of the code. It
--- is found by its name among the actions bound to res.users, the only list of actions that an ordinary user may ask
--- for; it is bound to no kind of view, so nobody sees it in a menu.
local native = ...
local misuse = require "calluna.misuse"
local odoo = require "calluna.odoo"
local options = require "calluna.options"
local users = require "calluna.users"
local tasks, now = native.task, require("calluna.timer").now

local toast = {}

local action_name = "Calluna: toast"
local bound_to = "res.users"
local own_group = "Calluna"
local kinds = { info = true, warning = true, danger = true, success = true }
local title_limit, message_limit = 200, 500 -- bytes

-- Checks again what toast.show has checked: everybody in the group can run the action without us.
-- `warning` is for 14, which knows two looks only.
local code = [[
# Made by calluna.odoo_toast, which overwrites it. All that is shown comes by the context.
toast = env.context.get('calluna_toast') or {}
user = env['res.users'].browse(int(toast.get('user') or -1))
kind = toast.get('kind')
shown = {
    'title': str(toast.get('title') or '')[:%d],
    'message': str(toast.get('message') or '')[:%d],
    'sticky': bool(toast.get('sticky')),
    'type': kind if kind in ('info', 'warning', 'danger', 'success') else 'info',
    'warning': kind != 'danger',
}
%s
]]
local send = "env['bus.bus']._sendone(user.partner_id, 'simple_notification', shown)"
local send_14 = "env['bus.bus'].sendone((env.cr.dbname, 'res.partner', user.partner_id.id), "
  .. "dict(shown, type='simple_notification'))"

-- An error of Odoo's with what to do about it in front.
local function advise(err, advice, ...)
  local better = tasks.error(err.kind, ("%s [%s]"):format(advice:format(...), err.message))
  better.code, better.retryable = err.code, err.retryable
  return nil, better
end

local function invalid(text, ...) return nil, tasks.error("invalid", text:format(...)) end

-- A clock for several calls under one limit: the seconds left, nil for the connection's own limit.
local function limit_of(timeout)
  if not timeout then return function() return nil end end
  local deadline = now() + timeout
  return function() return { timeout = math.max(deadline - now(), 0.001) } end
end

local function is_connection(value) return type(value) == "table" and value.search_read == odoo.search_read end

-- -- install

-- The id of the only record; nil without err if there is none.
local function find(connection, model, domain, field)
  local list, err = connection:search_read(model, domain, { fields = { field }, limit = 1 })
  if not list then return nil, err end
  return list[1] and list[1][field]
end

local function group_id(connection, group)
  local module, name = group:match("^([%w_]+)%.([%w_]+)$")
  if not module then return connection:upsert("res.groups", { name = group }) end
  local id, err = find(connection, "ir.model.data",
    { { "module", "=", module }, { "name", "=", name }, { "model", "=", "res.groups" } }, "res_id")
  if id or err then return id, err end
  return invalid("toast.install: Odoo has no group '%s'", group)
end

-- 19 has other names for the fields that lead to groups and from them.
local function field_of(connection, model, newer, older)
  local known, err = connection:fields(model)
  if not known then return nil, err end
  return known[newer] and newer or older
end

local function add_member(connection, group, login)
  local id, err = find(connection, "res.users", { { "login", "=", login } }, "id")
  if err then return nil, err end
  if not id then return invalid("toast.install: Odoo has no user '%s'", login) end
  local members
  members, err = field_of(connection, "res.groups", "user_ids", "users")
  if not members then return nil, err end
  return connection:write("res.groups", group, { [members] = { { 4, id } } })
end

-- Odoo caches what groups and actions there are. Whoever asks it between a change and its commit leaves the old state
-- in the cache, where the user would have to do without the new group until something else changes. So what is
-- settled is written once more. From 18 on a group must have an XML id besides, or Odoo makes one on the way.
local function settle(connection, action, group, made_here)
  for _ = 1, made_here and 2 or 0 do
    local name = ("group_%.0f"):format(group)
    local id, err = connection:upsert("ir.model.data", { module = "calluna", name = name },
      { model = "res.groups", res_id = group })
    if not id then return nil, err end
  end
  return connection:write("ir.actions.server", action, { binding_type = "action" })
end

local function install(connection, group, login)
  local version, err = connection:version()
  if not version then return nil, err end
  local model
  model, err = find(connection, "ir.model", { { "model", "=", bound_to } }, "id")
  if not model then return nil, err or tasks.error("invalid", "toast.install: Odoo has no model " .. bound_to) end
  local groups
  groups, err = field_of(connection, "ir.actions.server", "group_ids", "groups_id")
  if not groups then return nil, err end
  local group_of_it
  group_of_it, err = group_id(connection, group)
  if not group_of_it then return nil, err end
  local action
  action, err = connection:upsert("ir.actions.server", { name = action_name, model_id = model }, {
    state = "code", code = code:format(title_limit, message_limit, version.major >= 15 and send or send_14),
    [groups] = { { 6, 0, { group_of_it } } },
    binding_model_id = model, binding_type = "action", binding_view_types = "none",
  })
  if not action then return nil, err end
  local done = true
  if login then done, err = add_member(connection, group_of_it, login) end
  if done then done, err = settle(connection, action, group_of_it, not group:find(".", 1, true)) end
  return done and action, err
end

--- Makes the server action that shows toasts, or brings it up to date. Once, and again after an upgrade of Odoo.
--- connection: an administrator's (Odoo's group Settings). opts: group (who may show toasts: a group's XML id, or its
--- name; one that does not exist is made; default: "Calluna"), user (the login to be put into that group; not with an
--- XML id: what such a group may do besides is Odoo's business).
--- Returns the action's id; or nil, err.
function toast.install(connection, opts)
  if not is_connection(connection) then misuse("toast.install: argument 1 is no connection of calluna.odoo") end
  opts = options.check("toast.install", opts, { group = "string", user = "string" })
  local group = opts.group or own_group
  if opts.user and group:find(".", 1, true) then
    misuse("toast.install: option 'user' does not go with the group %s, give it to the user in Odoo", group)
  end
  local id, err = install(connection, group, opts.user)
  if id then return id end
  if err.code == "access" then
    return advise(err, "toast.install needs a user of Odoo's group Settings (base.group_system), which %s is not in",
      connection:status().user or "this one")
  end
  return nil, err
end

-- -- show

-- Without what would change more than the text itself: control characters, and marks that turn the direction of
-- whatever comes after them. Cut between characters.
local function plain(text, limit)
  text = text:gsub("[%z\1-\31\127]+", " "):gsub("\226\128[\170-\174]", ""):gsub("\226\129[\166-\169]", "")
  if #text <= limit then return text end
  local last = limit - 3
  while last > 0 and text:find("^[\128-\191]", last + 1) do last = last - 1 end
  return text:sub(1, last) .. "…"
end

-- Odoo's id of a user, of a key of calluna.users, or that itself.
local function id_of(user)
  local given = user
  if type(user) == "string" then
    user = users.get(user)
    if not user then return invalid("toast.show: there is no user '%s'", given) end
  end
  local id = user
  if type(user) == "table" then id = tonumber(user.external_id) end
  if id and id >= 1 and id == math.floor(id) then return id end
  if type(user) == "number" then return invalid("toast.show: %s is no id of a user", tostring(user)) end
  return invalid("toast.show: it is not known who %s is in Odoo (the user's external_id is %s)",
    tostring(user.name or user.id), tostring(user.external_id))
end

-- The action's id, by the connection's name ("" for the only one).
local known = {}

local function find_action(connection, given)
  local bindings, err = connection:call("ir.actions.actions", "get_bindings", nil, { model_name = bound_to }, given)
  if not bindings then return nil, err end
  for _, one in ipairs(bindings.action or {}) do
    if one.name == action_name then return one.id end
  end
  local who = connection:status().user
  err = tasks.error("refused", ("toast.show: %s may run no action '%s' in Odoo: an administrator has to call "
    .. "toast.install once, and to give %s the group that was named there"):format(
    who and ("user '%s'"):format(who) or "the key's user", action_name, who or "it"))
  err.code = "access"
  return nil, err
end

local function run(connection, shown, left)
  local key = connection.name or ""
  local cached = known[key]
  if not cached then
    local found, why = find_action(connection, left())
    if not found then return nil, why end
    known[key] = found
  end
  local context = { calluna_toast = shown }
  local done, err = connection:call("ir.actions.server", "run", { { known[key] } }, { context = context }, left())
  if not err then return true end
  known[key] = nil
  -- The action has been deleted since; or it is the user who is missing, which the second time tells.
  if cached and err.code == "missing" then return run(connection, shown, left) end
  return done or nil, err
end

--- Shows a toast to whoever is logged in to Odoo as that user, in all their tabs; to nobody if there is none. Text
--- only: markup is shown as it is written.
--- user: one of calluna.users, a key of theirs, or Odoo's id (a number). opts: message (needed), title, kind ("info",
--- the default, "warning", "danger", "success"; 14 knows "danger" and the rest), sticky (until it is clicked away),
--- odoo (the connection; default: the only one), timeout (seconds).
--- Returns true when Odoo has taken it; or nil, err.
function toast.show(user, opts)
  options.argument("toast.show", 1, user, "table|string|number")
  opts = options.check("toast.show", opts, {
    title = "string", message = "!string", kind = "string", sticky = "boolean", odoo = "table", timeout = "number",
  })
  if opts.odoo and not is_connection(opts.odoo) then
    misuse("toast.show: option 'odoo' is no connection of calluna.odoo")
  end
  local kind = opts.kind or "info"
  if not kinds[kind] then
    local near = options.suggest(kind, kinds)
    misuse("toast.show: unknown kind '%s'%s", kind, near and (" (did you mean '%s'?)"):format(near) or "")
  end
  local id, err = id_of(user)
  if not id then return nil, err end
  return run(opts.odoo or odoo, {
    user = id, title = plain(opts.title or "", title_limit), message = plain(opts.message, message_limit),
    kind = kind, sticky = opts.sticky or false,
  }, limit_of(opts.timeout))
end

return toast
