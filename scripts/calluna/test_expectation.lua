--- What a case expects. An expectation looks again at each moment at which something happens, for at most `patience`
--- seconds of the PBX's clock; one that fails says what was expected and what is, and its calls' timelines follow.
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local core = require "calluna.test_core"
local json = require "calluna.json"

local expectation = {}
local patience = 5

local library = debug.getinfo(1, "S").source:match("^(@.*/)test_expectation%.lua$") or "=calluna."

-- Where the test called us.
local function place()
  local level = 2
  while true do
    local info = debug.getinfo(level, "Sl")
    if not info then return "" end
    if info.what ~= "C" and info.source:sub(1, #library) ~= library then
      return ("%s:%d: "):format(info.short_src, info.currentline)
    end
    level = level + 1
  end
end

local failure = { __tostring = function(self) return self.message end }

--- Ends the case. about: serials of channels whose timeline tells why.
function expectation.fail(text, about)
  error(setmetatable({ message = place() .. text, about = about or {}, expected = true }, failure), 0)
end

-- -- what can be said of a call

local function names(list)
  local texts = {}
  for i, one in ipairs(list) do texts[i] = one.who end
  return table.concat(texts, " and ")
end

-- What the channel is doing, in words.
local function doing(c)
  if c.ended then return ("is gone (cause %d)"):format(c.cause) end
  if #c.bridged > 0 then return "is bridged with " .. names(c.bridged) end
  local parts = {}
  if c.state == "Ringing" then parts[#parts + 1] = "rings" end
  if c.music ~= "" then parts[#parts + 1] = ("hears music (%s)"):format(c.music) end
  if c.stasis ~= "" then
    parts[#parts + 1] = "is in Stasis application " .. c.stasis
  elseif c.application ~= "" then
    parts[#parts + 1] = ("is at %s,%s in %s()"):format(c.context, c.extension, c.application)
  end
  if #parts == 0 then parts[1] = "is " .. c.state end
  return table.concat(parts, ", ")
end

local function is_with(list, other)
  for _, one in ipairs(list) do
    if one.serial == other.serial or (other.endpoint and not other.serial and one.endpoint == other.endpoint) then
      return true
    end
  end
  return false
end

local function other_side(what, other)
  if type(other) ~= "table" or not (other.serial or other.endpoint) then
    misuse("%s takes a call or a phone", what)
  end
  return other
end

local function at_place(c, context, extension)
  return c.context == context and (extension == nil or c.extension == tostring(extension))
end

-- Each: fn(channel, ...) -> whether it is so, what it was to do, what it does instead (else: in words), and what was
-- found, if anything
local of_call = {}

function of_call.bridged_with(c, other)
  other_side("bridged_with", other)
  return is_with(c.bridged, other), "be bridged with " .. other.who
end

function of_call.was_bridged_with(c, other)
  other_side("was_bridged_with", other)
  return is_with(c.ever_bridged, other), "have been bridged with " .. other.who
end

-- Up or not, nobody is with it, and there is music, or a queue.
function of_call.waiting(c)
  return not c.ended and #c.bridged == 0 and (c.music ~= "" or c.application == "Queue"), "be waiting"
end

function of_call.up(c) return not c.ended and c.state == "Up", "be answered and there" end

function of_call.ended(c, cause)
  return c.ended and (cause == nil or c.cause == cause), "be gone" .. (cause and (" with cause %d"):format(cause) or "")
end

function of_call.in_stasis(c, application)
  return not c.ended and (application == nil and c.stasis ~= "" or c.stasis == application),
    "be in Stasis application " .. (application or "of any name")
end

function of_call.in_dialplan(c, context, extension)
  options.argument("in_dialplan", 1, context, "string")
  return not c.ended and c.stasis == "" and at_place(c, context, extension),
    ("be in the dialplan at %s,%s"):format(context, extension or "any extension")
end

-- It was there, whatever followed.
function of_call.passed(c, context, extension)
  options.argument("passed", 1, context, "string")
  local begin = ("%s,%s"):format(context, extension and extension .. "," or "")
  local expected = ("have been at %s,%s of the dialplan"):format(context, extension or "any extension")
  for _, step in ipairs(c.dialplan) do
    if step:sub(1, #begin) == begin then return true, expected, "was" end
  end
  return false, expected
end

function of_call.heard(c, sound)
  options.argument("heard", 1, sound, "string")
  local all = "has heard " .. (#c.heard > 0 and table.concat(c.heard, ", ") or "nothing")
  for _, media in ipairs(c.heard) do
    if media == sound or media == "sound:" .. sound then return true, "have heard " .. sound, all end
  end
  return false, "have heard " .. sound, all
end

function of_call.hears_music(c, class)
  return c.music ~= "" and (class == nil or c.music == class), "hear music" .. (class and ": " .. class or "")
end

function of_call.variable(c, name, value)
  options.argument("variable", 1, name, "string")
  local is = c.variables[name]
  return is == value, ("have %s=%s"):format(name, tostring(value)), ("has %s=%s"):format(name, tostring(is))
end

function of_call.named(c, name)
  return c.caller_name == name, ("be called \"%s\""):format(name), ("is called \"%s\""):format(c.caller_name)
end

function of_call.shows(c, text)
  local display = ("%s <%s>"):format(c.connected_name, c.connected_number)
  return display:find(text, 1, true) ~= nil, ("show '%s'"):format(text), ("shows '%s'"):format(display)
end

function of_call.parked(c, space)
  options.argument("parked", 1, space, "string|nil")
  local is = c.parked ~= "" and (space == nil or c.parked == space)
  return is, "be parked" .. (space and " at " .. space or ""),
    c.parked ~= "" and "is parked at " .. c.parked or "is not"
end

-- Whatever becomes of it: no caller stays where nobody is and nothing is heard.
function of_call.cared_for(c)
  local cared = c.ended or #c.bridged > 0 or c.music ~= "" or c.sounding or c.state == "Ringing"
    or (c.stasis == "" and c.application ~= "")
  return cared, "be cared for: talking, hearing something, in the dialplan, or gone"
end

-- -- of a phone: of its newest channel

local function newest(list)
  for i = #list, 1, -1 do
    if not list[i].ended then return list[i] end
  end
  return list[#list]
end

local nowhere = {
  ended = true, cause = 0, parked = "", bridged = {}, ever_bridged = {}, heard = {}, dialplan = {}, variables = {},
  music = "", stasis = "", state = "Down", application = "", context = "", extension = "", caller_name = "",
  connected_name = "", connected_number = "",
}

local of_phone = setmetatable({}, { __index = of_call })
function of_phone.ringing(c) return not c.ended and c.state == "Ringing", "ring" end
function of_phone.idle(c) return c.ended, "be in no call" end
function of_phone.talking(c) return not c.ended and #c.bridged > 0, "talk" end

-- -- of a user, and of all

local function fits(value, wanted)
  for key, one in pairs(wanted) do
    local is = value[key]
    if type(one) == "table" and type(is) == "table" then
      if not fits(is, one) then return false end
    elseif is ~= one then
      return false
    end
  end
  return true
end

local function show(value)
  if type(value) == "string" then return ("'%s'"):format(value) end
  if type(value) ~= "table" then return tostring(value) end
  local keys, parts = {}, {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for i, key in ipairs(keys) do
    parts[i] = (type(key) == "string" and key .. " = " or "") .. show(value[key])
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

local of_user = {}

-- wanted: what the popup has at least; nothing: any. Returns the popup and its key.
function of_user.sees_popup(user, wanted)
  local shown = core("pushed", { topic = "popup/" .. user.id })
  local list = {}
  for key, value in pairs(shown) do
    if fits(value, wanted or {}) then
      return true, "see a popup " .. show(wanted or {}), "sees " .. show(value), value, key
    end
    list[#list + 1] = show(value)
  end
  return false, "see a popup " .. show(wanted or {}),
    #list > 0 and "sees " .. table.concat(list, " and ") or "sees none"
end

local of_odoo = {}

-- A record of the model with at least these values. Returns it.
function of_odoo.has(_, model, wanted)
  options.argument("has", 1, model, "string")
  local list, shown = core("erp_records", { model = model }), {}
  local expected = ("have a record of %s %s"):format(model, show(wanted or {}))
  for i, record in ipairs(list) do
    if fits(record, wanted or {}) then return true, expected, "has " .. show(record), record end
    shown[i] = show(record)
  end
  return false, expected, #shown > 0 and "has " .. table.concat(shown, " and ") or "has none"
end

local of_server = {}

-- It got such a request; wanted: what of json, body, query, headers it had at least. Returns it.
function of_server.was_asked(server, method, path, wanted)
  options.argument("was_asked", 1, method, "string")
  options.argument("was_asked", 2, path, "string")
  local expected = ("have been asked %s %s%s"):format(method, path, wanted and " with " .. show(wanted) or "")
  local shown = {}
  for i, request in ipairs(server:requests()) do
    if request.method == method and request.path == path and fits(request, wanted or {}) then
      return true, expected, "was: " .. show(request), request
    end
    shown[i] = ("%s %s %s"):format(request.method, request.path, request.body)
  end
  return false, expected, #shown > 0 and "was asked " .. table.concat(shown, " and ") or "was asked nothing"
end

local of_websocket = {}

-- It got such a message; wanted: the text, or what its JSON has at least. Returns it.
function of_websocket.received(ws, wanted)
  local expected, shown = ("get %s"):format(show(wanted)), {}
  for i, text in ipairs(ws:received()) do
    local value = type(wanted) == "table" and json.decode(text) or text
    local same = type(wanted) == "table" and type(value) == "table" and fits(value, wanted) or value == wanted
    if same then return true, expected, "got it", value end
    shown[i] = text
  end
  return false, expected, #shown > 0 and "got " .. table.concat(shown, " and ") or "got nothing"
end

-- The app has closed it, or the client; with this code if one is given.
function of_websocket.closed(ws, code)
  local is = core("websocket_state", { websocket = ws.number }).closed
  return is ~= nil and (code == nil or is == code), "be closed" .. (code and " with " .. code or ""),
    is and "was closed with " .. is or "is open"
end

local of_pbx = {}

function of_pbx.logged(_, text)
  options.argument("logged", 1, text, "string")
  for _, line in ipairs(core("log")) do
    if line.text:find(text, 1, true) then return true, ("log '%s'"):format(text), "did: " .. line.text end
  end
  return false, ("log '%s'"):format(text), "did not log it"
end

-- It has asked the PBX for something that holds this text: "POST channels/", "/answer", "QueuePause".
function of_pbx.asked(_, text)
  options.argument("asked", 1, text, "string")
  local list = core("asked")
  for _, request in ipairs(list) do
    if request:find(text, 1, true) then return true, ("ask for '%s'"):format(text), "did: " .. request end
  end
  return false, ("ask for '%s'"):format(text), "asked for " .. (#list > 0 and table.concat(list, ", ") or "nothing")
end

-- -- the machinery

local kinds = {
  call = of_call, phone = of_phone, user = of_user, odoo = of_odoo, server = of_server, websocket = of_websocket,
  pbx = of_pbx,
}

-- The subject as it is now, and the channels it is about.
local function look(subject)
  if subject.kind == "call" then
    local c = core("channel", { serial = subject.serial })
    return c, { subject.serial }
  elseif subject.kind == "phone" then
    local list, about = core("phone_channels", { endpoint = subject.endpoint }), {}
    for i, c in ipairs(list) do about[i] = c.serial end
    return newest(list) or nowhere, about
  end
  return subject, {}
end

local function check(subject, name, wanted, ...)
  local rule = kinds[subject.kind][name]
  local left = patience
  while true do
    local now, about = look(subject)
    local is, expected, instead, found, key = rule(now, ...)
    if is == wanted then return found, key end
    local before = core("now")
    local more = left > 0 and wanted and core("step", { seconds = left })
    left = left - (core("now") - before)
    if not more then
      instead = instead or (subject.kind == "phone" and now == nowhere and "was never called") or
        (now.serial and doing(now)) or "is not"
      for _, other in ipairs { ... } do
        if type(other) == "table" and other.serial then about[#about + 1] = other.serial end
      end
      expectation.fail(("expected %s %sto %s, but it %s"):format(subject.who, wanted and "" or "not ", expected,
        instead), about)
    end
  end
end

local function subject_methods(wanted)
  return {
    __index = function(self, name)
      local kind = kinds[self.subject.kind]
      if not kind[name] then
        local known = {}
        for each in pairs(kind) do known[each] = true end
        local near = options.suggest(name, known)
        misuse("t.expect: nothing is called '%s' of a %s%s", name, self.subject.kind,
          near and (" (did you mean '%s'?)"):format(near) or "")
      end
      return function(_, ...) return check(self.subject, name, wanted, ...) end
    end,
  }
end

local positive, negative = subject_methods(true), subject_methods(false)

local function begin(what, subject, methods)
  if type(subject) ~= "table" or not kinds[subject.kind] then
    misuse("%s takes a call, a phone, a user, Odoo, a server or the pbx; for plain values there is t.equal", what)
  end
  return setmetatable({ subject = subject }, methods)
end

function expectation.expect(subject) return begin("t.expect", subject, positive) end
function expectation.expect_not(subject) return begin("t.expect_not", subject, negative) end

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for key, value in pairs(a) do
    if not same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

function expectation.equal(is, wanted)
  if not same(is, wanted) then expectation.fail(("expected %s, but it is %s"):format(show(wanted), show(is))) end
end

return expectation
