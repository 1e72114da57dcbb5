-- A call from outside that nobody answered: one notice to the one whom it concerns, which goes away when somebody has
-- talked to that number. It is shown on the page of the app "popup".
local calls, log, popup = require "calluna.calls", require "calluna.log", require "calluna.popup"
local users = require "calluna.users"

local settings         -- set by `start`
local missed = {}      -- number -> { times, user }; begins anew with the script, the notices stay until their ttl

-- Whom it concerns: the partner's salesperson; the one whose number was dialled; the one whose phone rang, if it was
-- the only one; else who is named in the settings.
local function concerned(call)
  local rep = call.partner and call.partner.salesperson
  local user = rep and users.get(rep.user)
  if user then return user.id end
  user = call.dialed_number and users.by_exten(call.dialed_number, call.pbx)
  if user then return user.id end
  local rang
  for _, leg in ipairs(call.legs) do
    if leg.user and leg.role ~= "caller" then
      if rang and rang ~= leg.user.id then return settings.user end
      rang = leg.user.id
    end
  end
  return rang or settings.user
end

local function key_of(number) return "missed/" .. number end

-- nil if it was withheld.
local function number_of(call)
  local number = call.remote_number
  return number and number:find("%d") and number or nil
end

local function was_missed(call)
  local user, number = concerned(call), number_of(call) or "anonymous"
  if not user then return log.info("%s was missed; nobody is to be told", number) end
  local known = missed[number]
  if known and known.user ~= user then popup.close(known.user, key_of(number)) end
  local times = known and known.times + 1 or 1
  missed[number] = { times = times, user = user }
  local who = call.partner
  popup.show(user, {
    key = key_of(number), state = "notice", sticky = true, ttl = settings.keep_hours * 3600,
    title = who and who.name or call.caller_name or number, company = who and who.company ~= "" and who.company or nil,
    number = number, tags = who and who.tags, url = who and who.url,
    text = ("Missed call, %s%s"):format(os.date("%H:%M"), times > 1 and (", %d times"):format(times) or ""),
  })
  log.info("%s was missed: %s is told", number, user)
end

calls.on("ended", function(call)
  local number = number_of(call)
  if call.status == "answered" then                      -- in either direction: they have talked
    if number and missed[number] then
      missed[number] = nil
      popup.close_all(key_of(number))
    end
    return
  end
  if call.direction == "in" and call.status ~= "unknown_end" then was_missed(call) end
end)

return {
  config = {
    user = { type = "string", help = "who is told of calls that concern nobody in particular: a key of [user.NAME]" },
    keep_hours = { type = "number", default = 24, min = 0.1, max = 168 },
  },
  start = function(config) settings = config end,
  check = function(config)
    if config.user and not users.get(config.user) then
      return nil, ("nobody is called '%s'; config.user is the NAME of a [user.NAME]"):format(config.user)
    end
  end,
}
