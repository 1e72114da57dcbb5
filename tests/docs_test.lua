-- luajit docs_test.lua CALLUNA FILE.md: does what the page says, in a folder of its own. CALLUNA is an absolute path;
-- runs in the repository's root. Every block of code is run, by its kind (tests/docs), or says above it why not:
--   <!-- not run: why -->
-- A block that begins with "-- NAME" is that file, with "-- NAME, more" it is added to it; so is what has, above it,
--   <!-- file: NAME -->
-- Such files are run by what comes after them. Blocks of `text` are no code, unless they have above them
--   <!-- JSON behind data: -->
-- What else a comment above a block may say, the files of tests/docs tell.
package.path = "tests/docs/?.lua;" .. package.path
local place = require "place"
local blocks_of = require "page"
local calluna, page = arg[1], arg[2]

local kinds = {
  lua = require "lua_block", console = require "console_block", sh = require "sh_block", toml = require "toml_block",
  ini = require "ini_block", json = require "json_block", text = require "json_block", cpp = require "cpp_block",
}

local here = place.new(calluna, page)
local run, notes, exempted = 0, {}, 0
local function note(what) notes[#notes + 1] = ("  line %d, %s: %s"):format(here.block.line, here.block.kind, what) end

-- Writes the block if it is a file; whether it was.
local function is_file(block)
  local name, more = block.text:match("^%-%- ([%w_./]+%.lua)(,? ?m?o?r?e?)\n")
  local told = block.directive:match("^file: (%S+)$")
  if not name and not told then return false end
  local text = told and block.text or block.text:gsub("^[^\n]*\n", "", 1)
  here:write(told or name, (more == ", more" and "\n" or "") .. text, more == ", more")
  return true
end

local function is_text(block) return block.kind == "text" and block.directive ~= "JSON behind data:" end

for _, block in ipairs(blocks_of(page)) do
  here.block = block
  local why = block.directive:match("^not run: (.+)$")
  if why then
    exempted = exempted + 1
    note("not run, " .. why)
  elseif not is_text(block) then
    local kind = kinds[block.kind] or here:fail("a block of '%s' is neither run nor says why not", block.kind)
    local how = not is_file(block) and kind.run(here, block)
    if how and how.checked then
      exempted = exempted + 1
      note("only checked, " .. how.checked)
    else
      run = run + 1
      if how then note("run by " .. how.elsewhere) end
    end
  end
end
here:remove()
if run + exempted == 0 then
  io.stderr:write(page, ": there is nothing to run in it\n")
  os.exit(1)
end
print(("%s: %d blocks were run, %d not all"):format(page, run, exempted))
if #notes > 0 then print(table.concat(notes, "\n")) end
