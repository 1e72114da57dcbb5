-- luajit api_names_test.lua FOLDER...: the names that Lua files use of the library beside those that the stubs have. A
-- function that a module has not (`log.inof`, `ari.chanels.list`) is found by luacheck, a method that nothing has
-- (`ch:anwser()`) here. Runs in the repository's root.
package.path = "cmake/?.lua;" .. package.path
local stubs = require "lua_stubs"

local function lines(command)
  local pipe, list = assert(io.popen(command)), {}
  for line in pipe:lines() do list[#list + 1] = line end
  pipe:close()
  return list
end

-- ---- what there is

local modules, methods = {}, {} -- modules[name][function] is true, or the functions of a resource of ARI

local function note_function(item, module)
  local separator, name = item.name:match("([.:])([%w_]+)$")
  if separator == ":" then methods[name] = true end
  if module then module[name] = true end
end

local function read_stubs()
  local by_class, read = {}, {}
  for _, file in ipairs(lines("ls scripts/calluna/_meta")) do
    local stub = stubs.read("scripts/calluna/_meta", file:match("^(.*)%.lua$"))
    read[#read + 1] = stub
    local class = stub.module and stub.items[1]
    if class then
      modules[stub.module] = {}
      by_class[class.name] = modules[stub.module]
      -- A module that is an object of another class has its methods.
      if class.parents then by_class[class.parents] = by_class[class.parents] or modules[stub.module] end
    end
  end
  for _, stub in ipairs(read) do
    for _, item in ipairs(stub.items) do
      if item.kind == "func" then note_function(item, by_class[item.class]) end
    end
  end
  for _, item in ipairs(stubs.ari_operations().items) do
    local resource, name = item.name:match("^([%w_]+)%.([%w_]+)$")
    if item.kind == "func" and resource then
      if type(modules.ari[resource]) ~= "table" then modules.ari[resource] = {} end
      modules.ari[resource][name] = true
    elseif item.kind == "func" then
      note_function(item)
    end
  end
  for name in pairs(string) do methods[name] = true end
  for name in ("close flush lines read seek setvbuf write"):gmatch("%a+") do methods[name] = true end
end

-- ---- what a file uses

-- The text with blanks for comments and strings; its lines stay.
local function code_of(text)
  local parts, at = {}, 1
  local function blank(to)
    parts[#parts + 1] = text:sub(at, to):gsub("[^\n]", " ")
    at = to + 1
  end
  while at <= #text do
    local long = text:match("^%-?%-?%[=*%[", at)
    local c = text:sub(at, at)
    if long and (long:sub(1, 2) == "--" or c == "[") then
      local _, to = text:find("]" .. long:match("=*") .. "]", at, true)
      blank(to or #text)
    elseif text:find("^%-%-", at) then
      blank((text:find("\n", at, true) or #text + 1) - 1)
    elseif c == '"' or c == "'" then
      local to = at + 1
      while text:sub(to, to) ~= c do to = to + (text:sub(to, to) == "\\" and 2 or 1) end
      blank(to)
    else
      parts[#parts + 1] = c
      at = at + 1
    end
  end
  return table.concat(parts)
end

local function note_own_methods(code)
  for name in code:gmatch("function%s+[%w_.]+[.:]([%w_]+)") do methods[name] = true end
  for name in code:gmatch("([%w_]+)%s*=%s*function") do methods[name] = true end
end

local failed = false
local function complain(...)
  failed = true
  io.stderr:write(string.format(...), "\n")
end

local function check_methods(path, code)
  local number = 0
  for line in (code .. "\n"):gmatch("(.-)\n") do
    number = number + 1
    for name in line:gmatch("[%w_%)%]\"]%s*:([%a_][%w_]*)") do
      if not methods[name] then complain("%s:%d: nothing has a method '%s'", path, number, name) end
    end
  end
end

local function literal(value)
  if value == true then return "{}" end
  local parts = {}
  for name, one in pairs(value) do parts[#parts + 1] = ("[%q] = %s"):format(name, literal(one)) end
  return "{ fields = { " .. table.concat(parts, ", ") .. " } }"
end

-- luacheck knows the fields of globals alone: so what a file requires at its top is made one, for it. A wrong name of
-- ours shows that it has looked.
local probe = "accessing undefined field 'wrong' of global 'probe'"
local function check_functions(path, text)
  local globals, looked = { "probe = { fields = {} }" }, false
  local changed = text:gsub("local ([%w_, ]+) = (require[^\n]+)", function(names, requires)
    local wanted = {}
    for name in requires:gmatch('require%(?%s*"([^"]+)"') do wanted[#wanted + 1] = name end
    local at = 0
    for name in names:gmatch("[%w_]+") do
      at = at + 1
      local module = wanted[at] and modules[wanted[at]:match("^calluna%.(.*)$") or ""]
      globals[#globals + 1] = ("%s = %s"):format(name, module and literal(module) or "{ other_fields = true }")
    end
    return ""
  end)
  local config = os.tmpname()
  local file = assert(io.open(config, "w"))
  file:write(("stds.api = { read_globals = { %s } }\n"):format(table.concat(globals, ", ")))
  file:write("std = 'luajit+api'\nonly = { '1' }\n")
  file:close()
  local command = "luacheck -q --no-color --config %s --filename %s - >%s.out"
  local pipe = assert(io.popen(command:format(config, path, config), "w"))
  pipe:write("probe.wrong() ", changed)
  pipe:close()
  for _, line in ipairs(lines("cat " .. config .. ".out")) do
    local place, what = line:match("^%s+(%S+:%d+):%d+: (.+)$")
    looked = looked or what == probe
    if place and what ~= probe then complain("%s: %s", place, what) end
  end
  if not looked then complain("%s: luacheck has not looked at it", path) end
  os.remove(config)
  os.remove(config .. ".out")
end

read_stubs()
local files = lines("find " .. table.concat(arg, " ") .. " -name '*.lua' | LC_ALL=C sort")
if #files == 0 then complain("there are no Lua files") end
local texts = {}
for _, path in ipairs(files) do
  local file = assert(io.open(path))
  texts[path] = file:read("*a")
  file:close()
  note_own_methods(code_of(texts[path]))
end
for _, path in ipairs(files) do
  check_methods(path, code_of(texts[path]))
  check_functions(path, texts[path])
end
if failed then os.exit(1) end
print(("%d files use what there is"):format(#files))
