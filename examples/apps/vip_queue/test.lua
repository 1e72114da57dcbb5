local t = require "calluna.test"

t.setup {
  config = { members = { "PJSIP/101" } },
  dialplan = [[
[voicemail]
exten => support,1,Wait(600)
[fallback]
exten => s,1,Wait(600)
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

t.case("another tag that has VIP in its name does not help", function(pbx)
  pbx:partner { number = "+14155550101", name = "Ann", tags = { "NOVIP" } }
  local agent = pbx:phone("101", { busy = true })
  local bob, ann = pbx:call { from = "+14155550199" }, pbx:call { from = "+14155550101" }
  agent:hangup()
  t.expect(bob):bridged_with(agent)
  t.expect(ann):waiting()
end)

t.case("the phone shows the partner's name", function(pbx)
  pbx:partner { number = "+14155550101", name = "Ann", company = "Archer Ltd" }
  local agent = pbx:phone("101")
  pbx:call { from = "+14155550101" }
  t.expect(agent):ringing()
  t.expect(agent):shows("Ann (Archer Ltd)")
end)

t.case("who waits for too long goes to voicemail; a VIP later", { config = { max_wait = 20, vip_max_wait = 40 } },
  function(pbx)
    pbx:partner { number = "+14155550101", name = "Ann", tags = { "VIP" } }
    pbx:phone("101", { does = "noanswer" })
    local bob, ann = pbx:call { from = "+14155550199" }, pbx:call { from = "+14155550101" }
    pbx:advance(21)
    t.expect(bob):in_dialplan("voicemail", "support")
    t.expect(ann):waiting()
    pbx:advance(20)
    t.expect(ann):in_dialplan("voicemail", "support")
  end)

t.case("an agent is left alone for a while after a talk", function(pbx)
  local agent = pbx:phone("101")
  local ann, bob = pbx:call { from = "+14155550101" }, pbx:call { from = "+14155550199" }
  t.expect(ann):bridged_with(agent)
  ann:hangup()
  pbx:advance(4)
  t.expect(agent):idle()
  t.expect(bob):bridged_with(agent)
end)

t.case("an agent who does not answer is left out for a while", { config = { members = { "PJSIP/101", "PJSIP/102" } } },
  function(pbx)
    local asleep = pbx:phone("101", { does = "noanswer" })
    local awake = pbx:phone("102")
    local ann = pbx:call { from = "+14155550101" }
    t.expect(asleep):ringing()
    pbx:advance(16)
    t.expect(ann):bridged_with(awake)
    t.expect(asleep):idle()
  end)

t.case("who hangs up while waiting is counted", function(pbx)
  pbx:phone("101", { does = "noanswer" })
  pbx:call { from = "+14155550101", stays = 20 }
  pbx:advance(30)
  t.expect(pbx):logged("hung up after 20 s")
end)

t.case("every caller hears the greeting first", { config = { greeting = "hello-world" } }, function(pbx)
  local agent = pbx:phone("101")
  local ann = pbx:call { from = "+14155550101" }
  t.expect(ann):heard("hello-world")
  t.expect(ann):bridged_with(agent)
end)

t.case("the log tells with whom a caller has talked", function(pbx)
  local agent = pbx:phone("101")
  pbx:user { id = "anna", name = "Anna", extension = "101", phones = { agent } }
  local ann = pbx:call { from = "+14155550101" }
  t.expect(ann):bridged_with(agent)
  pbx:advance(10)
  ann:hangup()
  t.expect(pbx):logged("answered, talked 1")
  t.expect(pbx):logged("with Anna")
end)

t.everywhere("nobody is left in silence when the script breaks", { config = { greeting = "hello-world" } },
  function(pbx)
    pbx:phone("101", { after = 3, hang_up_after = 30 })
    local ann, bob = pbx:call { from = "+14155550101" }, pbx:call { from = "+14155550199" }
    pbx:advance(15)
    t.expect(ann):cared_for()
    t.expect(bob):cared_for()
  end)

t.everywhere("nobody is lost by a gap of the connections", { fault = "drop" }, function(pbx)
  local agent = pbx:phone("101", { after = 3, hang_up_after = 10 })
  local ann, bob = pbx:call { from = "+14155550101" }, pbx:call { from = "+14155550199" }
  pbx:advance(60)
  t.expect(ann):ended()
  t.expect(bob):ended()
  t.expect(agent):idle()
end)
