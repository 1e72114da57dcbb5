-- What dialplans ask for: the caller's name, tags and manager; over HTTP for CURL(), as FastAGI, and in Stasis.
-- Whoever asks gets an empty answer rather than an error: what is answered may end up on a telephone's display.
local agi, ari, http, log = require "calluna.agi", require "calluna.ari", require "calluna.http", require "calluna.log"
local partners, phone = require "calluna.partners", require "calluna.phone"

local settings -- set by `start`

-- Dialplans cut the "+" off, or send it as it is, which is a space in a query. So what is no number of the region may
-- be an international one.
local function find(number, country)
  number = (number or ""):gsub("^ ", "+"):gsub("%c", "")
  local region = country and country:match("^%a%a$") and country:upper() or nil
  local who, why = partners.lookup(number, { region = region })
  if not who and not why and number:find("^[1-9]%d+$") and #number >= 8 then
    local known_region, here = pcall(phone.parse, number, region)
    if not (known_region and here and here:is_valid()) then who, why = partners.lookup("+" .. number) end
  end
  if why then log.info("%s", why.message) end
  return who
end

local longest = 80 -- bytes; telephones show less, and a SIP message has to fit into one packet

-- As it may be shown: in one line, without marks that turn the direction of what follows, cut between characters.
local function plain(text)
  text = text:gsub("[%z\1-\31\127]+", " "):gsub("\194[\128-\159]", " "):gsub("\226\128[\168\169]", " ")
  text = text:gsub("\226\128[\170-\174]", ""):gsub("\226\129[\166-\169]", ""):gsub("^ +", ""):gsub(" +$", "")
  if #text <= longest then return text end
  local last = longest
  while last > 0 and text:find("^[\128-\191]", last + 1) do last = last - 1 end
  return text:sub(1, last)
end

local function sorted_tags(who)
  local tags = {}
  for tag in pairs(who.tags) do tags[#tags + 1] = plain(tag):gsub(", *", " ") end -- a comma would begin another one
  table.sort(tags)
  return tags
end

local function name(who) return who and plain(who.display_name) or "" end
local function tags(who) return who and table.concat(sorted_tags(who), ",") or "" end
-- As Dial() takes it.
local function manager(who) return who and who.salesperson and table.concat(who.salesperson.endpoints, "&") or "" end

-- -- HTTP

local text = { ["content-type"] = "text/plain; charset=utf-8" }

local function answer(what)
  return function(req)
    local ok, found = pcall(function() return what(find(req.query.number, req.query.country), req) end)
    if not ok then log.error("%s: %s", req.path, tostring(found)) end
    return 200, ok and found or "", text
  end
end

local answers = {
  name = answer(name),
  tags = answer(tags),
  manager = answer(manager),
  -- "1" if the caller has exactly that tag: a dialplan that looks for "VIP" in a list finds "NOVIP", too.
  has_tag = answer(function(who, req) return who and req.query.tag and who.tags[req.query.tag] and "1" or "" end),
}

local function serve_http(opts)
  http.get("/v1/caller/name", opts, answers.name)
  http.get("/v1/caller/tags", opts, answers.tags)
  http.get("/v1/caller/manager", opts, answers.manager)
  http.get("/v1/caller/has_tag", opts, answers.has_tag)
  -- Where dialplans written for OdooPBX ask.
  http.get("/asterisk_plus/get_caller_name", opts, answers.name)
  http.get("/asterisk_plus/get_caller_tags", opts, answers.tags)
  http.get("/asterisk_plus/get_partner_manager", opts, answers.manager)
end

-- -- channel variables, of a FastAGI session or a channel in Stasis

local function tell(channel, who)
  if who then channel:set_variable("CALLERID(name)", name(who)) end
  channel:set_variable("CALLER_NAME", name(who))
  channel:set_variable("CALLER_COMPANY", who and plain(who.company or "") or "")
  channel:set_variable("CALLER_TAGS", tags(who))
  channel:set_variable("CALLER_MANAGER", manager(who))
  for _, tag in ipairs(settings.tags) do
    channel:set_variable("CALLER_TAG_" .. tag:gsub("[^%w]", "_"), who and who.tags[tag] and "1" or "")
  end
end

-- AGI(agi://HOST/caller_name[,NUMBER[,COUNTRY]])
agi.serve("caller_name", function(session)
  local number = session.args[1]
  if not number or number == "" then number = session.callerid.number end
  tell(session, find(number, session.args[2]))
end)

-- Stasis(caller-name), then the dialplan goes on.
ari.app("caller-name", function(ch)
  tell(ch, find(ch.caller.number))
  ch:continue_in_dialplan()
end)

return {
  config = {
    allow = {
      type = "table", default = { "127.0.0.1", "::1" },
      help = "networks that may ask over HTTP without a token: the PBX's address",
    },
    tags = { type = "table", default = { "VIP" }, help = "tags that become variables: CALLER_TAG_VIP is 1 or empty" },
  },
  start = function(config)
    settings = config
    serve_http { allow = config.allow, timeout = 2 }
  end,
}
