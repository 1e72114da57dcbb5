--- What an app may not do through AGI without the grant 'originate_application': make the PBX run other programs,
--- or write its files. Asterisk itself holds back nothing from an AGI server.
local native = ...
local tasks = native.task

local guard = {}

local function refused(what)
  return nil, tasks.error("refused", what .. " needs the grant 'originate_application' in the app's configuration: "
    .. "it can run anything on the PBX")
end

local applications = {
  system = true, trysystem = true, agi = true, eagi = true, deadagi = true, externalivr = true, exec = true,
  tryexec = true, execif = true, originate = true, ices = true, festival = true, mp3player = true, nbscat = true,
}
local functions = { SHELL = true, EVAL = true, FILE = true }
-- A program that Monitor() runs at its end.
local variables = { MONITOR_EXEC = true, MONITOR_EXEC_ARGS = true }
-- Applications with a command among their arguments, and which one that is.
local command_at = { mixmonitor = 3, queue = 6 }

-- Whether a function's name is made up only on the PBX: "${SH${X}(ls)}".
local function has_made_up_name(text)
  local depth = 0
  for at, mark in text:gmatch("()(%$?[{}%[%]])") do
    if mark:sub(1, 1) == "$" then
      depth = depth + 1
    elseif depth > 0 and (mark == "}" or mark == "]") then
      depth = depth - 1
      if depth > 0 and text:find("^[%w_%s]*%(", at + 1) then return true end
    end
  end
  return false
end

-- Whether `text` calls one of those functions, or may.
local function calls_function(text)
  if has_made_up_name(text) then return true end
  for name in text:gmatch("([%a_][%w_]*)%s*%(") do
    if functions[name:upper()] then return true end
  end
  return false
end

local function argument(data, wanted)
  local at = 0
  for one in (data .. ","):gmatch("([^,]*),") do
    at = at + 1
    if at == wanted then return one end
  end
end

local function check_exec(application, data)
  local name = application:lower():match("^%s*(.-)%s*$")
  if applications[name] then return refused("the application " .. application) end
  local at = command_at[name]
  if at and (argument(data, at) or "") ~= "" then return refused(application .. " with a command") end
  if (name == "set" or name == "mset") and (calls_function(data) or data:find("MONITOR_EXEC", 1, true)) then
    return refused(application .. " of such a function")
  end
  return true
end

--- Whether these words of a command may leave: true, or nil, err.
function guard.check(words)
  if native.grants.originate_application then return true end
  local first, second = tostring(words[1]):lower(), tostring(words[2] or ""):lower()
  if first == "exec" then return check_exec(tostring(words[2] or ""), tostring(words[3] or "")) end
  local is_variable = (first == "get" or first == "set") and second == "variable"
  local name = tostring(words[3] or "")
  if is_variable and (calls_function(name) or variables[name:match("^_*(.*)$")]) then
    return refused("the variable " .. name:sub(1, 40))
  end
  if first == "get" and second == "full" and calls_function(tostring(words[4] or "")) then
    return refused("an expression with such a function")
  end
  return true
end

return guard
