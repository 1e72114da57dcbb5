-- luacheck: ignore
-- A queue of Asterisk's own, whose member does not answer, and somebody who waits in it.
  pbx:queue("support", { members = { one } })
  pbx:phone("101", { does = "noanswer" })
  pbx:call { from = "+14155550177", to = "queue", stays = 300 }
