-- A piece of Asterisk's dialplan: the offline PBX has to take it. Lines before the first [context] are in one of their
-- own.
local ini = {}

function ini.run(here, block)
  local folder = here:new_folder("dialplan")
  local text = block.text:find("^%[") and block.text or "[from-trunk]\n" .. block.text
  local file = assert(io.open(folder .. "/init.lua", "w"))
  file:write("return {}\n")
  file:close()
  file = assert(io.open(folder .. "/test.lua", "w"))
  file:write(('local t = require "calluna.test"\nt.setup { dialplan = %q }\n'):format(text))
  file:write('t.case("the dialplan is one", function(pbx) pbx:start() end)\n')
  file:close()
  here:must("calluna test .", folder)
end

return ini
