local t = require "calluna.test"

local anna, boris

t.setup {
  dialplan = [[
[from-trunk]
exten => 100,1,Dial(PJSIP/101&PJSIP/102,20)
exten => 101,1,Dial(PJSIP/101,20)
exten => 200,1,Wait(5)
 same => n,Hangup()
[from-phones]
exten => _+X.,1,Dial(PJSIP/${EXTEN}@trunk,30)
]],
  before = function(pbx)
    local desk, other = pbx:phone("101", { does = "noanswer" }), pbx:phone("102", { does = "noanswer" })
    anna = pbx:user { id = "anna", name = "Anna", extension = "101", phones = { desk } }
    boris = pbx:user { id = "boris", name = "Boris", extension = "102", phones = { other } }
  end,
}

t.case("a partner's salesperson is told", function(pbx)
  pbx:partner { number = "+14155550101", name = "Ann", salesperson = "boris" }
  pbx:call { from = "+14155550101", to = "101", stays = 10 }
  pbx:advance(11)
  t.expect(boris):sees_popup { title = "Ann", state = "notice", key = nil, number = "+14155550101" }
  t.expect_not(anna):sees_popup()
end)

t.case("else the one whose number was dialled", function(pbx)
  pbx:call { from = "+14155550199", to = "101", stays = 10 }
  pbx:advance(11)
  t.expect(anna):sees_popup { title = "+14155550199" }
end)

t.case("several who rang are not concerned in particular", { config = { user = "boss" } }, function(pbx)
  local boss = pbx:user { id = "boss" }
  pbx:call { from = "+14155550199", to = "100", stays = 10 }
  pbx:advance(11)
  t.expect(boss):sees_popup { title = "+14155550199" }
  t.expect_not(anna):sees_popup()
end)

t.case("who is told nothing stands in the log", function(pbx)
  pbx:call { from = "+14155550199", to = "200", stays = 3 }
  pbx:advance(10)
  t.expect(pbx):logged("+14155550199 was missed; nobody is to be told")
end)

t.case("a second time is counted, and a talk takes the notice away", function(pbx)
  for _ = 1, 2 do
    pbx:call { from = "+14155550199", to = "101", stays = 10 }
    pbx:advance(11)
  end
  local shown = t.expect(anna):sees_popup { title = "+14155550199" }
  t.equal(shown.text:match(", 2 times$") ~= nil, true)
  pbx:number("+14155550199", { after = 2 })
  local call = pbx:phone("101", { does = "noanswer" }):call("+14155550199")
  pbx:advance(10)
  call:hangup()
  pbx:advance(1)
  t.expect_not(anna):sees_popup()
end)

t.case("a notice is over after a day", function(pbx)
  pbx:call { from = "+14155550199", to = "101", stays = 10 }
  pbx:advance(60)
  t.expect(anna):sees_popup()
  pbx:advance(24 * 3600)
  t.expect_not(anna):sees_popup()
end)
