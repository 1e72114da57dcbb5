local t = require "calluna.test"

t.setup {
  config = { members = { "PJSIP/102" } },
  dialplan = [[
[voicemail]
exten => sales,1,Wait(600)
[fallback]
exten => s,1,Wait(600)
]],
}

-- Ann's salesperson is Anna, with two phones; the queue has one agent.
local function office(pbx, anna, agent)
  local desk, mobile = pbx:phone("101", anna), pbx:phone("201", { does = "noanswer" })
  pbx:user { id = "anna", name = "Anna", extension = "101", phones = { desk, mobile } }
  pbx:partner { number = "+14155550101", name = "Ann", salesperson = "anna" }
  return desk, mobile, pbx:phone("102", agent)
end

t.case("a known caller's salesperson is rung on all phones", function(pbx)
  local desk, mobile, queue = office(pbx, { after = 4 })
  local ann = pbx:call { from = "+14155550101" }
  t.expect(desk):ringing()
  t.expect(mobile):ringing()
  t.expect(desk):shows("Ann")
  t.expect(ann):bridged_with(desk)
  t.expect(mobile):idle()
  t.expect_not(queue):ringing()
end)

t.case("a salesperson who is in a call is not rung", function(pbx)
  local desk, mobile, queue = office(pbx, { busy = true })
  local ann = pbx:call { from = "+14155550101" }
  t.expect(ann):bridged_with(queue)
  t.expect(ann):variable("SALES_MISS", "busy")
  t.expect(mobile):idle()
  t.expect_not(desk):was_bridged_with(ann)
end)

t.case("one who does not answer is given up after 20 seconds", function(pbx)
  local desk, _, queue = office(pbx, { does = "noanswer" })
  local ann = pbx:call { from = "+14155550101" }
  pbx:advance(19)
  t.expect(desk):ringing()
  pbx:advance(1)
  t.expect(ann):bridged_with(queue)
  t.expect(ann):variable("SALES_MISS", "noanswer")
end)

t.case("a salesperson asks a colleague and hands the caller on", function(pbx)
  pbx:dialplan "[from-phones]\nexten => _1XX,1,Dial(PJSIP/${EXTEN},20)\n"
  local desk, colleague = office(pbx), pbx:phone "103"
  local ann = pbx:call { from = "+14155550101" }
  t.expect(ann):bridged_with(desk)
  local question = desk:consult "103"
  t.expect(question):bridged_with(colleague)
  t.expect(ann):hears_music()
  desk:complete()
  t.expect(ann):bridged_with(colleague)
  t.expect(desk):idle()
end)

t.case("a stranger goes to the queue, and from there to voicemail", { config = { max_wait = 20 } }, function(pbx)
  local desk, _, queue = office(pbx, {}, { does = "noanswer" })
  local stranger = pbx:call { from = "+14155550199" }
  t.expect(queue):ringing()
  t.expect(stranger):waiting()
  pbx:advance(20)
  t.expect(stranger):in_dialplan("voicemail", "sales")
  t.expect(desk):idle()
end)

t.case("several with one number and one salesperson are that one's", function(pbx)
  local desk = office(pbx, {})
  pbx:partner { number = "+14155550101", name = "Anton", salesperson = "anna" }
  local ann = pbx:call { from = "+14155550101" }
  t.expect(ann):bridged_with(desk)
end)

t.everywhere("nobody is left in silence when the script breaks", function(pbx)
  office(pbx, { after = 3, hang_up_after = 30 })
  local ann = pbx:call { from = "+14155550101" }
  pbx:advance(15)
  t.expect(ann):cared_for()
end)
