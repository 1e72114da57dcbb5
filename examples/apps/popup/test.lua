local t = require "calluna.test"

local anna, boris -- users with a phone each, made for each case

t.setup {
  dialplan = [[
[from-trunk]
exten => 100,1,Dial(PJSIP/101&PJSIP/102,30)
[from-phones]
exten => _1XX,1,Dial(PJSIP/${EXTEN},30)
]],
  before = function(pbx)
    local desk, other = pbx:phone("101", { after = 5 }), pbx:phone("102", { does = "noanswer" })
    anna = pbx:user { id = "anna", name = "Anna", extension = "101", phones = { desk } }
    boris = pbx:user { id = "boris", name = "Boris", extension = "102", phones = { other } }
    pbx:partner { number = "+14155550101", name = "Ann", company = "Archer Ltd", url = "https://erp.example/1" }
  end,
}

t.case("who calls is shown where it rings, and goes where nobody answered", function(pbx)
  local ann = pbx:call { from = "+14155550101", to = "100" }
  for _, user in ipairs { anna, boris } do
    t.expect(user):sees_popup { title = "Ann", company = "Archer Ltd", url = "https://erp.example/1" }
  end
  pbx:advance(6)
  t.expect(anna):sees_popup { title = "Ann", state = "talking" }
  t.expect_not(boris):sees_popup()
  ann:hangup()
  pbx:advance(1)
  t.expect_not(anna):sees_popup()
end)

t.case("it stays for who wants to close it themselves", { config = { sticky = true } }, function(pbx)
  local ann = pbx:call { from = "+14155550101", to = "100" }
  pbx:advance(10)
  ann:hangup()
  t.expect(anna):sees_popup { title = "Ann", state = "ended", sticky = true }
end)

t.case("calls between extensions are shown on demand", { config = { internal = true } }, function(pbx)
  pbx:phone("103", { name = "Cleo" }):call("102")
  t.expect(boris):sees_popup { title = "Cleo", number = "103" }
end)

t.case("else they are not", function(pbx)
  pbx:phone("103", { name = "Cleo" }):call("102")
  pbx:advance(5)
  t.expect_not(boris):sees_popup()
end)

t.case("closed in one browser, closed in all", function(pbx)
  pbx:call { from = "+14155550101", to = "100" }
  t.expect(boris):sees_popup { title = "Ann" }
  local _, key = t.expect(boris):sees_popup { title = "Ann" }
  t.equal(pbx:request { method = "DELETE", path = "/popup/cards/" .. key, user = boris }.status, 204)
  t.expect_not(boris):sees_popup()
  t.expect(anna):sees_popup { title = "Ann" }
end)

t.case("what is shown is for signed-in users", function(pbx)
  t.equal(pbx:request { path = "/popup/me" }.status, 401)
  t.equal(pbx:request { path = "/popup/me", user = anna }.json, { user = "anna", name = "Anna" })
  t.equal(pbx:request { path = "/popup/events", user = anna }.topics, { "popup/anna" })
end)

t.case("a script that is loaded in the middle of a call shows it", function(pbx)
  pbx:call { from = "+14155550101", to = "100" }
  pbx:advance(2)
  pbx:restart()
  pbx:advance(1)
  t.expect(boris):sees_popup { title = "Ann", state = "ringing" }
end)
