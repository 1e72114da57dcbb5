-- A configuration, which `calluna check` has to like; what it names (secrets, apps, files) is made first. Or
--   <!-- a scenario -->   one for `calluna sim`, which has to begin with it
local toml = {}

-- Sections that are added where there are none of the kind, and where the text asks for them.
local base = {
  { "%[pbx%.", '[pbx.main.ami]\nhost = "pbx.example"\nuser = "calluna"\nsecret_file = "ami.secret"\n' },
  { "%[app%.", '[app.docs]\npath = "docs"\n' },
  { "%[odoo%.", [=[
[odoo.main]
url = "https://erp.example"
database = "company"
user = "telephony"
key_file = "odoo.key"
]=], 'adapter = "odoo"' },
}

local function put(folder, name, text)
  local file = assert(io.open(folder .. "/" .. name, "w"))
  file:write(text)
  file:close()
end

function toml.run(here, block)
  local folder = here:new_folder("toml")
  if block.directive == "a scenario" then
    put(folder, "office.toml", block.text)
    here:until_it_says("The offline PBX listens", "calluna sim office.toml", folder)
    return
  end
  local text = block.text
  for _, one in ipairs(base) do
    local needed = not one[3] or text:find(one[3], 1, true)
    if needed and not text:find(one[1]) then text = text .. "\n" .. one[2] end
  end
  put(folder, "calluna.toml", text)
  for name in text:gmatch('_file = "([^"]+)"') do
    put(folder, name, "of-the-tests-alone-41\n")
    os.execute(("chmod 600 %s/%s"):format(folder, name))
  end
  for name in text:gmatch('\nfile = "([^"]+%.csv)"') do put(folder, name, "id,name,numbers\n1,Ann,+14155550101\n") end
  for name in text:gmatch('\npath = "([^"]+)"') do
    if name:find("%.lua$") then
      local made = here.folder .. "/" .. name
      os.execute(("cp %s %s/ 2>/dev/null || echo 'return {}' >%s/%s"):format(made, folder, folder, name))
    else
      os.execute(("mkdir -p %s/%s && echo 'return {}' >%s/%s/init.lua"):format(folder, name, folder, name))
    end
  end
  local variables = {}
  for name in text:gmatch('_env = "([^"]+)"') do variables[#variables + 1] = name .. "=of-the-tests-alone-41" end
  here:must(("env %s calluna check calluna.toml"):format(table.concat(variables, " ")), folder)
end

return toml
