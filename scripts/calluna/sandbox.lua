-- Makes the globals an app sees. Loaded once per generation with the full Lua library in reach;
-- what it returns is all the app can reach, unless its configuration grants more.
local native = ...
local grants = native.grants
local wait_mark = native.wait_mark

-- What time it is, the app's clock says: a test moves it. For the library as for the app.
local os_time, os_date, wall = os.time, os.date, native.timer.wall
rawset(os, "time", function(at)
  if at == nil then return math.floor(wall()) end
  return os_time(at)
end)
rawset(os, "date", function(format, at) return os_date(format or "%c", at or math.floor(wall())) end)

local env = {}

for _, name in ipairs {
  "assert", "error", "getmetatable", "ipairs", "next", "pcall", "print", "rawequal", "rawget", "rawset",
  "select", "setmetatable", "tonumber", "tostring", "type", "unpack", "xpcall", "collectgarbage",
  "require", "_VERSION",
} do
  env[name] = _G[name]
end

local function copy(library, except)
  local result = {}
  for name, value in pairs(library) do
    if not (except and except[name]) then result[name] = value end
  end
  return result
end

env.string, env.table, env.math, env.bit = copy(string), copy(table), copy(math), copy(bit)
env.io = copy(io, { popen = not grants["io.popen"] })
env.os = copy(os, { execute = not grants["os.execute"], exit = true, setlocale = true })
if native.read_only then
  local open, reading = io.open, { r = true, rb = true }
  local function refuse() return nil, native.task.error("refused", native.read_only) end
  function env.io.open(path, mode)
    if reading[mode or "r"] then return open(path, mode) end
    return refuse()
  end
  -- io.input reads only; the others write to files, or to the process's own output.
  for _, name in ipairs { "output", "write", "tmpfile" } do env.io[name] = refuse end
  env.io.stdout, env.io.stderr = nil, nil
  for _, name in ipairs { "remove", "rename", "tmpname" } do env.os[name] = refuse end
end
env.debug = grants.debug and copy(debug) or { traceback = debug.traceback }
if grants.loadlib then env.package = { loadlib = package.loadlib, cpath = package.cpath } end

-- print goes to the log: a daemon's standard output is nobody's.
function env.print(...)
  local parts = {}
  for i = 1, select("#", ...) do parts[i] = tostring((select(i, ...))) end
  native.log.write("info", table.concat(parts, "\t"))
end

-- Code from text only: bytecode can crash the process.
local function text_only(mode) return mode == nil or mode == "t" or mode == "bt" end
function env.load(chunk, name, mode, environment)
  if not text_only(mode) then return nil, "only text can be loaded" end
  return load(chunk, name, "t", environment or env)
end
env.loadstring = env.load
function env.loadfile(path, mode, environment)
  if not text_only(mode) then return nil, "only text can be loaded" end
  return loadfile(path, "t", environment or env)
end
function env.dofile(path)
  local chunk, problem = env.loadfile(path)
  if not chunk then error(problem, 2) end
  return chunk()
end
function env.setfenv(target, environment)
  if type(target) ~= "function" then error("setfenv: only a function's environment can be set", 2) end
  return setfenv(target, environment)
end

-- pairs walks events too: what a table of all their fields would hold.
function env.pairs(value)
  if type(value) == "userdata" then
    local class = getmetatable(value)
    local to_table = type(class) == "table" and class.__pairs_table
    if to_table then return next, to_table(value), nil end
  end
  return pairs(value)
end

-- Coroutines of the app's own. A wait inside one yields `wait_mark`: it is passed outwards until the
-- scheduler has it, and the answer is passed back in, so waiting works at any depth.
local resume, yield, create = coroutine.resume, coroutine.yield, coroutine.create
local running, status = coroutine.running, coroutine.status
local function pass_waits(co, ok, first, ...)
  if ok and first == wait_mark then return pass_waits(co, resume(co, yield(wait_mark))) end
  return ok, first, ...
end
local function checked(ok, ...)
  if not ok then error((...), 0) end
  return ...
end
env.coroutine = {
  create = create, yield = yield, running = running, status = status, isyieldable = coroutine.isyieldable,
}
function env.coroutine.resume(co, ...) return pass_waits(co, resume(co, ...)) end
function env.coroutine.wrap(fn)
  local co = create(fn)
  return function(...) return checked(pass_waits(co, resume(co, ...))) end
end

env._G = env

-- Strict: a misspelt name is an error where it stands, not a nil somewhere else.
return setmetatable(env, {
  __index = function(_, name) error(("undefined global '%s'"):format(tostring(name)), 2) end,
  __newindex = function(_, name)
    local hint = "missing 'local'? what must outlive a reload belongs into a store"
    error(("assignment to global '%s' (%s)"):format(tostring(name), hint), 2)
  end,
  __metatable = "the globals are strict",
})
