-- Scripts that never come back, and one that wants all memory.
local ari, log = require "calluna.ari", require "calluna.log"

local function app(name, fn)
  ari.app(name, function(ch)
    ch:answer()
    log.info("%s begins: %s", name, ch.id)
    fn(ch)
    log.info("%s: came back", name)
    ch:wait_end()
  end, { fallback = "fallback,s,1" })
end

app("t-good", function() end)
app("t-plain", function() while true do end end)

app("t-hot", function()
  local x = 0
  while true do x = x + 1 end
end)

app("t-pcall", function()
  while true do pcall(function() while true do end end) end
end)

app("t-handler", function(ch)
  ch:on("ChannelDtmfReceived", function() while true do end end)
  ch:wait_end()
end)

app("t-hog", function()
  local t = {}
  while true do t[#t + 1] = ("x"):rep(1e6) .. #t end
end)
