-- The folder in which a page's blocks are run, one after the other.
local place = {}
place.__index = place

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

function place.new(calluna, page)
  local pipe = assert(io.popen("mktemp -d"))
  local root = pipe:read("*l")
  pipe:close()
  return setmetatable({ calluna = calluna, page = page, root = root, folder = root, made = 0 }, place)
end

function place:remove() os.execute("rm -rf " .. quoted(self.root)) end

--- Ends the test with one line of where and what.
function place:fail(text, ...)
  if select("#", ...) > 0 then text = text:format(...) end
  io.stderr:write(("%s:%d: %s\n"):format(self.page, self.block.line, text))
  self:remove()
  os.exit(1)
end

--- A file in the present folder.
function place:write(name, text, append)
  local path = self.folder .. "/" .. name
  local folder = path:match("^(.*)/")
  os.execute("mkdir -p " .. quoted(folder))
  local file = assert(io.open(path, append and "a" or "w"))
  file:write(text)
  file:close()
end

--- Another empty folder below the first one: its path.
function place:new_folder(name)
  self.made = self.made + 1
  local path = ("%s/%s%d"):format(self.root, name, self.made)
  os.execute("mkdir -p " .. quoted(path))
  return path
end

--- Runs a command in the present folder, or in `folder`; `calluna` is the program under test, home is the first folder.
--- Gives its output, with what it said on standard error, and its status.
function place:run(command, folder)
  local program = command:gsub("%f[%w]calluna%f[%s%z]", function() return quoted(self.calluna) end)
  local line = ("cd %s && export HOME=%s && { %s; } 2>&1 </dev/null; printf '\\n%%s' $?"):format(
    quoted(folder or self.folder), quoted(self.root), program)
  local pipe = assert(io.popen(line))
  local output, status = pipe:read("*a"):match("^(.*)\n(%d+)$")
  pipe:close()
  return output, tonumber(status)
end

--- As run, and fails unless the command succeeds.
function place:must(command, folder)
  local output, status = self:run(command, folder)
  if status ~= 0 then self:fail("'%s' fails (%d)\n%s", command, status, output) end
  return output
end

--- Runs what does not end by itself until it has said `text`, which has to be soon. Gives its output.
function place:until_it_says(text, command, folder)
  local output, status = self:run(([[
    %s >said & it=$!
    for moment in $(seq 300); do grep -qF %s said && break; kill -0 $it || break; sleep 0.05; done
    kill $it; wait $it; cat said; grep -qF %s said]]):format(command .. " 2>&1", quoted(text), quoted(text)), folder)
  if status ~= 0 then self:fail("'%s' never says '%s'\n%s", command, text, output) end
  return output
end

return place
