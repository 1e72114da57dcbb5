-- Calls of FastAGI. The dialplan (lab: extension `agi`) says which script; the log tells what came of it.
local agi, calls, log = require "calluna.agi", require "calluna.calls", require "calluna.log"
local partners, phone, task = require "calluna.partners", require "calluna.phone", require "calluna.task"

local function tell(what, value, err)
  log.info("%s: %s", what, tostring(value == nil and err and err.kind .. ": " .. err.message or value))
end

-- What a value must survive; the second half of the test looks at it from outside.
local hostile = {
  "; , \" ' \\ ) endpos=1 (x)", "${SHELL(ls)} $[1+1]", "\" \"EXEC NoOp x", "ünïcödé 💡", "\t tab", "\\", " ", "",
}

agi.serve("variables", function(s)
  tell("call", ("%s %s %s %s %s"):format(s.script, s.query.country, s.args[1], s.args[2], s.context))
  tell("caller", ("%s %s"):format(s.callerid.name, s.callerid.number))
  tell("pbx", s.pbx)
  local good = 0
  for i, value in ipairs(hostile) do
    assert(s:set_variable("LAB_" .. i, value))
    local back, err = s:get_variable("LAB_" .. i)
    if back == value then good = good + 1 else tell("hostile " .. i, back, err) end
  end
  tell("hostile values kept", good)
  tell("line end", s:set_variable("LAB_X", "a\nEXEC NoOp evil"))
  tell("too long", s:set_variable("LAB_X", ("x"):rep(3000)))
  tell("longest", s:set_variable("LAB_X", ("x"):rep(2000)))
  tell("its length", s:get_full_variable("${LEN(${LAB_X})}"))
  tell("unset", s:get_variable("LAB_UNSET"))
  s:set_callerid('"Ann, A" <+4930>')
  tell("callerid", s:get_full_variable("${CALLERID(name)}/${CALLERID(num)}"))
  tell("call known", calls.by_channel(s.channel, s.pbx) ~= nil)
  tell("normalized", phone.normalize("030 5550000"))
  tell("lookup", partners.lookup("030 5550000") == nil)
  tell("database", s:database_put("lab", "k", "v") and s:database_get("lab", "k"))
  tell("database gone", s:database_del("lab", "k") and s:database_get("lab", "k"))
  s:set_variable("LAB_RESULT", "done")
end)

agi.serve("media", function(s)
  tell("answer", s:answer())
  tell("status", s:channel_status())
  tell("stream", s:stream_file("beep", "#"))
  tell("missing", s:stream_file("no-such-file"))
  tell("digits", s:say_digits(12))
  tell("number", s:say_number(7))
  tell("no key", s:wait_for_digit(0.1))
  tell("no data", s:get_data("beep", { timeout = 0.2, max_digits = 2 }))
  tell("exec", s:exec("NoOp", "a", "b"))
  tell("no application", s:exec("NoSuchApplication"))
  tell("system", s:exec("System", "touch /tmp/evil"))
  tell("nonsense", s:command("NONSENSE"))
  tell("verbose", s:verbose("hello", 1))
end)

agi.serve("place", function(s)
  s:set_context("agi-place")
  s:set_extension("other")
  s:set_priority(1)
end)

agi.serve("hangup", function(s)
  s:answer()
  log.info("waiting on %s", s.channel)
  tell("wait", s:wait_for_digit(60))
  tell("sleep", task.sleep(60))
  tell("stream", s:stream_file("beep"))
  tell("gone", s.gone)
end)

agi.serve("error", function() error("a mistake in the script") end)

-- All of them are there at the same time: the last one to come opens the door.
local wanted, there, wrong, ended = 500, 0, 0, 0
agi.serve("load", function(s)
  for i = 1, 10 do
    local value = s.uniqueid .. " " .. i
    local ok = s:set_variable("LAB_" .. i, value)
    if not ok or s:get_variable("LAB_" .. i) ~= value then wrong = wrong + 1 end
  end
  there = there + 1
  if there == wanted then log.info("load: all %d are there, %d wrong", there, wrong) end
  while there < wanted do
    if not task.sleep(0.1) then break end
  end
  ended = ended + 1
  if ended == wanted then log.info("load: all %d ended", ended) end
end)
