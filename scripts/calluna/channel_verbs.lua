--- One face for the verbs on a channel { pbx, channel = its name, id = its unique id, stasis = its application }: ARI
--- where a Stasis application leads it, AMI where it is in the dialplan. docs/lua/calls.md has the table. Everything
--- that ends in an application's arguments, an extension or a file's name is checked here.
local native = ...
local ami_leg = require "calluna.ami_leg"
local ari_channel = require "calluna.ari_channel"
local dial_text = require "calluna.dial_text"
local dialplan = require "calluna.dialplan_verbs"
local manager = require "calluna.manager"
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local spying = require "calluna.spying"
local stasis = require "calluna.stasis_verbs"
local users = require "calluna.users"
local tasks = native.task

local verbs = {}

local function perform(channel, verb, ...)
  local led = channel.stasis and native.ari.has(channel.pbx)
  if not led then return dialplan[verb](channel, ...) end
  local value, err = stasis[verb](channel, ...)
  -- It has left Stasis meanwhile.
  if not value and err and err.code == 409 then return dialplan[verb](channel, ...) end
  return value, err
end

local causes = { normal = 16, busy = 17, rejected = 21, congestion = 34, no_answer = 19 }

--- opts: reason ("normal", "busy", "rejected", "congestion", "no_answer") or cause (Q.850).
function verbs.hangup(channel, opts)
  opts = options.check("hangup", opts, { reason = "string", cause = "number" })
  if opts.reason and not causes[opts.reason] then
    misuse("hangup: there is no reason '%s'; it is normal, busy, rejected, congestion or no_answer", opts.reason)
  end
  local cause = opts.cause or causes[opts.reason or "normal"]
  -- ARI ends any channel.
  if not manager.has(channel.pbx) then return stasis.hangup(channel, cause) end
  return perform(channel, "hangup", cause)
end

function verbs.set_variable(channel, name, value)
  options.argument("set_variable", 1, name, "string")
  options.argument("set_variable", 2, value, "string|number|boolean|nil")
  local checked, err = dial_text.variable("the variable's name", name)
  if not checked then return nil, err end
  checked, err = dial_text.line("the value", value == nil and "" or tostring(value))
  if not checked then return nil, err end
  return perform(channel, "set_variable", name, checked)
end

function verbs.send_dtmf(channel, digits)
  options.argument("send_dtmf", 1, digits, "string|number")
  local checked, err = dial_text.digits("the digits", tostring(digits))
  if not checked then return nil, err end
  return perform(channel, "send_digits", checked)
end

local function place(channel, opts)
  local to, context, err
  local given = opts.to
  if type(given) == "table" or type(given) == "userdata" then given = given.e164 end
  if type(given) ~= "string" and type(given) ~= "number" then
    misuse("transfer: to is a text or a number of phone.parse")
  end
  to, err = dial_text.extension("to", type(given) == "number" and ("%.0f"):format(given) or given)
  if not to then return nil, nil, err end
  if opts.context then
    context, err = dial_text.context("the context", opts.context)
  else
    context = manager.context_of(channel.pbx, (channel.channel or ""):match("^(.+)%-%x+$"))
    if not context then err = tasks.error("invalid", "transfer: nobody says in which context: give it one") end
  end
  return context and to, context, err
end

--- opts: to, context (default: that of the channel's own phone), attended, timeout (seconds to answer a consultation,
--- default 30).
function verbs.transfer(channel, opts)
  opts = options.check("transfer", opts, {
    to = "!any", context = "string", attended = "boolean", timeout = "number",
  })
  local to, context, err = place(channel, opts)
  if not to then return nil, err end
  if opts.attended then return perform(channel, "consult", to, context, opts.timeout or 30) end
  return perform(channel, "transfer", to, context)
end

function verbs.hold(channel) return perform(channel, "hold") end
function verbs.resume(channel) return perform(channel, "resume") end

--- Parking is AMI's, and works on both kinds of channels. opts: lot, parker (a channel's name).
function verbs.park(channel, opts)
  local lot, parker = opts.lot, opts.parker
  local err
  if lot then
    lot, err = dial_text.context("the lot", lot)
    if not lot then return nil, err end
  end
  if parker then
    parker, err = dial_text.channel("the parker", parker)
    if not parker then return nil, err end
  end
  return dialplan.park(channel, lot, parker)
