-- Over HTTP, as FastAGI, and in Stasis.
local t = require "calluna.test"

t.setup {
  dialplan = [[
[from-trunk]
exten => 100,1,Stasis(caller-name)
 same => n,Wait(60)
exten => 200,1,AGI(agi://calluna.example/caller_name)
 same => n,Wait(60)
exten => 201,1,AGI(agi://calluna.example/caller_name,(415) 555-0101,us)
 same => n,Wait(60)
]],
  before = function(pbx)
    pbx:partner {
      number = "+14155550101", name = "Ann", company = "Archer Ltd", tags = { "VIP", "gold" }, salesperson = "anna",
    }
    pbx:user { id = "anna", phones = { "PJSIP/101", "PJSIP/201" } }
  end,
}

local function body(pbx, path) return pbx:request { path = path }.body end

t.case("dialplans ask for name, tags and manager", function(pbx)
  t.equal(body(pbx, "/v1/caller/name?number=%2B14155550101"), "Ann (Archer Ltd)")
  t.equal(body(pbx, "/v1/caller/tags?number=%2B14155550101"), "VIP,gold")
  t.equal(body(pbx, "/v1/caller/manager?number=%2B14155550101"), "PJSIP/101&PJSIP/201")
  t.equal(body(pbx, "/v1/caller/has_tag?number=%2B14155550101&tag=VIP"), "1")
  t.equal(body(pbx, "/v1/caller/has_tag?number=%2B14155550101&tag=VI"), "")
  t.equal(body(pbx, "/asterisk_plus/get_caller_name?number=%2B14155550101"), "Ann (Archer Ltd)")
end)

t.case("a number may come in many a dress", function(pbx)
  for _, number in ipairs { "+14155550101", "14155550101", "001%204155550101", "(415)%20555-0101" } do
    local country = number:find("^%(") and "us" or ""
    t.equal(body(pbx, ("/v1/caller/name?number=%s&country=%s"):format(number, country)),
      number:find("^001") and "" or "Ann (Archer Ltd)")
  end
end)

t.case("a stranger's answer is empty, and so is none", function(pbx)
  t.equal(body(pbx, "/v1/caller/name?number=%2B14155550199"), "")
  t.equal(body(pbx, "/v1/caller/name"), "")
end)

t.case("only the PBX may ask without a token", function(pbx)
  t.equal(pbx:request { path = "/v1/caller/name?number=1", from = "192.0.2.7" }.status, 401)
  t.equal(pbx:request { path = "/v1/caller/name?number=1", from = "192.0.2.7", user = "anna" }.status, 200)
end)

t.case("in Stasis the channel is told, and goes on", function(pbx)
  local ann = pbx:call { from = "+14155550101", to = "100" }
  t.expect(ann):in_dialplan("from-trunk", "100")
  t.expect(ann):named("Ann (Archer Ltd)")
  t.expect(ann):variable("CALLER_TAG_VIP", "1")
  t.expect(ann):variable("CALLER_MANAGER", "PJSIP/101&PJSIP/201")
end)

t.case("as FastAGI the channel is told, and goes on", function(pbx)
  local ann = pbx:call { from = "+14155550101", to = "200" }
  t.expect(ann):in_dialplan("from-trunk", "200")
  t.expect(ann):named("Ann (Archer Ltd)")
  t.expect(ann):variable("CALLER_TAG_VIP", "1")
  t.expect(ann):variable("CALLER_MANAGER", "PJSIP/101&PJSIP/201")
  t.expect(ann):variable("AGISTATUS", "SUCCESS")
end)

t.case("a dialplan may ask for another number than the caller's", function(pbx)
  local bob = pbx:call { from = "+14155550199", to = "201" }
  t.expect(bob):named("Ann (Archer Ltd)")
end)

t.case("a stranger keeps the name he came with", function(pbx)
  local bob = pbx:call { from = "+14155550199", name = "Bob", to = "200" }
  t.expect(bob):variable("CALLER_NAME", "")
  t.expect(bob):named("Bob")
end)

t.everywhere("a call goes on in FastAGI as well wherever the script breaks", function(pbx)
  local ann = pbx:call { from = "+14155550101", to = "200" }
  t.expect(ann):in_dialplan("from-trunk", "200")
end)

t.everywhere("a call goes on wherever the script breaks", function(pbx)
  local ann = pbx:call { from = "+14155550101", to = "100" }
  t.expect(ann):in_dialplan("from-trunk", "100")
end)
