--- The tables as constexpr C++ arrays, for operation.cpp and event_type.cpp.
local write_cpp = {}

local VALUE_TYPES = {
  string = "string", int = "int32", long = "int64", boolean = "boolean", variables = "variables",
  object = "json", model = "json",
}

local function quote(text)
  return '"' .. text:gsub('[\\"]', "\\%0") .. '"'
end

local function parameter(p)
  local values = table.concat(p.type.values or {}, "|")
  local value_type = p.place == "query" and VALUE_TYPES[p.type.base]
    or p.type.base == "string" and "string" or VALUE_TYPES[p.type.base]
  return ("  {%s, %s, place::%s, value_type::%s, %s, %s, %s, %s},"):format(
    quote(p.name), quote(p.option), p.place, value_type, p.required, p.type.list, quote(values),
    quote(p.since))
end

local function by_name(names)
  table.sort(names, function(a, b) return a.name < b.name end)
  local lines = {}
  for _, entry in ipairs(names) do
    lines[#lines + 1] = ("  {%s, %d},"):format(quote(entry.name), entry.index)
  end
  return table.concat(lines, "\n")
end

--- Both spellings of resource and nickname, each once, for the binary search.
local function operation_names(operations)
  local names, seen = {}, {}
  for i, o in ipairs(operations) do
    for _, resource in ipairs { o.resource, o.resource_option } do
      for _, nickname in ipairs { o.nickname, o.option } do
        local name = resource .. "." .. nickname
        if not seen[name] then
          seen[name] = true
          names[#names + 1] = { name = name, index = i - 1 }
        end
      end
    end
  end
  return by_name(names)
end

function write_cpp.operations(all)
  local parameters, operations = {}, {}
  for _, o in ipairs(all.operations) do
    local first = #parameters
    for _, p in ipairs(o.parameters) do parameters[#parameters + 1] = parameter(p) end
    local slice = ("std::span{all_parameters}.subspan(%d, %d)"):format(first, #o.parameters)
    operations[#operations + 1] = ("  {%s, %s, %s, http_method::%s, %s, %s, %s, %s, %s},"):format(
      quote(o.name), quote(o.resource), quote(o.nickname),
      o.method == "DELETE" and "del" or o.method:lower(), quote(o.path), slice,
      quote(o.result and o.result.text or ""), quote(o.since), o.upgrade)
  end
  return table.concat({
    "// Generated from sdk/ari/operations.txt.",
    "constexpr parameter all_parameters[] = {",
    table.concat(parameters, "\n"),
    "};",
    "constexpr operation all_operations[] = {",
    table.concat(operations, "\n"),
    "};",
    "constexpr named_index operations_by_name[] = {",
    operation_names(all.operations),
    "};",
    "",
  }, "\n")
end

local function object_array(name, objects, fields)
  local lines = {}
  for _, o in ipairs(objects) do
    local first = #fields
    for _, f in ipairs(o.fields) do
      fields[#fields + 1] = ("  {%s, %s, %s, %s},"):format(
        quote(f.name), quote((f.type.text:gsub("~", " "))), f.required, quote(f.since))
    end
    lines[#lines + 1] = ("  {%s, %s, std::span{all_fields}.subspan(%d, %d), %s},"):format(
      quote(o.name), quote(o.base or ""), first, #o.fields, quote(o.since))
  end
  return ("constexpr object_type %s[] = {\n%s\n};"):format(name, table.concat(lines, "\n"))
end

function write_cpp.objects(all)
  local fields, names = {}, {}
  for i, event in ipairs(all.events) do names[i] = { name = event.name, index = i - 1 } end
  local events = object_array("all_events", all.events, fields)
  local models = object_array("all_models", all.models, fields)
  return table.concat({
    "// Generated from sdk/ari/events.txt and models.txt.",
    "constexpr field all_fields[] = {",
    table.concat(fields, "\n"),
    "};",
    events,
    models,
    "constexpr named_index events_by_name[] = {",
    by_name(names),
    "};",
    "",
  }, "\n")
end

return write_cpp