end

--- opts: name (default: the channel's id), format (default "wav").
function verbs.record(channel, opts)
  opts = options.check("record", opts, { name = "string", format = "string" })
  local name, err = dial_text.file("the recording's name", opts.name or (channel.id:gsub("[^%w._-]", "_")))
  if not name then return nil, err end
  local format
  format, err = dial_text.file("the format", opts.format or "wav")
  if not format then return nil, err end
  return perform(channel, "record", name, format)
end

--- opts: to ("leg": only this party hears, the default; "both"), timeout (seconds).
function verbs.play(channel, media, opts)
  opts = options.check("play", opts, { to = "string", timeout = "number" })
  if opts.to and opts.to ~= "leg" and opts.to ~= "both" then
    misuse("play: to is 'leg' or 'both', not '%s'", opts.to)
  end
  return perform(channel, "play", media, opts)
end

--- Only a call that this app leads in Stasis dials: in the dialplan that is the dialplan's.
function verbs.dial(channel, endpoints, opts)
  local own = ari_channel.find(channel.id)
  if own then return own:dial(endpoints, opts) end
  return nil, tasks.error("refused", "this app does not lead the call, so it cannot dial for it: the dialplan can "
    .. "hand it over (Stasis), or transfer{} sends it somewhere that dials")
end

-- The first device that may be rung, of opts.device or opts.user.
local function device_of(what, opts)
  if opts.device then return { channel = opts.device } end
  if opts.user == nil then misuse("%s: option 'device' or 'user' is needed", what) end
  local user = opts.user
  if type(user) ~= "table" then user = users.get(user) end
  for _, device in ipairs(user and user.devices or {}) do
    if device.originate ~= false then return device end
  end
  local name = user and (user.name or user.id) or opts.user
  return nil, tasks.error("invalid", ("%s: no device of %s may be rung"):format(what, tostring(name)))
end

local function phone_options(what, opts)
  local device, err = device_of(what, opts)
  if not device then return nil, nil, err end
  local auto = opts.auto_answer
  if auto == true then auto = device.auto_answer end
  return device.channel, { timeout = opts.timeout, auto_answer = auto, callerid = opts.callerid }
end

local phone_keys = {
  device = "string", user = "table|string|number", auto_answer = "boolean|string", timeout = "number",
  callerid = "string", mode = "string",
}

--- opts: device ("PJSIP/110") or user: whose phone listens; mode ("listen", "whisper", "barge"; default "listen");
--- auto_answer, timeout, callerid.
function verbs.spy(channel, opts)
  opts = options.check("spy", opts, phone_keys)
  local mode = opts.mode or "listen"
  if not spying.modes[mode] then misuse("spy: mode is 'listen', 'whisper' or 'barge', not '%s'", mode) end
  local endpoint, phone, err = phone_options("spy", opts)
  if not endpoint then return nil, err end
  return spying.start(channel, endpoint, mode, phone)
end

local function fetch(channel, opts, application, data)
  local endpoint, phone, err = phone_options("pickup", opts)
  if not endpoint then return nil, err end
  local name, number
  name, number, err = dial_text.callerid("callerid", opts.callerid or "pickup")
  if err then return nil, err end
  local leg
  leg, err = ami_leg.answered(endpoint, {
    pbx = channel.pbx, application = application, data = data, timeout = phone.timeout or 20,
    auto_answer = phone.auto_answer, shown_name = name, shown_number = number,
  }, "pickup")
  return leg and true, err
end

--- Takes the call for which `channel` rings to another phone. opts: device or user, auto_answer, timeout, callerid.
function verbs.pickup(channel, opts)
  opts = options.check("pickup", opts, phone_keys)
  local target, err = dial_text.channel("the channel", channel.id or channel.channel)
  if not target then return nil, err end
  return fetch(channel, opts, "PickupChan", target)
end

--- Takes a parked call. parking: { lot, space }.
function verbs.unpark(channel, parking, opts)
  opts = options.check("pickup", opts, phone_keys)
  local space, err = dial_text.extension("the place", tostring(parking.space))
  if not space then return nil, err end
  local lot
  lot, err = dial_text.context("the lot", parking.lot or "default")
  if not lot then return nil, err end
  return fetch(channel, opts, "ParkedCall", lot .. "," .. space)
end

return verbs
