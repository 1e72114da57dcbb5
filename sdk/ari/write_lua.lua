--- The tables as a Lua module, from which the Lua library makes its methods.
local write_lua = {}

local function quoted_list(list)
  local quoted = {}
  for i, text in ipairs(list) do quoted[i] = ("%q"):format(text) end
  return "{ " .. table.concat(quoted, ", ") .. " }"
end

--- `{ key = value, ... }` of those pairs whose value is neither nil, false nor "".
local function record(pairs_in_order)
  local parts = {}
  for _, pair in ipairs(pairs_in_order) do
    local key, value = pair[1], pair[2]
    if value == true then
      parts[#parts + 1] = key .. " = true"
    elseif value and value ~= "" then
      parts[#parts + 1] = ("%s = %q"):format(key, value)
    end
  end
  return table.concat(parts, ", ")
end

local function parameter(p)
  return "        { " .. record {
    { "name", p.option }, { "ari_name", p.name }, { "place", p.place },
    { "type", p.type.model or p.type.base }, { "list", p.type.list }, { "required", p.required },
    { "since", p.since },
  } .. " },"
end

local function operation(o)
  local lines = { "    { " .. record {
    { "name", o.option }, { "operation", o.name }, { "resource", o.resource_option },
    { "handle", o.handle and o.handle.name }, { "method", o.method }, { "path", o.path },
    { "result", o.result and (o.result.model or o.result.base) },
    { "result_list", o.result and o.result.list }, { "since", o.since }, { "upgrade", o.upgrade },
  } .. "," }
  if #o.parameters == 0 then
    lines[2] = "      params = {} },"
  else
    lines[2] = "      params = {"
    for _, p in ipairs(o.parameters) do lines[#lines + 1] = parameter(p) end
    lines[#lines + 1] = "      } },"
  end
  return table.concat(lines, "\n")
end

function write_lua.operations(all)
  local lines = {
    "-- Generated from sdk/ari/*.txt.",
    "-- operations: name is the method's, operation the one C++ knows; result is a model's name,",
    "-- \"binary\", or absent where the answer has no content; upgrade marks the event WebSocket.",
    "-- handles: methods of one object; ids are the parameters it fills in by itself.",
    "return {",
    "  operations = {",
  }
  for _, o in ipairs(all.operations) do lines[#lines + 1] = operation(o) end
  lines[#lines + 1] = "  },\n  handles = {"
  for _, handle in ipairs(all.handles) do
    local ids = {}
    for i, id in ipairs(handle.ids) do ids[i] = id.option end
    lines[#lines + 1] = ("    %s = { model = %q, path = %q, ids = %s },"):format(
      handle.name, handle.model, handle.path, quoted_list(ids))
  end
  lines[#lines + 1] = "  },\n  events = {"
  for _, event in ipairs(all.events) do lines[#lines + 1] = ("    %q,"):format(event.name) end
  lines[#lines + 1] = "  },\n}\n"
  return table.concat(lines, "\n")
end

return write_lua
