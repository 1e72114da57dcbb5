local t = require "calluna.test"

t.setup {
  dialplan = [[
[from-trunk]
exten => 100,1,Stasis(vip-app-queue)
 same => n,Queue(support,t,,,600)
[vips]
exten => s,1,Queue(support,t,,,600)
]],
  before = function(pbx) pbx:partner { number = "+14155550101", name = "Ann", tags = { "VIP" } } end,
}

t.case("a VIP is given a priority, others none", function(pbx)
  pbx:queue("support", { members = { pbx:phone("101", { busy = true }) } })
  local bob, ann = pbx:call { from = "+14155550199", to = "100" }, pbx:call { from = "+14155550101", to = "100" }
  t.expect(ann):variable("QUEUE_PRIO", "10")
  t.expect(bob):variable("QUEUE_PRIO", nil)
  t.expect(ann):named("Ann")
  t.expect(ann):waiting()
  t.expect(bob):waiting()
end)

t.case("the queue tells who talks to whom", function(pbx)
  local agent = pbx:phone("101")
  pbx:queue("support", { members = { agent } })
  local ann = pbx:call { from = "+14155550101", to = "100" }
  t.expect(ann):bridged_with(agent)
  t.expect(pbx):logged("+14155550101 talks to PJSIP/101")
end)

t.case("and who gave up", function(pbx)
  pbx:queue("support", { members = { pbx:phone("101", { does = "noanswer" }) } })
  pbx:call { from = "+14155550101", to = "100", stays = 30 }
  pbx:advance(31)
  t.expect(pbx):logged("gave up support after 30 s; 0 wait")
end)

t.case("the queue may be elsewhere in the dialplan", { config = { place = { context = "vips", extension = "s" } } },
  function(pbx)
    pbx:queue("support", { members = { pbx:phone("101", { busy = true }) } })
    local ann = pbx:call { from = "+14155550101", to = "100" }
    t.expect(ann):in_dialplan("vips", "s")
    t.expect(ann):waiting()
  end)

t.everywhere("the queue goes on when the script breaks", function(pbx)
  local agent = pbx:phone("101", { after = 2 })
  pbx:queue("support", { members = { agent } })
  local ann = pbx:call { from = "+14155550101", to = "100" }
  pbx:advance(10)
  t.expect(ann):bridged_with(agent)
end)
