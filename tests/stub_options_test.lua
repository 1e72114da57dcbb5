-- luajit stub_options_test.lua: the keys of options that the library's own text accepts (options.check in
-- scripts/calluna) beside those that the stubs have. Runs in the repository's root.
package.path = "cmake/?.lua;" .. package.path
local stubs = require "lua_stubs"

-- Of which classes an object is whose methods the library calls so; verbs are called by their bare names there.
local classes_of = {
  channel = { "calluna.ari.channel" }, bridge = { "calluna.ari.bridge" }, queue = { "calluna.queue" },
  call = { "calluna.call", "calluna.call.verbs" }, leg = { "calluna.call.verbs" }, verb = { "calluna.call.verbs" },
  app_queue = { "calluna.app_queue.queue" }, odoo = { "calluna.odoo.connection" }, session = { "calluna.agi.session" },
  pbx = { "calluna.test_office", "calluna.test_pbx", "calluna.sim" }, server = { "calluna.test_server" },
}
-- What is no table of options of a stub's function, or is checked further on.
local others = {
  ["a partner"] = true, ["a user"] = true, ["the odoo adapter"] = true, ["session:set_callerid"] = true,
  ["server:answers"] = true, ["config."] = true,
}
-- Options that another place takes out before the library checks the rest, or that two verbs have in common.
local elsewhere = {
  leg = true, ["channel:say as"] = true, ["pickup mode"] = true, ["pbx:phone does"] = true, ["pbx:phone after"] = true,
  ["pbx:phone hang_up_after"] = true, ["pbx:phone keys"] = true, ["pbx:phone keys_after"] = true,
}

local classes, functions = {}, {}
for file in io.popen("ls scripts/calluna/_meta"):lines() do
  for _, item in ipairs(stubs.read("scripts/calluna/_meta", file:match("^(.*)%.lua$")).items) do
    if item.kind == "class" then classes[item.name] = classes[item.name] or item end
    if item.kind == "func" then
      functions[item.name:find(":", 1, true) and item.class .. item.name:match(":.*$") or item.name] = item
    end
  end
end

local function find(what)
  if not what:find("[.:]") then what = "verb:" .. what end
  local owner, method = what:match("^([%w_]+):(.*)$")
  for _, class in ipairs(classes_of[owner] or {}) do
    if functions[class .. ":" .. method] then return functions[class .. ":" .. method] end
  end
  return functions[what] or functions[what:gsub("^t%.", "test.")] or functions[what:gsub("^contract%.", "contract.")]
end

local function add_fields(class, to)
  if classes[class.parents] then add_fields(classes[class.parents], to) end
  for _, field in ipairs(class.fields) do to[field.name] = true end
end

local function options_of(func)
  local keys = {}
  for _, param in ipairs(func.params) do
    for name in param.type:gmatch("calluna[%w_.]+") do
      local class, whole = classes[name], param.name == "opts" or param.name == "given"
      if class and not class.variable and whole then add_fields(class, keys) end
    end
  end
  return keys
end

local compared, failed = 0, false
local function complain(...)
  failed = true
  io.stderr:write(string.format(...), "\n")
end

local function compare(path, what, accepted)
  if others[what] then return end
  local func = find(what)
  if not func then return complain("%s: '%s' is in no stub", path, what) end
  local told = options_of(func)
  for key in accepted:gmatch("([%a_][%w_]*)%s*=") do
    local known = told[key] or elsewhere[what .. " " .. key]
    if not known then complain("%s: the stub lacks the option '%s'", what, key) end
    told[key] = nil
  end
  for key in pairs(told) do
    local known = elsewhere[key] or elsewhere[what .. " " .. key]
    if not known then complain("%s: has no option '%s'", what, key) end
  end
  compared = compared + 1
end

for path in io.popen("ls scripts/calluna/*.lua"):lines() do
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  for what, accepted in text:gmatch('options%.check%("([^"]+)",%s*[%w_.]+,%s*(%b{})') do
    compare(path, what, accepted)
  end
  for what, name in text:gmatch('options%.check%("([^"]+)",%s*[%w_.]+,%s*([%a_]+)[%s,)]') do
    local accepted = text:match("local " .. name .. " = (%b{})")
    if accepted then compare(path, what, accepted) end
  end
end
if compared == 0 then complain("there was nothing to compare") end
if failed then os.exit(1) end
print(("%d functions take the options that their stubs have"):format(compared))
