-- "$ command" is run (cd changes the folder); the lines below it have to come, in that order, each as a part of one. A
-- line "..." stands for any. Times are compared as such: "(5.1 ms)" is "(0.3 ms)".
local console = {}

local function timeless(text) return (text:gsub("%d+%.?%d* ms", "T ms"):gsub("%d+%.%d+ s", "T s")) end

-- Output that does not hold the wanted lines in their order is told whole.
local function compare(here, command, text, wanted)
  local at, plain = 1, timeless(text)
  for _, line in ipairs(wanted) do
    local stripped = timeless(line:gsub("^%s+", ""))
    if stripped ~= "..." then
      local from, to = plain:find(stripped, at, true)
      if not from then here:fail("'%s' should say\n  %s\nbut says\n%s", command, line, text) end
      at = to + 1
    end
  end
end

function console.run(here, block)
  local command, wanted
  local function finish()
    if not command then return end
    local where = command:match("^cd (.+)$")
    if where then
      here.folder = here.folder .. "/" .. where
    else
      compare(here, command, here:run(command), wanted)
    end
  end
  for line in block.text:gmatch("[^\n]+") do
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

return console
