--- Reads the ARI tables (operations.txt, models.txt, events.txt) into plain Lua tables.
--- The files' own heads explain their lines. A bad line raises "file:line: what is wrong".
local reader = {}

local METHODS = { GET = true, POST = true, PUT = true, DELETE = true }
local PLAIN_TYPES = {
  string = true, int = true, long = true, double = true, boolean = true, date = true, object = true,
}
local QUERY_TYPES = { string = true, int = true, long = true, boolean = true }
local MAX_PARAMETERS = 32 -- make_request keeps a bit for each

local function fail(at, text, ...)
  error(("%s:%d: %s"):format(at.file, at.line, text:format(...)), 0)
end

--- callerId -> caller_id, sendDTMF -> send_dtmf
function reader.snake_case(name)
  return (name:gsub("(%l)(%u)", "%1_%2"):gsub("(%u)(%u%l)", "%1_%2"):lower())
end

--- The file's lines without comments, deeper ones joined to the line they continue.
local function logical_lines(path)
  local file = assert(io.open(path, "r"))
  local lines, number, current = {}, 0, nil
  for text in file:lines() do
    number = number + 1
    local indent, content = text:match("^(%s*)(.-)%s*$")
    if indent:find("[^ ]") then fail({ file = path, line = number }, "indent with blanks only") end
    if content ~= "" and content:sub(1, 1) ~= "#" then
      if #indent >= 4 then
        if not current then fail({ file = path, line = number }, "nothing to continue here") end
        current.text = current.text .. (current.text:sub(-1) == "|" and "" or " ") .. content
      else
        current = { file = path, line = number, indent = #indent, text = content }
        lines[#lines + 1] = current
      end
    end
  end
  file:close()
  return lines
end

local function words(text)
  local list = {}
  for word in text:gmatch("%S+") do list[#list + 1] = word end
  return list
end

local function check_version(at, version)
  if not version:match("^%d+$") and not version:match("^%d+%.%d+$") then
    fail(at, "'%s' is no version such as 22 or 22.10", version)
  end
  return version
end

--- "int", "[string]", "a|b|c", "Channel" -> { base =, list =, values =, model = }
local function read_type(at, text)
  local inner = text:match("^%[(.*)%]$")
  local type = { list = inner ~= nil, text = text }
  inner = inner or text
  if inner:find("|", 1, true) then
    type.base, type.values = "string", {}
    for value in (inner:gsub("^|", "") .. "|"):gmatch("([^|]*)|") do
      if value == "" then fail(at, "empty value in '%s'", text) end
      type.values[#type.values + 1] = (value:gsub("~", " "))
    end
  elseif PLAIN_TYPES[inner] or inner == "variables" then
    type.base = inner
  elseif inner:match("^%u%w*$") then
    type.base, type.model = "model", inner
  else
    fail(at, "unknown type '%s'", text)
  end
  return type
end

--- "name!:type@version" with `mark` for "required" or "optional"
local function read_name(at, word, mark)
  local rest, since = word:match("^(.-)@([^@]*)$")
  if rest then check_version(at, since) else rest = word end
  local name, marked, type = rest:match("^([%a_][%w_]*)(%" .. mark .. "?):(.+)$")
  if not name then name, marked = rest:match("^([%a_][%w_]*)(%" .. mark .. "?)$") end
  if not name then fail(at, "cannot read '%s'", word) end
  return name, marked ~= "", read_type(at, type or "string"), since or ""
end

local function read_parameter(at, word)
  local place, rest = "query", word
  if word:match("^body%.") then
    place, rest = "body", word:sub(6)
  elseif word:match("^body=") then
    place, rest = "whole_body", word:sub(6)
  end
  local name, required, type, since = read_name(at, rest, "!")
  if place == "query" and not QUERY_TYPES[type.base] then
    fail(at, "'%s' cannot go into the query string", word)
  end
  if place ~= "query" and QUERY_TYPES[type.base] then
    fail(at, "'%s' belongs into the query string", word)
  end
  return { name = name, option = reader.snake_case(name), place = place, type = type,
           required = required, since = since }
end

local function path_parameters(at, path)
  local list = {}
  if path:gsub("{%a%w*}", ""):find("[^%w_/]") or path:match("^/") or path:match("//") then
    fail(at, "cannot read the path '%s'", path)
  end
  for name in path:gmatch("{(%a%w*)}") do
    list[#list + 1] = { name = name, option = reader.snake_case(name), place = "path",
                        type = read_type(at, "string"), required = true, since = "" }
  end
  return list
end

local function check_parameters(at, parameters)
  local seen = {}
  for _, parameter in ipairs(parameters) do
    for _, name in ipairs { parameter.name, parameter.option } do
      if seen[name] and seen[name] ~= parameter then
        fail(at, "the parameter '%s' is there twice", name)
      end
      seen[name] = parameter
    end
  end
  if #parameters > MAX_PARAMETERS then fail(at, "more than %d parameters", MAX_PARAMETERS) end
end

local function read_operation(at, resource, list)
  local nickname, method, path = list[1], list[2], list[3]
  if not nickname:match("^%a[%w_]*$") then fail(at, "cannot read the name '%s'", nickname) end
  if not METHODS[method] then fail(at, "'%s' is no method", tostring(method)) end
  if not path then fail(at, "'%s' has no path", nickname) end
  local operation = {
    at = at, resource = resource, nickname = nickname, method = method, path = path,
    name = resource .. "." .. nickname, resource_option = reader.snake_case(resource),
    option = reader.snake_case(nickname), since = "", upgrade = false,
    parameters = path_parameters(at, path),
  }
  local i = 4
  if list[i] == "->" then
    local result = list[i + 1] or fail(at, "nothing after ->")
    operation.result = result == "binary" and { base = "binary", text = result }
      or read_type(at, result)
    i = i + 2
  end
  for k = i, #list do
    local key, value = list[k]:match("^(%a+)=(.*)$")
    if key == "since" then
      operation.since = check_version(at, value)
    elseif key == "upgrade" and value == "websocket" then
      operation.upgrade = true
    elseif key and key ~= "body" then
      fail(at, "unknown attribute '%s'", list[k])
    else
      table.insert(operation.parameters, read_parameter(at, list[k]))
    end
  end
  check_parameters(at, operation.parameters)
  return operation
end

--- The handle whose path `operation` lies at or below, or nil. What makes the object (a POST to
--- its own path) is no method of it.
local function handle_of(operation, handles)
  for _, handle in ipairs(handles) do
    local path = operation.path:sub(1, #handle.path)
    local after = operation.path:sub(#handle.path + 1, #handle.path + 1)
    if path == handle.path and (after == "/" or after == "" and operation.method ~= "POST") then
      return handle
    end
  end
  return nil
end

--- operations.txt -> { operations = {...}, handles = {...} }, both in the file's order
function reader.operations(path)
  local operations, handles, seen, resource = {}, {}, {}, nil
  for _, at in ipairs(logical_lines(path)) do
    local list = words(at.text)
    if at.indent == 0 then
      if #list ~= 1 or not at.text:match("^%a+$") then fail(at, "a resource is one word") end
      resource = at.text
    elseif not resource then
      fail(at, "an operation before the first resource")
    elseif list[1] == "handle" then
      if #list ~= 4 then fail(at, "handle NAME MODEL PATH") end
      handles[#handles + 1] = { at = at, name = list[2], model = list[3], path = list[4],
                                resource = resource, ids = path_parameters(at, list[4]) }
    else
      local operation = read_operation(at, resource, list)
      for _, name in ipairs { operation.name, resource .. "." .. operation.option } do
        if seen[name] and seen[name] ~= operation then
          fail(at, "'%s' is there twice, see line %d", name, seen[name].at.line)
        end
        seen[name] = operation
      end
      operations[#operations + 1] = operation
    end
  end
  for _, operation in ipairs(operations) do operation.handle = handle_of(operation, handles) end
  return { operations = operations, handles = handles }
end

--- models.txt or events.txt -> { {name, base, fields, since}... }
function reader.objects(path, default_base)
  local objects = {}
  for _, at in ipairs(logical_lines(path)) do
    local list = words(at.text)
    local object = { at = at, name = list[1], base = default_base, since = "", fields = {} }
    if at.indent ~= 0 or not object.name:match("^%u%w*$") then
      fail(at, "'%s' is no model name in the first column", object.name)
    end
    local i = 2
    if list[2] == "<" then
      object.base = list[3] or fail(at, "nothing after <")
      i = 4
    end
    for k = i, #list do
      local since = list[k]:match("^since=(.*)$")
      if since then
        object.since = check_version(at, since)
      else
        local name, optional, type, field_since = read_name(at, list[k], "?")
        for _, field in ipairs(object.fields) do
          if field.name == name then fail(at, "the field '%s' is there twice", name) end
        end
        table.insert(object.fields,
                     { name = name, required = not optional, type = type, since = field_since })
      end
    end
    objects[#objects + 1] = object
  end
  return objects
end

local function check_type(at, type, models)
  if type and type.model and not models[type.model] then
    fail(at, "unknown model '%s'", type.model)
  end
end

--- A handle has its model's fields and its own methods under one roof.
local function check_methods(operations, models)
  for _, operation in ipairs(operations) do
    local model = operation.handle and models[operation.handle.model]
    for _, field in ipairs(model and model.fields or {}) do
      if field.name == operation.option then
        fail(operation.at, "'%s' is a field of %s already", field.name, model.name)
      end
    end
  end
end

--- Every model named anywhere exists, once; no method hides a field.
function reader.check(all)
  local models, seen = {}, {}
  for _, list in ipairs { all.models, all.events } do
    for _, object in ipairs(list) do
      if seen[object.name] then fail(object.at, "'%s' is there twice", object.name) end
      seen[object.name] = true
      if list == all.models then models[object.name] = object end
    end
  end
  for _, list in ipairs { all.models, all.events } do
    for _, object in ipairs(list) do
      if object.base and not models[object.base] then
        fail(object.at, "unknown base '%s'", object.base)
      end
      for _, field in ipairs(object.fields) do check_type(object.at, field.type, models) end
    end
  end
  for _, handle in ipairs(all.handles) do
    check_type(handle.at, { model = handle.model }, models)
  end
  for _, operation in ipairs(all.operations) do
    check_type(operation.at, operation.result, models)
    for _, parameter in ipairs(operation.parameters) do
      check_type(operation.at, parameter.type, models)
    end
  end
  check_methods(all.operations, models)
end

return reader
