-- An app's settings against its schema:
--   config = { members = { type = "string", required = true }, max_wait = { type = "number", default = 180, min = 1 } }
-- Used by the runtime when it loads an app.
local options = require "calluna.options"

local config = {}
local field_keys = {
  type = "string", required = "boolean", default = "any", min = "number", max = "number", one_of = "table",
  help = "string",
}

local function problem_of(name, rule, value)
  if rule.type and type(value) ~= rule.type then
    return ("%s is a %s; it takes a %s"):format(name, type(value), rule.type)
  end
  if rule.min and value < rule.min then return ("%s is %s; the least is %s"):format(name, value, rule.min) end
  if rule.max and value > rule.max then return ("%s is %s; the most is %s"):format(name, value, rule.max) end
  if rule.one_of then
    for _, allowed in ipairs(rule.one_of) do
      if value == allowed then return nil end
    end
    return ("%s is '%s'; it takes one of: %s"):format(name, tostring(value), table.concat(rule.one_of, ", "))
  end
end

--- The settings with defaults filled in; or nil and one line that says what is wrong.
function config.check(schema, given)
  if schema == nil then return given end
  local result = {}
  for name, value in pairs(given) do
    if schema[name] == nil then
      local near = options.suggest(tostring(name), schema)
      return nil, ("unknown setting '%s'%s"):format(name, near and (" (did you mean '%s'?)"):format(near) or "")
    end
    result[name] = value
  end
  for name, rule in pairs(schema) do
    options.check("config." .. name, rule, field_keys)
    if result[name] == nil then result[name] = rule.default end
    if result[name] == nil and rule.required then return nil, ("setting '%s' is missing"):format(name) end
    local problem = result[name] ~= nil and problem_of(name, rule, result[name])
    if problem then return nil, problem end
  end
  return result
end

return config
