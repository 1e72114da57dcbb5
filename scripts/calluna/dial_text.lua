--- Text that ends in what Asterisk takes apart: dial strings, applications' arguments, extensions, headers, file names.
--- Each check returns the text, or nil, err (kind "invalid") that says what is wrong with it. Nothing is ever quoted
--- or cut to fit: what has a meaning to Asterisk where only a name is expected does not leave.
local native = ...
local tasks = native.task

local dial_text = {}

local function invalid(text, ...) return nil, tasks.error("invalid", text:format(...)) end

-- As it may stand in an error: short, without control characters.
local function shown(text) return (text:sub(1, 60):gsub("%c", "?")) end

local function check(what, text, pattern, longest, allowed)
  if text == "" then return invalid("%s is empty", what) end
  if #text > longest then return invalid("%s has %d characters; %d are the limit", what, #text, longest) end
  if not text:find(pattern) then return invalid("%s '%s' is not possible: %s", what, shown(text), allowed) end
  return text
end

--- One dial string such as "PJSIP/101", "PJSIP/+49305550000@trunk", "Local/101@agents/n".
function dial_text.endpoint(what, text)
  if not text:find("^[%a][%w_]*/.") then
    return invalid("%s '%s' is no dial string, such as PJSIP/101", what, shown(text))
  end
  return check(what, text, "^[%w_./@+:;=~*#%%-]+$", 200, "one endpoint, without & , ( ) quotes or spaces")
end

--- What is dialled: digits, "+", "*", "#", letters, "-", "_" and ".".
function dial_text.extension(what, text)
  return check(what, text, "^[%w+*#][%w+*#_.-]*$", 79, "digits, letters and + * # - . _")
end

function dial_text.context(what, text)
  return check(what, text, "^[%w_.-]+$", 79, "letters, digits and - . _")
end

--- A channel's name or unique id, where it becomes an application's argument.
function dial_text.channel(what, text)
  return check(what, text, "^[%w_./@+:;=~*#-]+$", 200, "a channel's name or unique id")
end

--- A file below the PBX's own folder for such files; never outside of it.
function dial_text.file(what, text)
  if text:find("..", 1, true) or text:find("^[/.-]") or text:find("//", 1, true) then
    return invalid("%s '%s' is not possible: a name below the PBX's folder, without '..'", what, shown(text))
  end
  return check(what, text, "^[%w_./+-]+$", 180, "letters, digits and / - . _ +")
end

--- Digits to send: 0-9, *, #, A-D, and "w" for half a second.
function dial_text.digits(what, text)
  return check(what, text, "^[0-9*#A-Da-dwW]+$", 80, "0-9, *, #, A-D, and w for half a second")
end

--- Any text in one line: a header's or variable's value.
function dial_text.line(what, text)
  if text:find("[%z\r\n]") then return invalid("%s has a line end or NUL in it", what) end
  return text
end

--- A variable's name, or a function with its arguments: CHANNEL(language).
function dial_text.variable(what, text)
  return check(what, text, "^[%a_][%w_]*%(?[%w_,:./ -]*%)?$", 80, "a name, or FUNCTION(arguments)")
end

--- A caller id as '"Name" <number>', a name, or a number -> name, number (each maybe nil); or nil, nil, err.
function dial_text.callerid(what, text)
  local line, err = dial_text.line(what, text)
  if not line then return nil, nil, err end
  local name, number = line:match('^%s*"?(.-)"?%s*<([^<>]*)>%s*$')
  if not number then
    if line:find("^%+?[%d*#]+$") then number = line else name = line end
  end
  if name == "" then name = nil end
  if number == "" then number = nil end
  if number and not number:find("^[%w+*#._-]+$") then
    return nil, nil, select(2, invalid("%s: '%s' is no number to show", what, shown(number)))
  end
  if name then name = name:gsub('["\\<>]', ""):gsub("%c", " ") end
  return name, number
end

return dial_text
