-- Who is in the directory goes on at once; everybody else hears an announcement first.
-- dialplan:  exten => _X.,1,Stasis(unknown-caller)      then what follows for all
local ari, log, partners = require "calluna.ari", require "calluna.log", require "calluna.partners"

local settings -- set by `start`

-- Whoever cannot be looked up is no stranger: a customer must not hear that.
local function is_unknown(number)
  local directory = partners.status()
  if not directory or not directory.age then
    log.warning("%s: there is no directory yet, so everybody is known", number)
    return false
  end
  local who, why = partners.lookup(number)
  if why then log.warning("%s", why.message) end         -- several have the number
  return not who and not why
end

ari.app("unknown-caller", function(ch)
  if not is_unknown(ch.caller.number) then
    ch:set_variable("CALLER_KNOWN", "1")
    return ch:continue_in_dialplan()
  end
  ch:set_variable("CALLER_KNOWN", "")
  ch:answer()
  local played, err = ch:play(settings.announcement)
  if ch.gone then return end
  if not played then log.warning("'%s' was not played: %s", settings.announcement, tostring(err)) end
  if settings.hangup then return ch:hangup() end
  ch:continue_in_dialplan { context = settings.context, extension = settings.extension }
end)                                                     -- script broken: the next step, as if everybody were known

return {
  config = {
    announcement = { type = "string", required = true, help = "a sound, e.g. custom/not-a-customer" },
    hangup = { type = "boolean", default = false, help = "the call ends after it" },
    context = { type = "string", help = "where it goes then; else to the next step of the dialplan" },
    extension = { type = "string" },
  },
  validate = function(config)
    if config.hangup and config.context then return false, "hangup and context exclude each other" end
    if (not config.context) ~= (not config.extension) then return false, "context and extension belong together" end
    return true
  end,
  start = function(config) settings = config end,
}
