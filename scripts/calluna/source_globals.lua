-- The globals that a piece of Lua reads or sets and that an app does not have, found in its bytecode: also those in
-- branches that hardly ever run.
local environment = require "calluna.sandbox"
local options = require "calluna.options"
local util = package.preload["jit.util"]("jit.util")

local function operation(instruction) return bit.band(instruction, 0xff) end

-- The codes differ between versions of LuaJIT; what these compile to does not.
local get_global = operation((util.funcbc(loadstring "return x", 1)))
local set_global = operation((util.funcbc(loadstring "x = 1", 2)))

local known = {}
for name in pairs(environment) do known[name] = true end

local function describe(name, is_set)
  if is_set then return ("assignment to global '%s' (missing 'local'?)"):format(name) end
  local near = options.suggest(name, known)
  return ("undefined global '%s'%s"):format(name, near and (" (did you mean '%s'?)"):format(near) or "")
end

local function visit(fn, found)
  local at = 1
  while true do
    local instruction = util.funcbc(fn, at)
    if not instruction then break end
    local code = operation(instruction)
    if code == get_global or code == set_global then
      local name = util.funck(fn, -bit.rshift(instruction, 16) - 1)
      if not known[name] or code == set_global then
        found[#found + 1] = { line = util.funcinfo(fn, at).currentline, what = describe(name, code == set_global) }
      end
    end
    at = at + 1
  end
  local constant = -1
  while true do
    local value = util.funck(fn, constant)
    if value == nil then break end
    if type(value) == "proto" then visit(value, found) end
    constant = constant - 1
  end
end

--- A list of { line, what } for a compiled chunk.
return function(chunk)
  local found = {}
  visit(chunk, found)
  return found
end
