-- luajit stubs_test.lua CALLUNA ARI_STUBS: the stubs beside the library. The app in tests/stubs loads each module
-- and makes one object of each class on the offline PBX; what has no stub, or only a stub, fails. ARI_STUBS is the
-- generated file of ARI's operations. Runs in the repository's root.
package.path = "cmake/?.lua;" .. package.path
local stubs = require "lua_stubs"
local calluna, ari_stubs = arg[1], arg[2]
local folder = "scripts/calluna/_meta"

-- Modules that apps have no use for. A new file of the library is one of these, or has a stub.
local inner = {}
for name in ([[
  adapter_csv adapter_odoo adapter_odoo_cursor adapter_odoo_partner agi_guard agi_session ami_leg app_queue_mirror
  app_queue_record app_queue_state app_queue_verbs ari_bridge ari_channel ari_handle ari_media ari_playback ari_request
  ari_verbs call call_verbs channel_verbs click config connection csv device_profile dial dial_text dialplan_verbs
  directory_sync far_side hangup_cause http_request http_request_object http_route http_socket latch leg manager misuse
  options partner_file queue_agents queue_announcer release sandbox spying stasis_verbs test_ask test_expectation
  test_office test_pbx test_server
  source_check source_globals source_options source_tokens test_websocket console console_render
]]):gmatch("%S+") do inner[name] = true end

local problems = {}
local function problem(...) problems[#problems + 1] = string.format(...) end

local function lines(command)
  local pipe, list = assert(io.popen(command)), {}
  for line in pipe:lines() do list[#list + 1] = line end
  return list, pipe:close()
end

-- What the stubs say: the functions of each module, and the methods of each class.
local modules, classes, module_of = {}, {}, {}
local function note(stub)
  for _, item in ipairs(stub.items) do
    if item.kind == "class" and stub.module and not modules[stub.module] then
      modules[stub.module], module_of[item.name] = {}, stub.module
    end
  end
end
local read = {}
for _, file in ipairs(lines("ls " .. folder)) do
  local stub = stubs.read(folder, file:match("^(.*)%.lua$"))
  read[#read + 1] = stub
  note(stub)
end
for _, stub in ipairs(read) do
  for _, item in ipairs(stub.items) do
    if item.kind == "func" then
      local separator, name = item.name:match("([.:])([%w_]+)$")
      local module = separator == "." and module_of[item.class]
      if separator == "." and not module then problem("%s.lua: %s is of no module", stub.name, item.name) end
      local list = module and modules[module] or classes[item.class] or {}
      if not module then classes[item.class] = list end
      list[name] = true
    end
  end
end

for _, file in ipairs(lines("ls scripts/calluna/*.lua")) do
  local name = file:match("([%w_]+)%.lua$")
  if modules[name] and inner[name] then problem("%s has a stub and is called inner", name) end
  if not modules[name] and not inner[name] then problem("scripts/calluna/%s.lua has no stub", name) end
end

-- ARI's own operations, of the generated stub.
local ari = {}
for line in io.lines(ari_stubs) do
  local resource, name = line:match("^function ([%w_]+)%.([%w_]+)%(")
  if resource then
    ari[resource] = ari[resource] or {}
    ari[resource][name] = true
  end
end

local function literal(value)
  if type(value) ~= "table" then return ("%q"):format(tostring(value)):gsub('^"true"$', "true") .. "" end
  local parts = {}
  for key, one in pairs(value) do parts[#parts + 1] = ("[%q] = %s"):format(key, literal(one)) end
  table.sort(parts)
  return "{ " .. table.concat(parts, ", ") .. " }"
end

local app = lines("mktemp -d")[1]
os.execute(("cp tests/stubs/*.lua %s/"):format(app))
local expected = assert(io.open(app .. "/expected.lua", "w"))
expected:write("return ", literal { modules = modules, classes = classes, ari = ari }, "\n")
expected:close()
local said = lines(("%s test -v %s 2>&1; echo $?"):format(calluna, app))
os.execute("rm -rf " .. app)
local passed = table.remove(said) == "0"
if not passed then problem("%s", table.concat(said, "\n")) end

if #problems > 0 then
  io.stderr:write(table.concat(problems, "\n"), "\n")
  os.exit(1)
end
print(table.concat(said, "\n"))
