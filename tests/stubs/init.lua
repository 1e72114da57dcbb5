-- Compares the library with what expected.lua says of its stubs (see tests/stubs_test.lua). What differs is an error in
-- the log.
local expected = require "expected"
local ari, log, http, agi = require "calluna.ari", require "calluna.log", require "calluna.http", require "calluna.agi"
local calls, phone, queue = require "calluna.calls", require "calluna.phone", require "calluna.queue"

local of_tests = { test = true, sim = true }

local function functions_of(module, names)
  local real = require("calluna." .. module)
  for name in pairs(names) do
    if type(real[name]) ~= "function" then log.error("stub without function: %s.%s", module, name) end
  end
  for name, value in pairs(real) do
    if type(value) == "function" and not names[name] then log.error("function without stub: %s.%s", module, name) end
  end
end

for module, names in pairs(expected.modules) do
  if not of_tests[module] then functions_of(module, names) end
end
for resource, names in pairs(expected.ari) do
  for name in pairs(names) do
    if type(ari[resource][name]) ~= "function" then log.error("stub without function: ari.%s.%s", resource, name) end
  end
  for name in pairs(ari[resource]) do
    if not names[name] then log.error("function without stub: ari.%s.%s", resource, name) end
  end
end

local seen = {}
local function looks_like(class, object, err)
  seen[class] = true
  if object == nil then return log.error("%s: there is no object: %s", class, tostring(err)) end
  for name in pairs(expected.classes[class]) do
    if type(object[name]) ~= "function" then log.error("stub without method: %s:%s", class, name) end
  end
end

looks_like("calluna.odoo.connection", require "calluna.odoo")
looks_like("calluna.task.handle", require "calluna.task".spawn(function() end))
looks_like("calluna.timer.handle", require "calluna.timer".after(60, function() end))
looks_like("calluna.ami.subscription", require "calluna.ami".on("Nothing", function() end))
looks_like("calluna.calls.handle", calls.on("gap", function() end))
looks_like("calluna.app_queue.subscription", require "calluna.app_queue".on("abandoned", function() end))
looks_like("calluna.phone.number", phone.parse("+14155550101"))
local support = queue.new("support", { members = { "PJSIP/101" } })
looks_like("calluna.queue", support)

http.websocket("/screen", function(ws) ws:receive() end)
http.get("/look", function(req) looks_like("calluna.http.incoming", req) end)
agi.serve("look", function(session) looks_like("calluna.agi.session", session) end)

ari.app("stubs", function(ch)
  looks_like("calluna.ari.channel", ch)
  looks_like("calluna.ari.bridge", ari.bridges.create { type = "mixing" })
  looks_like("calluna.ami.event", require "calluna.ami".action { Action = "Ping" })
  looks_like("calluna.app_queue.queue", require "calluna.app_queue".get("sales"))
  looks_like("calluna.partner", require "calluna.partners".lookup(ch.caller.number))
  ch:answer()
  local talk = support:enter(ch)
  looks_like("calluna.talk", talk)
  local call = calls.by_channel(ch.id)
  looks_like("calluna.call", call)
  looks_like("calluna.call.leg", call.legs[1])
  looks_like("calluna.call.verbs", call)
  looks_like("calluna.call.verbs", call.legs[1])
  looks_like("calluna.call_recording", call:record { name = "stubs" })
  looks_like("calluna.spy", call:spy { device = "PJSIP/102" })
end)

ari.app("dials", function(ch)
  ch:answer()
  ch:dial("PJSIP/105")
  local agent = calls.by_channel(ch.id).legs[2]
  looks_like("calluna.consultation", agent:transfer { to = "103", context = "from-phones", attended = true })
end)

-- A WebSocket has no place on the offline PBX; classes of tests are looked at by the test.
http.get("/all", function()
  for class in pairs(expected.classes) do
    local elsewhere = class:find("^calluna%.test") or class == "calluna.sim" or class == "calluna.http.websocket"
    if not seen[class] and not elsewhere then log.error("no object of %s was looked at", class) end
  end
end)
