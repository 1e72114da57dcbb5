--- Adapters join a business system to Calluna. One is a table (or what `open` of a module returns) with
---   source              text: which system this is, for people ("odoo main")
---   watched             true for a file: a change of it starts everything anew, so nothing needs to be asked again
---   :probe()            -> a line about the system | nil, err
---   :changes(cursor)    -> { upserts = { partner... }, deletes = { id... }, cursor = text, done = boolean } | nil, err
---                       cursor nil: everything there is; else what has changed since the step that gave this cursor.
---                       done = false: there is more; the next call gets this step's cursor
--- and, where the system can do it:
---   :find_by_number(number) -> partner | nil | nil, err
---   :users()                -> { user... } | nil, err
---   :log_call(call)         -> the record's id | nil, err; done twice for one call.id it is done once
---   :note(ref, text)        -> the note's id | nil, err         ref: { model, id }, or a partner
---   :attach(ref, file)      -> the attachment's id | nil, err   file: { path | data, name }
---   :create_lead(fields)    -> the lead's id | nil, err
--- A partner has the fields id, name, company_id, company, is_company, tags, numbers, region, salesperson,
--- salesperson_endpoints, url, lang; a user id, name, extension, pbx, email, external_id, lang, devices. Functions may
--- wait. An adapter of one's own is a .lua file that returns { open = function(config) return adapter end }.
local native = ...
local tasks = native.task

local adapter = {}

local built_in = { csv = "calluna.adapter_csv", odoo = "calluna.adapter_odoo" }
local needed = { "probe", "changes" }
local optional = { "find_by_number", "users", "log_call", "note", "attach", "create_lead" }

local function not_supported(name)
  return function(self)
    return nil, tasks.error("invalid", ("%s has no %s"):format(self.source, name))
  end
end

--- Checks that `made` keeps the contract; what it cannot do answers nil, err (kind "invalid"). Returns it.
function adapter.check(made, name)
  if type(made) ~= "table" then error(("adapter %s: open returned a %s, not a table"):format(name, type(made)), 0) end
  made.source = made.source or name
  for _, verb in ipairs(needed) do
    if type(made[verb]) ~= "function" then error(("adapter %s: it has no function '%s'"):format(name, verb), 0) end
  end
  for _, verb in ipairs(optional) do
    if made[verb] == nil and verb ~= "users" then
      made[verb] = not_supported(verb)
    elseif made[verb] ~= nil and type(made[verb]) ~= "function" then
      error(("adapter %s: '%s' is a %s, not a function"):format(name, verb, type(made[verb])), 0)
    end
  end
  return made
end

--- Opens "csv", "odoo" or the .lua file `name` with what the configuration says.
function adapter.open(name, config)
  local module
  if built_in[name] then
    module = require(built_in[name])
  else
    native.app.uses(name)
    local chunk, problem = loadfile(name, "t")
    if not chunk then error(problem, 0) end
    module = chunk()
  end
  if type(module) ~= "table" or type(module.open) ~= "function" then
    error(("adapter %s: it must return { open = function(config) ... end }"):format(name), 0)
  end
  return adapter.check(module.open(config), name)
end

return adapter
