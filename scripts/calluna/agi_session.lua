--- One call at AGI: what the dialplan told of it, and what can be done with it. See docs/lua/agi.md.
local native = ...
local dial_text = require "calluna.dial_text"
local guard = require "calluna.agi_guard"
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local core, tasks = native.agi, native.task

local session = {}
local class = {}

-- Commands that Asterisk answers at once; the others take as long as they take, and end with the channel.
local quick = 10

-- after_end: it is of use when the channel has hung up, too.
local function ask(self, timeout, after_end, ...)
  local words = { ... }
  local allowed, err = guard.check(words)
  if not allowed then return nil, err end
  return core.command(self.native, words, timeout, after_end)
end

local function gone_error() return tasks.error("gone", "the channel has hung up") end

-- "-1" is what Asterisk says of a hang-up as well as of a missing file; of a hang-up it tells before its next answer.
local function failed(self, what)
  core.command(self.native, { "NOOP" }, quick, true)
  if core.gone(self.native) then return nil, gone_error() end
  return nil, tasks.error("rejected", what .. " failed on the PBX")
end

local function text(what, position, value, wanted)
  options.argument("session:" .. what, position, value, wanted or "string|number", 2)
  return value == nil and "" or tostring(value)
end

-- Asks what succeeds or fails.
local function order(self, timeout, after_end, what, ...)
  local result, err = ask(self, timeout, after_end, ...)
  if not result then return nil, err end
  if result == "-1" then return failed(self, what) end
  return true
end

-- Asks what is answered with the key that was pressed, as its code; "0": none was.
local function key(self, what, ...)
  local result, err = ask(self, nil, false, ...)
  if not result then return nil, err end
  if result == "-1" then return failed(self, what) end
  local code = tonumber(result)
  return code and code > 0 and code < 128 and string.char(code) or ""
end

-- -- the channel

function class:answer() return order(self, quick, false, "ANSWER", "ANSWER") end

function class:hangup() return order(self, quick, false, "HANGUP", "HANGUP") end

local statuses = {
  ["0"] = "down", ["1"] = "reserved", ["2"] = "offhook", ["3"] = "dialing", ["4"] = "ring", ["5"] = "ringing",
  ["6"] = "up", ["7"] = "busy",
}

--- "up", "ring", "ringing", "down", "reserved", "offhook", "dialing" or "busy".
function class:channel_status()
  local result, err = ask(self, quick, false, "CHANNEL", "STATUS")
  if not result then return nil, err end
  if result == "-1" then return failed(self, "CHANNEL STATUS") end
  return statuses[result] or result
end

-- -- variables

--- The value of a variable or function such as "CALLERID(num)"; nil if it is not set.
function class:get_variable(name)
  local result, value = ask(self, quick, true, "GET", "VARIABLE", text("get_variable", 1, name, "string"))
  if not result then return nil, value end
  return value or nil
end

--- A text with variables in it: "${CALLERID(num)} of ${CHANNEL(language)}".
function class:get_full_variable(expression)
  local result, value = ask(self, quick, true, "GET", "FULL", "VARIABLE",
    text("get_full_variable", 1, expression, "string"))
  if not result then return nil, value end
  return value or nil
end

function class:set_variable(name, value)
  local word = text("set_variable", 2, value, "string|number|boolean|nil")
  return order(self, quick, true, "SET VARIABLE", "SET", "VARIABLE", text("set_variable", 1, name, "string"), word)
end

local function set_caller(self, part, value)
  local line, err = dial_text.line("the caller's " .. part, tostring(value))
  if not line then return nil, err end
  return order(self, quick, true, "SET VARIABLE", "SET", "VARIABLE", ("CALLERID(%s)"):format(part), line)
end

--- caller: '"Name" <number>', a name, a number, or { name = , number = }; what is not given stays.
function class:set_callerid(caller)
  options.argument("session:set_callerid", 1, caller, "string|table")
  local name, number, err
  if type(caller) == "table" then
    options.check("session:set_callerid", caller, { name = "string|number", number = "string|number" })
    name, number = caller.name, caller.number
  else
    name, number, err = dial_text.callerid("the caller", caller)
    if err then return nil, err end
  end
  local done = true
  if name then done, err = set_caller(self, "name", name) end
  if done and number then done, err = set_caller(self, "num", number) end
  return done, err
end

-- -- where the dialplan goes on

function class:set_context(name)
  return order(self, quick, true, "SET CONTEXT", "SET", "CONTEXT", text("set_context", 1, name))
end

function class:set_extension(name)
  return order(self, quick, true, "SET EXTENSION", "SET", "EXTENSION", text("set_extension", 1, name))
end

--- A number or a label.
function class:set_priority(priority)
  return order(self, quick, true, "SET PRIORITY", "SET", "PRIORITY", text("set_priority", 1, priority))
end

-- -- sounds and keys

--- Plays a file to its end. Returns "", or the key out of `escape_digits` that ended it.
function class:stream_file(file, escape_digits)
  local name = text("stream_file", 1, file, "string")
  return key(self, ("STREAM FILE '%s'"):format(name), "STREAM", "FILE", name,
    text("stream_file", 2, escape_digits, "string|nil"))
end

