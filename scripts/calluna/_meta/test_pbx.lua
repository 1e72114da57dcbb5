---@meta _
---The PBX of a test case, and who and what is around it. `testing.md` tells more.
---<!-- a test of a dialplan -->
---```lua
---local t = require "calluna.test"
---t.case("phones and callers", function(pbx)
---  pbx:dialplan [[
---[from-phones]
---include => parkedcalls
---exten => _1XX,1,Dial(PJSIP/${EXTEN},20)
---[from-trunk]
---exten => 100,1,Queue(sales)
---]]
---  pbx:start()
---  local ann, bob = pbx:phone("101", { does = "noanswer" }), pbx:phone("102", { after = 2 })
---  local cleo = pbx:phone("103", { does = "noanswer" })
---  pbx:queue("sales", { members = { ann } })
---  pbx:number("+491715550", { does = "busy" })
---  local caller = pbx:call { from = "+14155550101", to = "100" }
---  pbx:advance(2)
---  ann:answer()
---  ann:press("12")
---  ann:hold()
---  ann:unhold()
---  local asked = ann:consult("102")
---  pbx:advance(5)
---  ann:complete()
---  t.expect(caller):bridged_with(bob)
---  local space = bob:park()
---  ann:retrieve(space)
---  pbx:advance(1)
---  ann:transfer("103")
---  pbx:advance(1)
---  bob:pickup(cleo)
---  pbx:advance(1)
---  bob:hangup()
---  bob:call("103")
---  pbx:advance(1)
---  cleo:decline()
---  cleo:be_busy()
---  t.expect_not(asked):waiting()
---  t.expect(caller):ended()
---  t.equal(pbx:now() > 8, true)
---end)
---```
---<!-- a test of a shop -->
---```lua
---local t = require "calluna.test"
---t.case("what breaks", function(pbx)
---  local odoo, crm = pbx:odoo(), pbx:server "https://crm.example"
---  odoo:record("sale.order", { item = "coffee" })
---  odoo:answers("sale.order", "action_confirm", true)
---  pbx:allow_error "cannot"
---  odoo:down() crm:down()
---  pbx:request { path = "/orders", method = "POST", json = { item = "tea" }, user = "anna" }
---  t.equal(#odoo:records("sale.order"), 1)
---  odoo:up() crm:up() odoo:slow(1) crm:slow(1) pbx:slow(1)
---  pbx:drop()
---  pbx:advance(10)
---  pbx:restart()
---  t.equal(#crm:requests(), 0)
---end)
---t.case("a screen in the shop", function(pbx)
---  local ws = pbx:websocket { path = "/orders/live", user = "anna" }
---  ws:send("tea")
---  t.expect(ws):received { seen = "tea" }
---  t.equal(#ws:received(), 1)
---  ws:close()
---  t.expect(ws):closed()
---end)
---```
---<!-- a test of a queue -->
---```lua
---local t = require "calluna.test"
---t.replay("the caller of Tuesday morning was served", { file = "incident.jsonl" }, function(pbx)
---  pbx:play()
---  t.expect(pbx):asked("/answer")
---  t.expect(pbx):logged("talked")
---end)
---```

---A caller, or a call that a phone has made.
---@class calluna.test_call
local call = {}

---They hang up.
---Where: a case, or a scenario.
function call:hangup() end

---They press keys.
---Where: a case, or a scenario.
---@param keys string
function call:press(keys) end

---They hold.
---Where: a case, or a scenario.
function call:hold() end

---They talk again.
---Where: a case, or a scenario.
function call:unhold() end

---Sends the other side to an extension of its context.
---Where: a case, or a scenario.
---@param to string
function call:transfer(to) end

---A phone. What it does concerns the call it has.
---@class calluna.test_phone: calluna.test_call
local phone = {}

---For one that does `noanswer`.
---Where: a case, or a scenario.
function phone:answer() end

---Says no.
---Where: a case, or a scenario.
function phone:decline() end

---Is in a call that concerns nobody.
---Where: a case, or a scenario.
function phone:be_busy() end

---Dials.
---Where: a case, or a scenario.
---@param to string
---@return calluna.test_call
function phone:call(to) end

---Holds the other side and calls `to` beside it.
---Where: a case, or a scenario.
---@param to string
---@return calluna.test_call
function phone:consult(to) end

---Joins the other sides of both calls. Nobody has answered yet: as `transfer`.
---Where: a case, or a scenario.
function phone:complete() end

---Parks the other side.
---Where: a case, or a scenario.
---@param lot string?
---@return string space
function phone:park(lot) end

---Takes the call that is parked there.
---Where: a case, or a scenario.
---@param space string
---@return calluna.test_call
function phone:retrieve(space) end

---Takes the call that rings at that phone, or without one at any.
---Where: a case, or a scenario.
---@param other calluna.test_phone?
---@return calluna.test_call
function phone:pickup(other) end

---A user.
---@class calluna.test_user

---Takes any model and field, and knows what every Odoo model can.
---@class calluna.test_odoo
local odoo = {}

---Makes a record.
---Where: a case.
---@param model string
---@param values table
---@return integer id
function odoo:record(model, values) end

---All of a model.
---Where: a case.
---@param model string
---@return table[]
function odoo:records(model) end

---What another method gives from now on.
---Where: a case.
---@param model string
---@param method string
---@param answer any
function odoo:answers(model, method, answer) end

---It cannot be reached.
---Where: a case.
function odoo:down() end

---It can be reached again.
---Where: a case.
function odoo:up() end

---It answers so much later. Beyond a call's deadline it has done what was asked, and the call fails.
---Where: a case.
---@param seconds calluna.seconds
function odoo:slow(seconds) end

---Another server.
---@class calluna.test_server
local server = {}

