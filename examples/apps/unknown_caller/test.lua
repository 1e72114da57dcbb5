local t = require "calluna.test"

t.setup {
  config = { announcement = "custom/not-a-customer" },
  dialplan = [[
[from-trunk]
exten => 100,1,Stasis(unknown-caller)
 same => n,Wait(60)
[sales]
exten => s,1,Wait(60)
[fallback]
exten => s,1,Wait(60)
]],
  before = function(pbx) pbx:partner { number = "+14155550101", name = "Ann" } end,
}

t.case("who is known goes on at once", function(pbx)
  local ann = pbx:call { from = "+14155550101", to = "100" }
  t.expect(ann):in_dialplan("from-trunk", "100")
  t.expect(ann):variable("CALLER_KNOWN", "1")
  t.expect_not(ann):heard("custom/not-a-customer")
end)

t.case("everybody else hears an announcement first", function(pbx)
  local stranger = pbx:call { from = "+14155550199", to = "100" }
  t.expect(stranger):heard("custom/not-a-customer")
  t.expect(stranger):in_dialplan("from-trunk", "100")
  t.expect(stranger):variable("CALLER_KNOWN", "")
end)

t.case("the call may end after it", { config = { hangup = true } }, function(pbx)
  local stranger = pbx:call { from = "+14155550199", to = "100" }
  pbx:advance(10)
  t.expect(stranger):heard("custom/not-a-customer")
  t.expect(stranger):ended()
end)

t.case("or go elsewhere", { config = { context = "sales", extension = "s" } }, function(pbx)
  local stranger = pbx:call { from = "+14155550199", to = "100" }
  t.expect(stranger):in_dialplan("sales", "s")
end)

t.case("a number that several have is not unknown", function(pbx)
  pbx:partner { number = "+14155550101", name = "Bob" }
  local ann = pbx:call { from = "+14155550101", to = "100" }
  t.expect(ann):variable("CALLER_KNOWN", "1")
end)

t.everywhere("a stranger is never left alone", function(pbx)
  local stranger = pbx:call { from = "+14155550199", to = "100" }
  pbx:advance(20)
  t.expect(stranger):cared_for()
end)