function class:say_digits(digits, escape_digits)
  return key(self, "SAY DIGITS", "SAY", "DIGITS", text("say_digits", 1, digits),
    text("say_digits", 2, escape_digits, "string|nil"))
end

function class:say_number(number, escape_digits)
  return key(self, "SAY NUMBER", "SAY", "NUMBER", text("say_number", 1, number),
    text("say_number", 2, escape_digits, "string|nil"))
end

local function milliseconds(seconds) return ("%.0f"):format(seconds * 1000) end

--- The next key. timeout: seconds, default 10; false: endless. nil, err: kind "timeout" if none came.
function class:wait_for_digit(timeout)
  options.argument("session:wait_for_digit", 1, timeout, "number|boolean|nil")
  if timeout == true or (timeout and timeout < 0) then
    misuse("session:wait_for_digit: timeout is seconds, or false")
  end
  if timeout == nil then timeout = 10 end
  local digit, err = key(self, "WAIT FOR DIGIT", "WAIT", "FOR", "DIGIT", timeout and milliseconds(timeout) or "-1")
  if digit == "" then return nil, tasks.error("timeout", "no key was pressed") end
  return digit, err
end

--- Plays a file and takes keys, up to "#". opts: timeout (seconds to the first and from key to key, default 5);
--- max_digits. Returns the keys without "#"; nil, err: kind "timeout" if none came.
function class:get_data(file, opts)
  local name = text("get_data", 1, file, "string")
  opts = options.check("session:get_data", opts, { timeout = "number", max_digits = "number" })
  local patience, most = opts.timeout or 5, opts.max_digits or 255
  if not (patience > 0 and patience <= 3600) then
    misuse("session:get_data: timeout is seconds, above 0 and at most 3600")
  end
  if not (most >= 1 and most <= 1024 and most % 1 == 0) then
    misuse("session:get_data: max_digits is from 1 to 1024")
  end
  local result, value = ask(self, nil, false, "GET", "DATA", name, milliseconds(patience), ("%.0f"):format(most))
  if not result then return nil, value end
  if result == "-1" then return failed(self, ("GET DATA '%s'"):format(name)) end
  if result == "" and value == "timeout" then return nil, tasks.error("timeout", "no key was pressed") end
  return result
end

-- -- the rest

--- Runs an application of the dialplan until it ends. Several arguments are joined by commas, so none of these may
--- hold one; a single one is given as it is: s:exec("Dial", "PJSIP/101,20,tT").
function class:exec(application, ...)
  text("exec", 1, application, "string")
  local arguments = { ... }
  for i = 1, select("#", ...) do
    arguments[i] = text("exec", i + 1, arguments[i], "string|number|nil")
    if select("#", ...) > 1 and arguments[i]:find(",", 1, true) then
      return nil, tasks.error("invalid", ("exec: argument %d holds a comma, which would begin another one"):format(i))
    end
  end
  local result, err = ask(self, nil, true, "EXEC", application, table.concat(arguments, ","))
  if not result then return nil, err end
  if result == "-2" then
    return nil, tasks.error("invalid", ("the PBX has no application '%s'"):format(application))
  end
  if result == "-1" then return failed(self, application) end
  return true
end

--- A line on Asterisk's console. level: 1 to 4.
function class:verbose(message, level)
  return order(self, quick, true, "VERBOSE", "VERBOSE", text("verbose", 1, message),
    text("verbose", 2, level or 1, "number"))
end

function class:noop(message) return order(self, quick, true, "NOOP", "NOOP", text("noop", 1, message, "string|nil")) end

--- The value; nil if there is none.
function class:database_get(family, name)
  local result, value = ask(self, quick, true, "DATABASE", "GET", text("database_get", 1, family),
    text("database_get", 2, name))
  if not result then return nil, value end
  return value or nil
end

local function database(self, verb, ...)
  local result, err = ask(self, quick, true, "DATABASE", verb, ...)
  if not result then return nil, err end
  if result ~= "1" then return nil, tasks.error("rejected", "DATABASE " .. verb .. " failed on the PBX") end
  return true
end

function class:database_put(family, name, value)
  return database(self, "PUT", text("database_put", 1, family), text("database_put", 2, name),
    text("database_put", 3, value))
end

function class:database_del(family, name)
  return database(self, "DEL", text("database_del", 1, family), text("database_del", 2, name))
end

--- Any other command, word by word: s:command("RECORD", "FILE", ...). Each word is quoted, whatever is in it. Returns
--- { result =, value =, endpos = }.
function class:command(...)
  if select("#", ...) == 0 then misuse("session:command: a command has at least one word") end
  for i = 1, select("#", ...) do options.argument("session:command", i, select(i, ...), "string|number") end
  local result, value, endpos = ask(self, nil, true, ...)
  if not result then return nil, value end
  return { result = result, value = value or nil, endpos = endpos }
end

class.__tostring = function(self) return ("AGI session of %s"):format(tostring(self.channel)) end

function class.__index(self, name)
  if name == "gone" then return core.gone(self.native) end
  return class[name]
end

--- pbx: the name of its PBX, if it is known.
function session.new(native_session, pbx)
  local self = core.call(native_session)
  self.native, self.pbx = native_session, pbx
  return setmetatable(self, class)
end

return session
