-- Click-to-call over HTTP: whoever has a token may let their own phones ring, and be connected with a number.
--   POST /v1/calls {"number": "+49 30 5550000"}     Idempotency-Key: the same one twice is one call
-- The page http://HOST:PORT/click/ makes the browser bring tel: links here.
local calls, http = require "calluna.calls", require "calluna.http"
local log, phone, users = require "calluna.log", require "calluna.phone", require "calluna.users"

local settings -- set by `start`

local function own_user(req)
  local user = req.auth and req.auth.user and users.get(req.auth.user)
  if not user then return nil, 403, { error = "this token belongs to no user" } end
  if #users.endpoints(user) == 0 then return nil, 409, { error = "no active phone assigned" } end
  return user
end

-- Not `is_valid`: a range that was given out last week is none for it yet, and the PBX says soon enough what is wrong.
local impossible = {
  local_only = "its area code is missing", too_short = "it is too short", too_long = "it is too long",
  invalid_length = "it is too short or too long", invalid_country_code = "there is no such country code",
}

-- What is dialled: short numbers as they are, others with the prefix for the line outside; and what the phone shows.
local function dialled(text, user)
  local inside = text:match("^%s*(%d+)%s*$")
  if inside and #inside <= settings.extension_digits then return inside, inside end
  local region = settings.region or (user.lang and user.lang:match("_(%u%u)$"))
  local number, err = phone.parse(text, region)
  if not number then return nil, tostring(err) end
  local _, why = number:is_possible()
  if impossible[why] then return nil, ("%s is no telephone number: %s"):format(number.e164, impossible[why]) end
  return settings.prefix .. (settings.plus and number.e164 or number.e164:sub(2)), number:format "international"
end

-- "invalid" is a phone that cannot be rung as it is set up: nobody knows the context it dials in, for example.
local status_of = {
  busy = 409, noanswer = 409, rejected = 409, cancelled = 409, invalid = 409, offline = 503, congestion = 502,
}

http.post("/v1/calls", { rate = "10/min", timeout = 90 }, function(req)
  local user, status, problem = own_user(req)
  if not user then return status, problem end
  local body = req.json
  if type(body) ~= "table" or type(body.number) ~= "string" then
    return 422, { error = "the body is JSON with a number: {\"number\": \"+49 30 5550000\"}" }
  end
  local to, shown = dialled(body.number, user)
  if not to then return 422, { error = shown } end
  local key = req.headers["idempotency-key"]
  if key and #key > 64 then return 422, { error = "Idempotency-Key is longer than 64 characters" } end
  local call, err = calls.click {
    user = user, to = to, callerid = shown, auto_answer = settings.auto_answer, ring_timeout = settings.ring_timeout,
    id = key and ("http/%s/%s"):format(user.id, key) or nil,
  }
  if call then return 201, { id = call.id, status = call.status } end
  log.info("%s calls %s: %s", user.id, to, tostring(err))
  return status_of[err.kind] or 502, { error = tostring(err), kind = err.kind, side = err.side }
end)

-- Ends a call of one's own.
http.delete("/v1/calls/{id}", function(req)
  local user, status, problem = own_user(req)
  if not user then return status, problem end
  local call = calls.get(req.params.id)
  local mine = false
  for _, leg in ipairs(call and call.legs or {}) do mine = mine or (leg.user and leg.user.id == user.id) end
  if not mine then return 404, { error = "no such call" } end
  local ok, err = call:hangup()
  if not ok and err.kind ~= "gone" then return 502, { error = tostring(err) } end
end)

http.files("/click", "web", { auth = "none" })

return {
  config = {
    region = { type = "string", help = "how numbers without a country code are read (DE); else the user's language" },
    prefix = { type = "string", default = "", help = "what the dialplan wants before a number outside: 0" },
    plus = { type = "boolean", default = true, help = "numbers are dialled with their +" },
    extension_digits = { type = "number", default = 5, min = 0, help = "what is as short is an extension" },
    auto_answer = { type = "boolean", default = true, help = "phones answer by themselves, by their device's setting" },
    ring_timeout = { type = "number", default = 15, min = 1, help = "seconds the user's phones ring" },
  },
  start = function(config) settings = config end,
}
