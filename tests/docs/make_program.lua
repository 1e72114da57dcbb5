-- luajit make_program.lua OUT.cpp PAGE.md...: the blocks of C++ of these pages as one program.
package.path = arg[0]:match("^(.*)/") .. "/?.lua;" .. package.path
local blocks_of, cpp = require "page", require "cpp_block"

local blocks = {}
for i = 2, #arg do
  for _, block in ipairs(blocks_of(arg[i])) do
    if block.kind == "cpp" then blocks[#blocks + 1] = block end
  end
end
local file = assert(io.open(arg[1], "w"))
file:write(cpp.program(blocks))
file:close()
