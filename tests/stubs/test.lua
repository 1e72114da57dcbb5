local t = require "calluna.test"
local expected = require "expected"

local function looks_like(class, object)
  for name in pairs(expected.classes[class]) do
    if type(object[name]) ~= "function" then t.fail("stub without method: %s:%s", class, name) end
  end
end

t.setup { dialplan = [[
[from-trunk]
exten => 100,1,Stasis(stubs)
exten => 101,1,AGI(agi://here/look)
exten => 102,1,Stasis(dials)
[from-phones]
exten => _1XX,1,Dial(PJSIP/${EXTEN},20)
]] }

t.case("every stub has its function, every function its stub", function(pbx)
  pbx:partner { number = "+14155550101", name = "Ann" }
  pbx:queue("sales", { members = { pbx:phone "104" } })
  for _, number in ipairs { "101", "102", "103", "105" } do pbx:phone(number, { after = 1 }) end
  pbx:odoo()
  pbx:call { from = "+14155550199", to = "101" }
  pbx:request { path = "/look", user = "anna" }
  pbx:call { from = "+14155550101", to = "100" }
  pbx:call { from = "+14155550198", to = "102" }
  pbx:advance(30)
  t.equal(pbx:request { path = "/all", user = "anna" }.status, 204)
end)

t.case("so have those of tests", function(pbx)
  pbx:allow_error "no object"
  for name in pairs(expected.modules.test) do
    if type(t[name]) ~= "function" then t.fail("stub without function: test.%s", name) end
  end
  for name, value in pairs(t) do
    local known = type(value) ~= "function" or expected.modules.test[name]
    if not known then t.fail("function without stub: test.%s", name) end
  end
  local phone = pbx:phone "101"
  looks_like("calluna.test_office", pbx)
  looks_like("calluna.test_pbx", pbx)
  looks_like("calluna.test_phone", phone)
  looks_like("calluna.test_call", phone)
  looks_like("calluna.test_call", pbx:call { from = "+14155550199", to = "100" })
  looks_like("calluna.test_odoo", pbx:odoo())
  looks_like("calluna.test_server", pbx:server "https://crm.example")
  local screen = pbx:websocket { path = "/screen", user = "anna" }
  looks_like("calluna.test_websocket", screen)

  -- What is expected depends on whose it is.
  local caller = pbx:call { from = "+14155550198", to = "100" }
  local subjects = { caller, phone, pbx:user { id = "anna" }, pbx:odoo(), pbx:server "https://crm.example", screen, pbx }
  for name in pairs(expected.classes["calluna.test_expectation"]) do
    local found = false
    for _, subject in ipairs(subjects) do
      local expectation = t.expect(subject)
      found = found or pcall(function() return expectation[name] end)
    end
    if not found then t.fail("stub without method: expectation:%s", name) end
  end
end)
