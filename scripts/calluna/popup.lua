--- Popups on people's screens: who calls, while the phone rings. What is shown is kept, so that a browser that comes
--- later, or comes again, shows the same; several browsers of one user show, and close, the same. The page that shows
--- them is the example app "popup"; anything else may listen to the same topics (see calluna.push).
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local push = require "calluna.push"
local log = require "calluna.log"

local popup = {}

local prefix = "popup/"
local longest = { title = 200, text = 500, number = 80, company = 200, url = 2000 }
local most_lines, longest_line = 20, 300
local default_ttl = 4 * 3600 -- seconds; for the day when an end is never told

local shown = {
  key = "!string", title = "!string", text = "string", number = "string", company = "string", url = "string",
  tags = "table", lines = "table", sticky = "boolean", state = "string", ttl = "number",
}
local states = { ringing = true, talking = true, ended = true, notice = true }

-- Callers choose their names: what is too long is cut, between characters, and what is no character goes.
local function cut(text, limit)
  text = text:gsub("%c", " ")
  if #text <= limit then return text end
  local at = limit
  while at > 0 and text:byte(at + 1) >= 0x80 and text:byte(at + 1) < 0xC0 do at = at - 1 end
  return text:sub(1, at) .. "…"
end

local function list_of_texts(what, name, list)
  local result = {}
  for i, one in ipairs(list) do
    if i > most_lines then break end
    if type(one) ~= "string" then misuse("popup.show: %s holds a %s; it is a list of texts", name, type(one)) end
    result[i] = cut(one, longest_line)
  end
  if #result == 0 and next(list) ~= nil then
    -- A partner's tags are a set.
    for one in pairs(list) do
      if type(one) ~= "string" then misuse("%s: %s is a list or a set of texts", what, name) end
      if #result < most_lines then result[#result + 1] = cut(one, longest_line) end
    end
    table.sort(result)
  end
  return #result > 0 and result or nil
end

local function topic_of(what, user)
  if type(user) == "table" then user = user.id end
  if type(user) ~= "string" or user == "" then misuse("%s: a user is one of calluna.users, or its key", what) end
  return prefix .. user
end

--- The topic of calluna.push that a user's popups are on, for http.events.
function popup.topic(user) return topic_of("popup.topic", user) end

--- Shows a popup to a user, or changes the one with the same key. opts: key (the call's id, say), title; text, number,
--- company, tags (a list, or a partner's set), lines (a list of texts), url (http or https: "open"), state ("ringing",
--- the default, "talking", "ended", "notice"), sticky (only the user closes it), ttl (seconds, default 4 hours). Texts
--- are shown as they are, never as markup. Returns how many browsers show it, possibly 0; nil, err (refused).
function popup.show(user, opts)
  local what = "popup.show"
  local topic = topic_of(what, user)
  opts = options.check(what, opts, shown)
  local value = { sticky = opts.sticky or nil, state = opts.state or "ringing", at = os.time() }
  if not states[value.state] then
    local near = options.suggest(value.state, states)
    misuse("%s: there is no state '%s'%s", what, value.state, near and (" (did you mean '%s'?)"):format(near) or "")
  end
  for name, limit in pairs(longest) do
    if opts[name] then value[name] = cut(opts[name], limit) end
  end
  if opts.url and (not opts.url:find("^https?://[^%s]+$") or #opts.url > longest.url) then
    log.warning("%s: the url of '%s' is none of http or https and is left out", what, opts.key)
    value.url = nil
  end
  value.tags = opts.tags and list_of_texts(what, "tags", opts.tags)
  value.lines = opts.lines and list_of_texts(what, "lines", opts.lines)
  return push.set(topic, opts.key, value, { ttl = opts.ttl or default_ttl })
end

--- Closes that popup of the user, sticky or not. Returns how many browsers listen.
function popup.close(user, key)
  options.argument("popup.close", 2, key, "string")
  return push.clear(topic_of("popup.close", user), key)
end

--- Closes it for everybody but that user. Returns for how many.
function popup.close_others(key, user)
  options.argument("popup.close_others", 1, key, "string")
  return push.clear_all(prefix, key, { except = topic_of("popup.close_others", user) })
end

--- Closes it for everybody. Returns for how many.
function popup.close_all(key)
  options.argument("popup.close_all", 1, key, "string")
  return push.clear_all(prefix, key)
end

--- How many browsers of that user listen.
function popup.listeners(user) return push.listeners(topic_of("popup.listeners", user)) end

return popup
