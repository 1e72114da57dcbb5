-- Greets each caller of the Stasis application "hello" and says the number it called from.
local ari, log = require "calluna.ari", require "calluna.log"

ari.app("hello", function(ch)
  log.info("a call from %s", ch.caller.number)
  ch:answer()
  ch:play("hello-world")
  if ch.caller.number ~= "" then ch:say(ch.caller.number, { as = "digits" }) end
end)
