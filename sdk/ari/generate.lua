--- Makes sources from the ARI tables beside this file.
---   luajit generate.lua TABLES_FOLDER OUTPUT_FOLDER
--- writes operations.inc, events.inc (C++), ari_operations.lua (the Lua library's list) and
--- meta/ari_operations.lua (editor stubs) into OUTPUT_FOLDER; it and its meta folder must exist.
--- A bad line of a table ends it with "file:line: what is wrong" and status 1.
local source, output = arg[1], arg[2]
if not output or arg[3] then
  io.stderr:write("usage: luajit generate.lua TABLES_FOLDER OUTPUT_FOLDER\n")
  os.exit(2)
end
package.path = arg[0]:match("^(.-)[^/]*$") .. "?.lua"

local reader = require "reader"

local function read_tables(folder)
  local all = reader.operations(folder .. "/operations.txt")
  all.models = reader.objects(folder .. "/models.txt")
  all.events = reader.objects(folder .. "/events.txt", "Event")
  reader.check(all)
  return all
end

local function write_file(name, text)
  local path = output .. "/" .. name
  local file, why = io.open(path, "w")
  if not file then error("cannot write " .. why, 0) end
  file:write(text)
  file:close()
end

local ok, why = pcall(function()
  local all = read_tables(source)
  local cpp, lua = require "write_cpp", require "write_lua"
  write_file("operations.inc", cpp.operations(all))
  write_file("events.inc", cpp.objects(all))
  write_file("ari_operations.lua", lua.operations(all))
  write_file("meta/ari_operations.lua", require("write_stubs").stubs(all))
end)
if not ok then
  io.stderr:write(tostring(why), "\n")
  os.exit(1)
end
