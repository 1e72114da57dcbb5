-- C++: with what the comment above it includes
--   <!-- includes: boost/asio/io_context.hpp calluna/sim/pbx.hpp -->
-- tests/CMakeLists.txt makes a program of the blocks of all pages (docs_snippets), and the test docs/cpp runs it.
local cpp = {}

function cpp.run(here, block)
  if not block.directive:find("^includes: ") then here:fail("C++ without a comment that says what it includes") end
  return { elsewhere = "docs/cpp" }
end

--- The program: a function for each block of these pages.
function cpp.program(blocks)
  local includes, parts, calls = {}, {}, {}
  for i, block in ipairs(blocks) do
    for name in block.directive:match("^includes: (.*)$"):gmatch("%S+") do includes[#includes + 1] = name end
    parts[i] = ("static void block_%d() {\n%s}\n"):format(i, block.text)
    calls[i] = ("  block_%d();"):format(i)
  end
  local lines = {}
  for i, name in ipairs(includes) do lines[i] = ("#include <%s>"):format(name) end
  return ("%s\n\n%s\nint main() {\n%s\n}\n"):format(
    table.concat(lines, "\n"), table.concat(parts, "\n"), table.concat(calls, "\n"))
end

return cpp
