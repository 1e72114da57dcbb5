--- `calluna console`: runs the lines that somebody types, each as a task of its own, and tells how they went.
local native = ...
local render = require "calluna.console_render"
local next_word, tell = require "calluna.console_words", require "calluna.console_told"
local environment = require "calluna.sandbox"
local task = require "calluna.task"
require "calluna.calls" -- so that the calls there are, are known before the first line

-- Names that mean a module of the library without `require`.
local modules = {}
for _, name in ipairs {
  "ami", "ari", "calls", "click", "csv", "http", "json", "log", "odoo", "partners", "phone", "popup", "push", "queue",
  "task", "timer", "users",
} do
  modules[name] = true
end

-- The console's globals: new ones are welcome, an unknown one is still a mistake.
local globals = setmetatable({}, {
  __index = function(self, name)
    local value = rawget(environment, name)
    if value ~= nil then return value end
    if not modules[name] then error(("undefined global '%s'"):format(tostring(name)), 2) end
    value = require("calluna." .. name)
    rawset(self, name, value)
    return value
  end,
})
globals._G = globals

function globals.print(...)
  local parts = {}
  for i = 1, select("#", ...) do parts[i] = tostring((select(i, ...))) end
  tell("print", { text = render.bounded(table.concat(parts, "\t")) })
end

function globals.load(chunk, name, mode, of) return environment.load(chunk, name, mode, of or globals) end
globals.loadstring = globals.load
function globals.loadfile(path, mode, of) return environment.loadfile(path, mode, of or globals) end
function globals.dofile(path)
  local chunk, problem = globals.loadfile(path)
  if not chunk then error(problem, 2) end
  return chunk()
end

local function unfinished(problem) return problem:find("near '<eof>'%s*$") ~= nil end

-- An expression, or statements. Nil and the problem; then also whether more lines might mend it.
local function compile(text)
  local chunk, of_value = globals.load("return " .. text, "=console")
  -- Handed on by a function: a call in it is no tail call then, and an error names the console's line.
  if chunk then
    local handed = "return (...)(" .. text
    return globals.load(handed .. ")", "=console") or globals.load(handed .. "\n)", "=console") or chunk
  end
  local problem
  chunk, problem = globals.load(text, "=console")
  if chunk then return chunk end
  if unfinished(of_value) then return nil, of_value, true end
  return nil, problem, unfinished(problem)
end

local function one_line(problem) return (tostring(problem):match("^[^\n]*")) end

-- The line that runs: its number, its task, and the coroutine it runs in, which tells whether it was broken off.
local running

local function finish(number, what, text)
  if not running or running.number ~= number then return end
  running = nil
  tell(what, { line = number, text = render.bounded(text) })
end

local function told(number, ok, ...)
  if not ok then return finish(number, "error", one_line((...))) end
  local count, parts = select("#", ...), {}
  for i = 1, count do parts[i] = render.value((select(i, ...))) end
  finish(number, "result", table.concat(parts, "\t"))
end

local function hand_on(...) return ... end

local function begin(number, text)
  running = { number = number }
  local chunk, problem, incomplete = compile(text)
  if not chunk then return finish(number, incomplete and "incomplete" or "error", one_line(problem)) end
  running.coroutine = coroutine.create(function() told(number, true, chunk(hand_on)) end)
  running.task = task.spawn(function(co)
    local ok, why = environment.coroutine.resume(co)
    if not ok then told(number, false, why) end
  end, running.coroutine)
end

local function interrupt(number)
  if not running or running.number ~= number then return end
  -- Its loop has been broken off, and with it the task that would have told.
  if coroutine.status(running.coroutine) == "dead" then return finish(number, "error", "interrupted") end
  running.task:cancel("interrupted")
end

local function serve()
  while true do
    local word = next_word()
    if not word then return end
    if word.interrupt then interrupt(word.line) else begin(word.line, word.text) end
  end
end

return { start = function() native.task.spawn(0, serve) end }
