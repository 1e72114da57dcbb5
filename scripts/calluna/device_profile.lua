--- What makes a phone answer by itself: the SIP header its family looks for. Most phones also have a setting that must
--- allow it. A header goes onto the INVITE through PJSIP_HEADER, which only PJSIP channels have.
local native = ...
local dial_text = require "calluna.dial_text"
local options = require "calluna.options"
local tasks = native.task

local profile = {}

local answer_after = { "Call-Info", "<sip:localhost>;answer-after=0" }
local alert_autoanswer = { "Alert-Info", "<sip:localhost>;info=alert-autoanswer;delay=0" }

-- Family -> header, value; as integrators of these phones set it up. What the phone must allow is beside it. Firmware
-- differs: try it on one phone; auto_answer takes a whole header too.
local families = {
  -- features.intercom.allow = 1 (Yealink, administrator's guide)
  yealink = alert_autoanswer,
  -- "Allow Auto Answer by Call-Info/Alert-Info"
  grandstream = answer_after,
  -- intercom enabled
  snom = answer_after,
  -- voIpProt.SIP.alertInfo.1.value = "Auto Answer", .class = autoAnswer
  polycom = { "Alert-Info", "Auto Answer" },
  -- "Auto Answer Page" = yes
  cisco = answer_after,
  -- intercom enabled
  fanvil = alert_autoanswer,
  -- auto answer by SIP header
  microsip = answer_after,
  -- "Server side auto answer", in the paid edition
  zoiper = answer_after,
  -- newer ones; others answer by their own setting
  linphone = answer_after,
}

--- The families there are, in alphabetical order.
function profile.names()
  local list = {}
  for name in pairs(families) do list[#list + 1] = name end
  table.sort(list)
  return list
end

--- The header of `text`: a family ("yealink", whatever its case), or a header of your own ("Call-Info:
--- <sip:x>;answer-after=0"). Returns name, value; or nil, err (kind "invalid").
function profile.header(text)
  local family = families[text:lower()]
  if family then return family[1], family[2] end
  local line, err = dial_text.line("auto_answer", text)
  if not line then return nil, err end
  local name, value = line:match("^([%w-]+):%s*(.+)$")
  if name then return name, value end
  local near = options.suggest(text, families)
  return nil, tasks.error("invalid", ("auto_answer: no phone family is called '%s'%s; there are %s, or give a header: "
    .. "'Call-Info: <sip:localhost>;answer-after=0'"):format(text:sub(1, 40):gsub("%c", "?"),
    near and (" (did you mean '%s'?)"):format(near) or "", table.concat(profile.names(), ", ")))
end

--- Adds to `variables` what makes `endpoint` answer by itself. Returns true; or nil, err.
function profile.add(variables, endpoint, text)
  local name, value = profile.header(text)
  if not name then return nil, value end
  if not endpoint:find("^[Pp][Jj][Ss][Ii][Pp]/") then
    return nil, tasks.error("invalid", ("auto_answer: %s is no PJSIP endpoint, so it takes no header"):format(endpoint))
  end
  variables[("PJSIP_HEADER(add,%s)"):format(name)] = value
  return true
end

return profile
