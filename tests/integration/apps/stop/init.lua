-- Calls that stay until somebody hangs up.
local ari, log = require "calluna.ari", require "calluna.log"

ari.app("t-stay", function(ch)
  ch:answer()
  log.info("stays")
  ch:wait_end()
  log.info("ended")
end, { fallback = "fallback,s,1" })
