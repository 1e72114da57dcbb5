--- Tests of apps on the offline PBX: a file test.lua beside an app's init.lua, run by `calluna test`. Each case has an
--- app, a PBX and a clock of its own; time passes when the case says so, and then at once.
local native = ...
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local there, core = pcall(require, "calluna.test_core")
if not there then misuse("calluna.test is for test files, which `calluna test` runs") end
local expectation = require "calluna.test_expectation"
local test_pbx = require "calluna.test_pbx"

local test = {}
local cases, by_name = {}, {}
local common = {} -- what `setup` said

local function add(what, name, opts, fn, more)
  if type(opts) == "function" and fn == nil then opts, fn = {}, opts end
  options.argument(what, 1, name, "string", 2)
  if type(fn) ~= "function" then misuse("%s: the case's function is missing", what) end
  opts = options.check(what, opts, more or { config = "table" }, 2)
  if by_name[name] then misuse("%s: there is a case '%s' already", what, name) end
  local case = { name = name, opts = opts, fn = fn, line = debug.getinfo(3, "l").currentline }
  cases[#cases + 1], by_name[name] = case, case
end

--- A case. fn(pbx) plays it: see the methods of `pbx` in test_pbx. opts: config, settings of the app for this case.
function test.case(name, opts, fn) add("t.case", name, opts, fn) end

--- The same case again and again, each time with a fault at another of the waits that the app begins. opts: fault,
--- "restart" (the app's state is lost, its calls go to their fallback, it is loaded anew) or "drop" (the connections to
--- the PBX break for five seconds); config. What the case expects has to hold wherever it strikes.
function test.everywhere(name, opts, fn)
  if type(opts) == "function" then opts, fn = {}, opts end
  add("t.everywhere", name, opts, fn, { config = "table", fault = "string" })
  local mine = cases[#cases]
  mine.everywhere = mine.opts.fault or "restart"
  if mine.everywhere ~= "restart" and mine.everywhere ~= "drop" then
    misuse("t.everywhere: there is no fault '%s'; it takes restart or drop", mine.everywhere)
  end
end

--- A case at a PBX of which there is a recording (`calluna record`) instead of the offline one. file: beside the test.
--- pbx: which of the recording's, if there are several. fn says who is known, then `pbx:play()` lets happen what has
--- happened.
function test.replay(name, opts, fn)
  add("t.replay", name, opts, fn, { config = "table", file = "!string", pbx = "string" })
  cases[#cases].replay = cases[#cases].opts.file
end

--- What all cases of this file have: config (settings of the app; a case's own go first) and fn(pbx), called before
--- each.
function test.setup(opts)
  common = options.check("t.setup", opts, { config = "table", before = "function", dialplan = "string" })
end

--- What is expected of `subject`: a call, a phone, a user or the pbx. See calluna.test_expectation.
test.expect = expectation.expect
--- That it is not so.
test.expect_not = expectation.expect_not
--- That both are the same; tables by what is in them.
test.equal = expectation.equal
--- Fails the case.
function test.fail(text, ...) expectation.fail(select("#", ...) > 0 and text:format(...) or text) end

-- -- running one

local function merged(a, b)
  local result = {}
  for name, value in pairs(a or {}) do result[name] = value end
  for name, value in pairs(b or {}) do result[name] = value end
  return result
end

local function play(case)
  local pbx = test_pbx.new()
  core("config", merged(common.config, case.opts.config))
  if common.dialplan and not case.replay then pbx:dialplan(common.dialplan) end
  if common.before then common.before(pbx) end
  case.fn(pbx)
  pbx:finish()
end

local function explain(problem)
  if type(problem) == "table" and problem.expected then return problem end
  -- How the case came there; how the case was come to is nobody's concern.
  local text = debug.traceback(type(problem) == "string" and problem or tostring(problem), 2)
  text = text:gsub("\n[^\n]*calluna%.test:.*$", ""):gsub("\n[^\n]*/calluna/test%.lua:.*$", ""):gsub("\t", "  ")
  return { message = text, about = {} }
end

local function run()
  local plan = core("plan")
  if plan.list then
    local list = {}
    for i, case in ipairs(cases) do
      list[i] = {
        name = case.name, line = case.line, everywhere = case.everywhere, replay = case.replay, pbx = case.opts.pbx,
      }
    end
    return core("cases", { cases = list })
  end
  local case = cases[plan.case]
  math.randomseed(plan.seed)
  local ok, problem = xpcall(function() play(case) end, explain)
  if ok then return core("outcome", { passed = true }) end
  core("outcome", { passed = false, message = problem.message, about = problem.about })
end

-- Once the file has registered its cases.
native.timer.after(0, run)

return test
