--- The tables as LuaLS annotations: models, events, and the methods of resources and handles.
local write_stubs = {}

local PLAIN_TYPES = {
  string = "string", int = "integer", long = "integer", double = "number", boolean = "boolean",
  date = "string", binary = "string", object = "table<string, any>",
  variables = "table<string, string|number|{ value: string, report_events?: boolean }>",
}

local function stub_type(type)
  local text = type.model and "calluna.ari.model." .. type.model or PLAIN_TYPES[type.base]
  if type.values then
    local quoted = {}
    for i, value in ipairs(type.values) do quoted[i] = ("%q"):format(value) end
    text = table.concat(quoted, "|")
  end
  if not type.list then return text end
  return type.values and "(" .. text .. ")[]" or text .. "[]"
end

local function parameter_type(p)
  local text = stub_type(p.type)
  -- One value may stand for a list of one.
  if p.type.list and p.place == "query" then return "string|" .. text end
  return text
end

local function since_text(since)
  return since ~= "" and " since " .. since or ""
end

local function object_class(lines, prefix, object)
  local base = object.base and ": calluna.ari.model." .. object.base or ""
  if object.since ~= "" then lines[#lines + 1] = "---Since " .. object.since end
  lines[#lines + 1] = ("---@class calluna.ari.%s.%s%s"):format(prefix, object.name, base)
  if object.base == "Event" then lines[#lines + 1] = ("---@field type %q"):format(object.name) end
  for _, field in ipairs(object.fields) do
    lines[#lines + 1] = ("---@field %s%s %s%s"):format(
      field.name, field.required and "" or "?", stub_type(field.type), since_text(field.since))
  end
  lines[#lines + 1] = ""
end

local function event_names(lines, events)
  lines[#lines + 1] = "---@alias calluna.ari.event_name"
  for _, event in ipairs(events) do lines[#lines + 1] = ("---| %q"):format(event.name) end
  lines[#lines + 1] = ""
end

--- The class of an option table; returns whether an option is there, and whether one is required.
local function option_class(lines, class, base, parameters)
  local required = false
  lines[#lines + 1] = ("---@class (exact) %s%s"):format(class, base and ": " .. base or "")
  for _, p in ipairs(parameters) do
    required = required or p.required
    lines[#lines + 1] = ("---@field %s%s %s%s"):format(
      p.option, p.required and "" or "?", parameter_type(p), since_text(p.since))
  end
  lines[#lines + 1] = ""
  return #parameters > 0, required
end

local function result_type(all, o)
  if not o.result then return "true" end
  for _, handle in ipairs(all.handles) do
    if handle.model == o.result.model then
      return "calluna.ari." .. handle.name .. (o.result.list and "[]" or "")
    end
  end
  return stub_type(o.result)
end

local function method(all, lines, o, owner, call, class, has_options, required)
  lines[#lines + 1] = ("---%s %s%s"):format(o.method, o.path, since_text(o.since))
  if has_options then
    lines[#lines + 1] = ("---@param options%s %s"):format(required and "" or "?", class)
  end
  lines[#lines + 1] = ("---@return (%s)? value"):format(result_type(all, o))
  lines[#lines + 1] = "---@return calluna.error? err"
  lines[#lines + 1] = ("function %s%s%s(%s) end\n"):format(
    owner, call, o.option, has_options and "options" or "")
end

--- The parameters a handle leaves to the caller, and those it fills in.
local function split_parameters(o, handle)
  local own, filled, is_id = {}, {}, {}
  for _, id in ipairs(handle and handle.ids or {}) do is_id[id.name] = true end
  for _, p in ipairs(o.parameters) do
    table.insert(p.place == "path" and is_id[p.name] and filled or own, p)
  end
  return own, filled
end

local function operation(all, resource_lines, handle_lines, o)
  local handle = o.handle
  local own, filled = split_parameters(o, handle)
  local base
  if handle then
    local lines = handle_lines[handle.name]
    local class = ("calluna.ari.%s.%s_options"):format(handle.name, o.option)
    local has, required = false, false
    if #own > 0 then
      has, required = option_class(lines, class, nil, own)
      base = class
    end
    method(all, lines, o, handle.name, ":", class, has, required)
  end
  local class = ("calluna.ari.%s.%s_options"):format(o.resource_option, o.option)
  local has, required = false, false
  if #o.parameters > 0 then
    has, required = option_class(resource_lines, class, base, base and filled or o.parameters)
  end
  method(all, resource_lines, o, o.resource_option, ".", class, has, required)
end

local function methods(all, lines)
  local resources, resource_order, handle_lines = {}, {}, {}
  for _, handle in ipairs(all.handles) do
    handle_lines[handle.name] = {
      ("---@class calluna.ari.%s: calluna.ari.model.%s"):format(handle.name, handle.model),
      ("local %s = {}\n"):format(handle.name),
    }
  end
  for _, o in ipairs(all.operations) do
    local name = o.resource_option
    if not resources[name] then
      resources[name] = { "---@class calluna.ari." .. name, ("local %s = {}\n"):format(name) }
      resource_order[#resource_order + 1] = name
    end
    if not o.upgrade then operation(all, resources[name], handle_lines, o) end
  end
  for _, handle in ipairs(all.handles) do
    lines[#lines + 1] = table.concat(handle_lines[handle.name], "\n")
  end
  for _, name in ipairs(resource_order) do
    lines[#lines + 1] = table.concat(resources[name], "\n")
  end
  lines[#lines + 1] = "---@class calluna.ari.operations"
  for _, name in ipairs(resource_order) do
    lines[#lines + 1] = ("---@field %s calluna.ari.%s"):format(name, name)
  end
end

function write_stubs.stubs(all)
  local lines = { "---@meta _", "-- Generated from sdk/ari/*.txt.", "" }
  for _, model in ipairs(all.models) do object_class(lines, "model", model) end
  for _, event in ipairs(all.events) do object_class(lines, "event", event) end
  event_names(lines, all.events)
  methods(all, lines)
  return table.concat(lines, "\n") .. "\n"
end

return write_stubs
