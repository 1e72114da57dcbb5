-- luajit docs_test.lua CALLUNA FILE.md: does what the page says, in a folder of its own, and compares. CALLUNA is an
-- absolute path. Blocks, in their order:
--   lua      that begin with "-- NAME" are that file, with "-- NAME, more" are added to it
--   console  "$ command" is run (cd changes the folder); the lines below it have to come, in that order, each as a
--            part of one
local calluna, page = arg[1], arg[2]

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local pipe = assert(io.popen("mktemp -d"))
local folder = pipe:read("*l")
pipe:close()
local root = folder

local function give_up(text, ...)
  io.stderr:write(page, ": ", text:format(...), "\n")
  os.execute("rm -rf " .. quoted(root))
  os.exit(1)
end

local function run(command)
  local program = command:gsub("^calluna%f[%s]", function() return quoted(calluna) end)
  local line = ("cd %s && %s 2>&1"):format(quoted(folder), program)
  local output = assert(io.popen(line))
  local text = output:read("*a")
  output:close()
  return text
end

-- Output that does not hold the wanted lines in their order is told whole.
local function compare(command, text, wanted)
  local at = 1
  for _, line in ipairs(wanted) do
    local from, to = text:find(line, at, true)
    if not from then give_up("'%s' should say\n  %s\nbut says\n%s", command, line, text) end
    at = to + 1
  end
end

local function play(block)
  local command, wanted
  local function finish()
    if not command then return end
    local where = command:match("^cd (.+)$")
    if where then
      folder = folder .. "/" .. where
    else
      compare(command, run(command), wanted)
    end
  end
  for line in block:gmatch("[^\n]+") do
    local next_command = line:match("^%$ (.+)$")
    if next_command then
      finish()
      command, wanted = next_command, {}
    else
      wanted[#wanted + 1] = line
    end
  end
  finish()
end

local function write(block)
  local name = block:match("^%-%- ([%w_.]+)")
  if not name then return end
  local more = block:match("^%-%- [%w_.]+, more")
  local file = assert(io.open(folder .. "/" .. name, more and "a" or "w"))
  file:write(more and "\n" or "", (block:gsub("^[^\n]*\n", "", 1)))
  file:close()
end

local played = 0
local file = assert(io.open(page))
for kind, block in file:read("*a"):gmatch("\n```(%l+)\n(.-\n)```") do
  if kind == "console" then
    play(block)
    played = played + 1
  elseif kind == "lua" then
    write(block)
  end
end
file:close()
os.execute("rm -rf " .. quoted(root))
if played == 0 then give_up("there is nothing to run in it") end
print(("%s: %d blocks were run"):format(page, played))
