-- Who calls, on the screens of those whose phones ring; gone as soon as a colleague has answered.
-- The page is http://HOST:PORT/popup/, the sign-in a token: calluna token add NAME --user USER
local calls, http, popup = require "calluna.calls", require "calluna.http", require "calluna.popup"
local users = require "calluna.users"

local settings -- set by `start`

local function wanted(call) return call.direction == "in" or (settings.internal and call.direction == "internal") end

-- One's own phone that rings because of a click is no news.
local function concerns(call, leg)
  return leg.user and leg.role ~= "caller" and not (call.click and leg.role == "user")
end

local function show(call, user, state, sticky)
  local who = call.partner
  local number = call.direction == "internal" and call.caller_number or call.remote_number
  local queue = call.queue and call.queue.name
  popup.show(user, {
    key = call.id, state = state, sticky = sticky, number = number, url = who and who.url,
    title = who and who.name or call.caller_name or number or "Unknown caller",
    company = who and who.company ~= "" and who.company or nil, tags = who and who.tags,
    lines = { queue and "Queue " .. queue or nil },
  })
end

-- What is on the screen of the user of `leg` follows from what their legs are doing.
local function refresh(call, leg)
  if not concerns(call, leg) then return end
  local rings, talks, talked = false, false, false
  for _, one in ipairs(call.legs) do
    if one.user and one.user.id == leg.user.id and concerns(call, one) then
      talks = talks or (one.answered_at and not one.ended)
      rings = rings or (one.rang_at and not one.answered_at and not one.ended)
      talked = talked or one.answered_at
    end
  end
  if talks then return show(call, leg.user, "talking") end
  if rings then return show(call, leg.user, "ringing") end
  if talked and settings.sticky then return show(call, leg.user, "ended", true) end
  popup.close(leg.user, call.id)
end

calls.on({ "ringing", "answered", "left" }, function(call, leg)
  if wanted(call) and leg then refresh(call, leg) end
end)

calls.on("answered", function(call, leg)
  if not wanted(call) or leg.role == "caller" then return end
  if leg.user then popup.close_others(call.id, leg.user) else popup.close_all(call.id) end
end)

calls.on("merged", function(call, _, event)              -- two calls have become one, which has one popup
  popup.close_all(event.other)
  if not wanted(call) then return end
  for _, leg in ipairs(call.legs) do
    if not leg.ended then refresh(call, leg) end
  end
end)

-- Paths of the page. Its files are open to everybody, what it shows is not.
http.files("/popup", "web", { auth = "none" })

local function of_nobody(req)
  if not req.auth or not req.auth.user then return 403, { error = "this token belongs to no user" } end
end

http.events("/popup/events", function(req)
  local status, problem = of_nobody(req)
  if status then return status, problem end
  return popup.topic(req.auth.user)
end)

http.get("/popup/me", function(req)
  local status, problem = of_nobody(req)
  if status then return status, problem end
  local user = users.get(req.auth.user)
  return { user = req.auth.user, name = user and user.name or req.auth.user }
end)

http.delete("/popup/cards/{key}", function(req)          -- closed in one browser, closed in all of that user
  local status, problem = of_nobody(req)
  if status then return status, problem end
  popup.close(req.auth.user, req.params.key)
end)

-- For `calluna doctor`: whose screen could it be?
local function check()
  for _, user in ipairs(users.all()) do
    if #user.devices > 0 then return end
  end
  return nil, "no user has a phone, so nobody will see a popup; give each [user.NAME] its devices"
end

return {
  config = {
    internal = { type = "boolean", default = false, help = "calls between extensions, too" },
    sticky = { type = "boolean", default = false, help = "who has talked closes the popup themselves" },
  },
  start = function(config)
    settings = config
    for _, call in ipairs(calls.active()) do             -- the runtime was restarted in the middle of calls
      for _, leg in ipairs(call.legs) do
        if wanted(call) and not leg.ended then refresh(call, leg) end
      end
    end
  end,
  check = check,
}
