local t = require "calluna.test"

local boss, agent

t.setup {
  config = { supervisors = { anna = { "support" } } },
  dialplan = [[
[from-trunk]
exten => 100,1,Queue(support)
[from-phones]
exten => _*8[123]XXX,1,Stasis(supervisor,${EXTEN:2:1},${EXTEN:3})
]],
  before = function(pbx)
    boss, agent = pbx:phone("101"), pbx:phone("102")
    pbx:user { id = "anna", name = "Anna", extension = "101", phones = { boss } }
    pbx:user { id = "boris", name = "Boris", extension = "102", phones = { agent } }
    pbx:user { id = "cleo", name = "Cleo", extension = "103", phones = { pbx:phone("103") } }
    pbx:queue("support", { members = { agent } })
  end,
}

t.case("an agent of one's own queue is listened to until the talk ends", function(pbx)
  local ann = pbx:call { from = "+14155550101", to = "100" }
  t.expect(ann):bridged_with(agent)
  boss:call("*81102")
  t.expect(boss):up()
  t.expect(pbx):logged("Anna begins to listen to Boris")
  ann:hangup()
  t.expect(boss):idle()
  t.expect(pbx):logged("Anna ends")
end)

t.case("nobody talks: nothing to listen to", function(pbx)
  local call = boss:call("*81102")
  t.expect(call):ended()
  t.expect(pbx):logged("Boris talks to nobody")
end)

t.case("others' agents are none of one's concern", function(pbx)
  boss:call("*81103")
  t.expect(pbx):logged("Anna may not listen to Cleo")
  local call = agent:call("*81101")
  t.expect(call):ended()
  t.expect(pbx):logged("Boris may not listen to Anna")
end)
