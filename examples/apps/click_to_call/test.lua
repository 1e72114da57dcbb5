local t = require "calluna.test"

local anna, desk

t.setup {
  dialplan = [[
[from-phones]
exten => _1XX,1,Dial(PJSIP/${EXTEN},30)
exten => _+X.,1,Dial(PJSIP/${EXTEN}@trunk,30)
]],
  before = function(pbx)
    desk = pbx:phone("101", { after = 1 })
    anna = pbx:user { id = "anna", name = "Anna", extension = "101", phones = { desk }, lang = "en_US" }
  end,
}

local function click(pbx, number, more)
  local request = { method = "POST", path = "/v1/calls", user = anna, json = { number = number } }
  for key, value in pairs(more or {}) do request[key] = value end
  return pbx:request(request)
end

t.case("one's own phone rings first, then the number is called", function(pbx)
  pbx:number("+14155550199", { after = 3 })
  local answer = click(pbx, "(415) 555-0199")
  t.equal(answer.status, 201)
  t.expect(desk):talking()
  t.expect(desk):passed("from-phones", "+14155550199")
end)

t.case("a short number is an extension", function(pbx)
  local other = pbx:phone("102")
  t.equal(click(pbx, "102").status, 201)
  t.expect(other):bridged_with(desk)
end)

t.case("what is no number is told so", function(pbx)
  t.equal(click(pbx, "hello").status, 422)
  t.equal(click(pbx, nil).status, 422)
  t.expect(desk):idle()
end)

t.case("who has no token, or no phone, calls nobody", function(pbx)
  pbx:user { id = "boris" }
  t.equal(pbx:request { method = "POST", path = "/v1/calls", json = { number = "102" } }.status, 401)
  t.equal(click(pbx, "102", { user = "boris" }).status, 409)
  t.equal(click(pbx, "102", { user = "nobody" }).status, 403)
end)

t.case("a phone that is not picked up is given up", function(pbx)
  pbx:phone("101", { does = "noanswer" })
  local answer = click(pbx, "+14155550199")
  t.equal({ answer.status, answer.json.side }, { 409, "user" })
  t.expect(desk):idle()
end)

t.case("the same key is the same call", function(pbx)
  pbx:number("+14155550199", { after = 3 })
  local key = { headers = { ["Idempotency-Key"] = "one" } }
  local first, second = click(pbx, "+14155550199", key), click(pbx, "+14155550199", key)
  t.equal(first.json.id, second.json.id)
end)

t.case("a call of one's own can be ended, another's not", function(pbx)
  pbx:number("+14155550199", { after = 3 })
  local id = click(pbx, "+14155550199").json.id
  pbx:user { id = "boris", extension = "102", phones = { pbx:phone("102") } }
  t.expect(desk):talking()
  t.equal(pbx:request { method = "DELETE", path = "/v1/calls/" .. id, user = "boris" }.status, 404)
  t.expect(desk):talking()
  t.equal(pbx:request { method = "DELETE", path = "/v1/calls/" .. id, user = anna }.status, 204)
  t.expect(desk):idle()
end)
