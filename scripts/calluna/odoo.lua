--- Odoo by RPC, over JSON-2 or JSON-RPC, whichever the server has. `odoo:search_read(...)` uses the only connection
--- there is; `odoo.connect "name"` gives another.
--- Every call waits, has a deadline (`timeout`, seconds; default: the connection's) and gives `nil, err` on failure:
--- err.code is a word ("access_denied", "missing", "validation", ...). Odoo's empty value is false, also for texts.
--- An empty table is an empty list.
local native = ...
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local core, tasks = native.erp, native.task

local class = {}
class.__index = class

-- The connection's name; the module itself stands for the only one.
local function name_of(self)
  if type(self) ~= "table" or self.search_read ~= class.search_read then
    misuse("odoo: call its functions with a colon: odoo:search_read(...)")
  end
  if self.name then return self.name end
  local names = core.names()
  if #names == 1 then return names[1] end
  if #names == 0 then misuse("odoo: no [odoo.NAME] is configured") end
  misuse("odoo: several are configured (%s): say which by odoo.connect", table.concat(names, ", "))
end

local function checked(what, given, more)
  local known = { timeout = "number", context = "table" }
  for key, wanted in pairs(more or {}) do known[key] = wanted end
  local all = options.check(what, given, known, 2) -- no tail call: the level counts from here
  return all
end

local function check_model(what, model) options.argument(what, 1, model, "string", 2) end

local function check_id(what, id)
  options.argument(what, 2, id, "number", 2)
end

local function with_context(opts) return opts.context and { context = opts.context } or nil end

--- Records as tables { id, ...fields }, a list. domain: Odoo's, { { "ref", "=", "A1" } }; nil or {}: all of them.
--- opts: fields (default: display_name alone), limit, offset, order, context, timeout.
--- Fields that the server does not have are left out.
function class:search_read(model, domain, opts)
  local what = "odoo:search_read"
  local name = name_of(self)
  check_model(what, model)
  options.argument(what, 2, domain, "table|nil")
  opts = checked(what, opts, { fields = "table", limit = "number", offset = "number", order = "string" })
  return core.search_read(name, model, domain, opts, opts.timeout)
end

--- The records with these ids that exist, a list in their order; with one id (a number) that record, or nil, err
--- (code "missing"). fields: default display_name alone. Reads that wait together become one request.
function class:read(model, ids, fields, opts)
  local what = "odoo:read"
  local name = name_of(self)
  check_model(what, model)
  options.argument(what, 2, ids, "number|table")
  options.argument(what, 3, fields, "table|nil")
  opts = checked(what, opts)
  local named = { fields = fields and #fields > 0 and fields or { "display_name" }, context = opts.context }
  local list, err = core.call(name, model, "read", ids, nil, named, opts.timeout)
  if not list or type(ids) == "table" then return list, err end
  if list[1] then return list[1] end
  err = tasks.error("gone", ("%s.read: record %d does not exist"):format(model, ids))
  err.code = "missing"
  return nil, err
end

--- Makes a record of `values` and returns its id; of a list of values several, and returns the list of ids.
--- If the answer is lost, nobody knows whether it was made (err.retryable is false): `upsert` does.
function class:create(model, values, opts)
  local what = "odoo:create"
  local name = name_of(self)
  check_model(what, model)
  options.argument(what, 2, values, "table")
  opts = checked(what, opts)
  local several = #values > 0
  local ids, err = core.call(name, model, "create", nil, { several and values or { values } }, with_context(opts),
    opts.timeout)
  if not ids or several then return ids, err end
  return ids[1]
end

--- Gives the records (an id or a list) these values. Returns true.
function class:write(model, ids, values, opts)
  local what = "odoo:write"
  local name = name_of(self)
  check_model(what, model)
  options.argument(what, 2, ids, "number|table")
  options.argument(what, 3, values, "table")
  opts = checked(what, opts)
  return core.call(name, model, "write", ids, { values }, with_context(opts), opts.timeout)
end

--- Deletes the records (an id or a list). Returns true.
function class:unlink(model, ids, opts)
  local what = "odoo:unlink"
  local name = name_of(self)
  check_model(what, model)
  options.argument(what, 2, ids, "number|table")
  opts = checked(what, opts)
  return core.call(name, model, "unlink", ids, nil, with_context(opts), opts.timeout)
end

-- Methods whose first argument is not a list of ids.
local of_the_model = {
  create = true, default_get = true, fields_get = true, name_create = true, name_search = true, read_group = true,
  search = true, search_count = true, search_read = true,
}

local function ids_in(method, args)
  local first = args and args[1]
  if of_the_model[method] or first == nil then return nil end
  if type(first) == "number" then return first end
  return type(first) == "table" and type(first[1]) == "number" and first or nil
end

--- Any public method. args: arguments by place, the first one the ids if the method belongs to records:
--- odoo:call("sale.order", "action_confirm", { { 7 } }). kwargs: by name. JSON-2 knows arguments by place only of the
--- methods every model has; give others by name. opts: timeout. Returns what the method does.
function class:call(model, method, args, kwargs, opts)
  local what = "odoo:call"
  local name = name_of(self)
  check_model(what, model)
  options.argument(what, 2, method, "string")
  options.argument(what, 3, args, "table|nil")
  options.argument(what, 4, kwargs, "table|nil")
  opts = options.check(what, opts, { timeout = "number" })
  local ids = ids_in(method, args)
  local rest = ids and { unpack(args, 2) } or args
  return core.call(name, model, method, ids, rest, kwargs, opts.timeout)
end

--- The record with the values `key` gets `values`; if there is none it is made. Returns its id. Done twice it is done
--- once, also if Odoo goes down between; what fails for want of an answer may be repeated (err.retryable).
function class:upsert(model, key, values, opts)
  local what = "odoo:upsert"
  local name = name_of(self)
  check_model(what, model)
  options.argument(what, 2, key, "table")
  options.argument(what, 3, values, "table|nil")
  if next(key) == nil or #key > 0 then misuse("%s: the key is a table of names and values: { linkedid = id }", what) end
  opts = options.check(what, opts, { timeout = "number" })
  return core.upsert(name, model, key, values or {}, opts.timeout)
end

--- Attaches a file to a record. file: a path (relative: in the app's folder), or { path | data, name, mimetype }.
--- It is sent as it is read. Returns the attachment's id.
function class:attach(model, id, file, opts)
  local what = "odoo:attach"
  local name = name_of(self)
  check_model(what, model)
  check_id(what, id)
  options.argument(what, 3, file, "string|table")
  if type(file) == "string" then file = { path = file } end
  options.check(what, file, { path = "string", data = "string", name = "string", mimetype = "string" })
  if (file.path == nil) == (file.data == nil) then misuse("%s: the file has a path, or a name and data", what) end
  if file.data and not file.name then misuse("%s: data needs a name", what) end
  opts = options.check(what, opts, { timeout = "number" })
  local path = file.path
  if path and path:sub(1, 1) ~= "/" then path = native.app.folder .. "/" .. path end
  file = { path = path, data = file.data, name = file.name, mimetype = file.mimetype }
  return core.attach(name, model, id, file, opts.timeout)
end

--- Writes an internal note into the record's history. opts: html (the text is HTML; otherwise it is shown as it is),
--- timeout. Returns the message's id.
function class:note(model, id, text, opts)
  local what = "odoo:note"
  local name = name_of(self)
  check_model(what, model)
  check_id(what, id)
  options.argument(what, 3, text, "string")
  opts = options.check(what, opts, { html = "boolean", timeout = "number" })
  return core.note(name, model, id, text, opts.html or false, opts.timeout)
end

--- The model's fields on this server, { name = { type, string, ... } }; asked for once.
function class:fields(model, opts)
  local name = name_of(self)
  check_model("odoo:fields", model)
  opts = options.check("odoo:fields", opts, { timeout = "number" })
  return core.fields(name, model, opts.timeout)
end

--- { major = 19, minor = 0, text = "19.0" }.
function class:version(opts)
  local name = name_of(self)
  opts = options.check("odoo:version", opts, { timeout = "number" })
  return core.version(name, opts.timeout)
end

--- { state, transport, url, database, user, last_error } as of a moment ago; does not wait. state: "idle",
--- "connecting", "ready", "refused", "unreachable".
function class:status() return core.status(name_of(self)) end

local odoo = setmetatable({}, class)

--- The connection [odoo.<name>] of the configuration.
function odoo.connect(name)
  options.argument("odoo.connect", 1, name, "string")
  for _, known in ipairs(core.names()) do
    if known == name then return setmetatable({ name = name }, class) end
  end
  local names = {}
  for _, known in ipairs(core.names()) do names[known] = true end
  local near = options.suggest(name, names)
  misuse("odoo.connect: no [odoo.%s] is configured%s", name, near and (" (did you mean '%s'?)"):format(near) or "")
end

return odoo