---What it answers from now on; 404 otherwise. A longer path goes first.
---Where: a case.
---@param method string
---@param path string without a query; one that ends with "*" stands for all that begin so
---@param answer { status: integer?, json: any, body: string?, headers: table<string, string>? }?
function server:answers(method, path, answer) end

---What it was asked, oldest first.
---Where: a case.
---@return calluna.test_server_request[]
function server:requests() end

---It cannot be reached.
---Where: a case.
function server:down() end

---It can be reached again.
---Where: a case.
function server:up() end

---It answers so much later.
---Where: a case.
---@param seconds calluna.seconds
function server:slow(seconds) end

---@class calluna.test_server_request
---@field method string
---@field path string
---@field query string as it came, encoded
---@field headers table<string, string> names in lower case
---@field body string
---@field json any

---The client's end of a WebSocket.
---@class calluna.test_websocket
local websocket = {}

---It says something: a text, or a table as JSON.
---Where: a case.
---@param message string|table
function websocket:send(message) end

---What the app has sent, oldest first.
---Where: a case.
---@return string[]
function websocket:received() end

---The client goes.
---Where: a case.
function websocket:close() end

---@class (exact) calluna.test_behaviour
---@field does "answer"|"noanswer"|"busy"|"reject"|"congestion"|nil default `answer`
---@field after calluna.seconds? default 1
---@field hang_up_after calluna.seconds?
---@field keys string?
---@field keys_after calluna.seconds?

---@class (exact) calluna.test_phone_options: calluna.test_behaviour
---@field busy boolean? in a call of its own
---@field online boolean?
---@field name string?
---@field context string? default "from-phones"

---@class (exact) calluna.test_caller
---@field from string?
---@field to string?
---@field name string?
---@field stays calluna.seconds? until they hang up

---@class (exact) calluna.test_partner
---@field number string?
---@field numbers string[]?
---@field name string?
---@field company string?
---@field tags string[]?
---@field salesperson string|calluna.test_user|nil
---@field endpoints string[]?
---@field url string?
---@field lang string?
---@field id string?

---@class (exact) calluna.test_user_options
---@field id string
---@field name string?
---@field extension string?
---@field phones (calluna.test_phone|string)[]?
---@field email string?
---@field lang string?
---@field external_id string?
---@field auto_answer string?

---@class (exact) calluna.test_queue
---@field members (calluna.test_phone|string)[]?
---@field strategy string?
---@field timeout calluna.seconds?
---@field retry calluna.seconds?

---@class (exact) calluna.test_request
---@field method string?
---@field path string
---@field json any
---@field body string?
---@field headers table<string, string>?
---@field user string|calluna.test_user|nil
---@field from string?

---What a PBX has in a case and in a scenario.
---@class calluna.test_office
local office = {}

---A caller from outside. Without `to` they come to the app's one Stasis application.
---Where: a case, or a scenario.
---@param opts calluna.test_caller
---@return calluna.test_call
function office:call(opts) end

---The phone PJSIP/number. Said again: what it does from now on.
---Where: a case, or a scenario.
---@param number string
---@param opts calluna.test_phone_options?
---@return calluna.test_phone
function office:phone(number, opts) end

---What a number outside does when it is dialled through a trunk.
---Where: a case, or a scenario.
---@param number string
---@param opts calluna.test_behaviour
function office:number(number, opts) end

---Adds to the dialplan, as `extensions.conf` with what `sim.md` names.
---Where: a case, or a scenario.
---@param text string
function office:dialplan(text) end

---A queue of Asterisk's own.
---Where: a case, or a scenario.
---@param name string
---@param opts calluna.test_queue?
function office:queue(name, opts) end

---Lets time pass, with all that happens in it; in a case it returns at once, in a scenario it really waits.
---Where: a case, or a scenario.
---@param seconds calluna.seconds
function office:advance(seconds) end

---Seconds since the beginning.
---Where: a case, or a scenario.
---@return calluna.seconds
function office:now() end

---The PBX of a case, named `main`.
---@class calluna.test_pbx: calluna.test_office
local pbx = {}

---In the directory.
---Where: a case.
---@param opts calluna.test_partner
function pbx:partner(opts) end

---Who works here.
---Where: a case.
---@param opts calluna.test_user_options
---@return calluna.test_user
function pbx:user(opts) end

---The app begins, if nothing has needed it yet.
---Where: a case.
function pbx:start() end

---A request to the app's routes, with that user's token.
---Where: a case.
---@param opts calluna.test_request
---@return { status: integer, headers: table<string, string>, body: string, json: any, topics: string[]? }
function pbx:request(opts) end

---The client's end of a WebSocket of the app, which has taken it.
---Where: a case.
---@param opts calluna.test_request
---@return calluna.test_websocket
function pbx:websocket(opts) end

---Lets happen what is in the recording, to its end.
---Where: a case of `t.replay`.
function pbx:play() end

---The one business system, `[odoo.main]`.
---Where: a case.
---@return calluna.test_odoo
function pbx:odoo() end

---A server that the app asks by `http.request`: of that scheme, host and port.
---Where: a case.
---@param url string
---@return calluna.test_server
function pbx:server(url) end

---The connections to the PBX break; they are back after five seconds, and the state is read back.
---Where: a case.
function pbx:drop() end

---The app's state is lost: its calls go to their fallback, it is loaded anew, as the runtime does with a broken generation.
---Where: a case.
function pbx:restart() end

---The PBX answers so much later; requests run into their deadlines.
---Where: a case.
---@param seconds calluna.seconds
function pbx:slow(seconds) end

---An error that holds that text, logged by the app, does not fail the case.
---Where: a case.
---@param text string
function pbx:allow_error(text) end
