-- Commands of a shell. Of `calluna` those are run that need neither a PBX nor a running runtime, without what is in
-- brackets. The others are only checked, and the page says why:
--   <!-- only checked: they need a PBX -->
-- Every option has to be in `calluna COMMAND --help`; of other commands the script or the preset has to be there.
local sh = {}

local runs = { new = true, check = true, test = true, token = true, version = true }

local function exists(path)
  local file = io.open(path)
  if file then file:close() end
  return file ~= nil
end

local function content(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

-- A configuration whose runtime does not run: tokens are then in its file. Any other runtime of this machine, where
-- `calluna token` looks by itself, is none of a test's business.
local function no_runtime(here)
  local path = here.root .. "/no_runtime.toml"
  local file = assert(io.open(path, "w"))
  file:write(('[runtime]\ncontrol_socket = "%s/none.sock"\nstate_folder = "%s/state"\n'):format(here.root, here.root))
  file:close()
  return path
end

local function check_calluna(here, command)
  local words = {}
  for word in command:gsub("[%[%]]", " "):gmatch("%S+") do words[#words + 1] = word end
  local name = words[2]
  local sub = name == "token" and name .. " " .. words[3] or name
  local help, status = here:run(("calluna %s --help"):format(sub))
  if status ~= 0 then here:fail("there is no command '%s'\n%s", sub, help) end
  for i = 3, #words do
    local option = words[i]:match("^(%-%-?[%w%-]+)")
    if option and not help:find(option, 1, true) then here:fail("'%s' has no option %s\n%s", sub, option, help) end
  end
  local syntax = command:find("%[%u") -- a line that tells what may be given is no command
  if not runs[name] or syntax then return false end
  local plain = command:gsub("%s*%b[]", "")
  if name == "token" then plain = ("CALLUNA_CONFIG='%s' "):format(no_runtime(here)) .. plain end
  here:must(plain)
  return true
end

-- What a command of the repository's own names.
local function check_other(here, command)
  local script = command:match("^([%w_./%-]+%.sh)")
  if script then
    if not exists(script:gsub("^%./", "")) then here:fail("there is no %s", script) end
    return
  end
  local program, preset = command:match("^(c%l+) .-%-%-preset (%l+)")
  if program == "cmake" or program == "ctest" then
    if not content("CMakePresets.json"):find(('"%s"'):format(preset), 1, true) then
      here:fail("there is no preset %s", preset)
    end
    local label = command:match("%-L (%l+)")
    if label and not content("tests/CMakeLists.txt"):find(label, 1, true) then here:fail("no label %s", label) end
    return
  end
  if command:find("^cmake %-%-install build/%l+ %-%-prefix %S+$") then return end
  here:fail("'%s' is neither run nor known", command)
end

function sh.run(here, block)
  local left = 0
  for line in block.text:gmatch("[^\n]+") do
    local commands = line:gsub("%s+#.*$", ""):gsub("^#.*$", "")
    for command in (commands .. " && "):gmatch("(.-) && ") do
      command = command:match("^%s*(.-)%s*$")
      if command:find("^calluna ") then
        -- NAME|other: either.
        if not check_calluna(here, (command:gsub("ID|next", "next"))) then left = left + 1 end
      elseif command ~= "" then
        check_other(here, command)
        left = left + 1
      end
    end
  end
  local why = block.directive:match("^only checked: (.+)$")
  if left > 0 and not why then here:fail("%d commands are only checked; say why above the block", left) end
  if left == 0 and why then here:fail("all of it is run, though it says '%s'", block.directive) end
  if why then return { checked = ("%d commands, %s"):format(left, why) } end
end

return sh
