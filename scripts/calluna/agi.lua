--- FastAGI: calls that a dialplan hands over with AGI(agi://host/path,arguments) and takes back.
local native = ...
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local session = require "calluna.agi_session"
local core = native.agi

local agi = {}

local function checked_path(path)
  options.argument("agi.serve", 1, path, "string", 2)
  local plain = path:match("^/*(.-)/*$")
  local odd = plain:match("[%c%s?#%%\\]")
  if odd then misuse("agi.serve: '%s' is no path: there is no %q in one", path, odd) end
  return plain
end

--- Serves the calls of agi://.../path: fn(session) runs as a task for each of them. When it returns, the dialplan goes
--- on at the next priority, or where session:set_context, set_extension and set_priority say. When the caller hangs up,
--- its waits give nil, err (kind "gone"). If it raises an error, the dialplan goes on as well.
function agi.serve(path, fn)
  local plain = checked_path(path)
  options.argument("agi.serve", 2, fn, "function")
  local problem = core.serve(plain, function(native_session)
    local pbx = core.begin(native_session)
    fn(session.new(native_session, pbx))
  end)
  if problem then misuse("agi.serve: %s", problem) end
end

return agi
