-- Looks at the files of apps without running them, for `calluna check`: what does not compile, globals that an app does
-- not have, option keys that a function does not take.
local core = require "calluna.check_core"
local globals_of = require "calluna.source_globals"
local source_options = require "calluna.source_options"

source_options.learn(core("library"))

local found = {}
local function add(file, one) found[#found + 1] = { file = file.name, line = one.line, what = one.what } end

for _, file in ipairs(core("files")) do
  local chunk, problem = loadstring(file.text, "=" .. file.name)
  if chunk then
    for _, one in ipairs(globals_of(chunk)) do add(file, one) end
    for _, one in ipairs(source_options.look_at(file.text)) do add(file, one) end
  else
    local line, what = problem:match(":(%d+): (.*)$")
    add(file, { line = tonumber(line) or 1, what = what or problem })
  end
end
core("found", { mistakes = found })

return {}
