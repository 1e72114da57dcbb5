-- Values of JSON: the whole block, or what stands behind "data: " on its lines.
local json = {}

function json.run(here, block)
  local values = {}
  for value in block.text:gmatch("data: ([^\n]+)") do values[#values + 1] = value end
  if #values == 0 then values[1] = block.text end
  local folder = here:new_folder("json")
  local lines = { 'local json = require "calluna.json"' }
  for _, value in ipairs(values) do lines[#lines + 1] = ("assert(json.decode(%q))"):format(value) end
  local file = assert(io.open(folder .. "/init.lua", "w"))
  file:write(table.concat(lines, "\n"), "\n")
  file:close()
  file = assert(io.open(folder .. "/test.lua", "w"))
  file:write('require "calluna.test".case("it is JSON", function(pbx) pbx:start() end)\n')
  file:close()
  here:must("calluna test .", folder)
end

return json
