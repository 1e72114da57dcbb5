local t = require "calluna.test"

t.setup {
  config = { members = { "PJSIP/101" } },
  dialplan = [[
[voicemail]
exten => support,1,Wait(60)
[fallback]
exten => s,1,Wait(60)
]],
}

t.case("a VIP caller passes the ordinary ones", function(pbx)
  pbx:partner { number = "+14155550101", name = "Ann", tags = { "VIP" } }
  local agent = pbx:phone("101", { busy = true })
  local bob, ann = pbx:call { from = "+14155550199" }, pbx:call { from = "+14155550101" }
  pbx:advance(5)
  agent:hangup()
  t.expect(ann):bridged_with(agent)
  t.expect(bob):waiting()
end)
