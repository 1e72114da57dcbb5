---@meta calluna.test
---In a file `test.lua` beside `init.lua`, run by `calluna test`: cases that play the app on the offline PBX and a clock of their
---own. `testing.md` has all of it. What is refused (a wrong option, a phone that has no call) fails the case at its line.
---<!-- a test of a queue -->
---```lua
---local t = require "calluna.test"
---t.case("a VIP caller passes the ordinary ones", function(pbx)
---  pbx:partner { number = "+14155550101", name = "Ann", tags = { "VIP" } }
---  local agent = pbx:phone("101", { busy = true })
---  local bob, ann = pbx:call { from = "+14155550199" }, pbx:call { from = "+14155550101" }
---  pbx:advance(5); agent:hangup()
---  t.expect(ann):bridged_with(agent)
---  t.expect(bob):waiting()
---end)
---```
---<!-- a test of a queue -->
---```lua
---local t = require "calluna.test"
---t.setup { before = function(pbx) pbx:phone("101", { after = 3, hang_up_after = 20 }) end }
---t.everywhere("nobody is left in silence", function(pbx)
---  local ann = pbx:call { from = "+14155550101" }
---  pbx:advance(15)
---  t.expect(ann):cared_for()
---end)
---t.case("what is heard and where", function(pbx)
---  local ann = pbx:call { from = "+14155550101", name = "Ann" }
---  t.expect(ann):in_stasis("support")
---  t.expect(ann):up()
---  t.expect(ann):hears_music()
---  t.expect(ann):named("Ann")
---  t.expect(pbx:phone("101")):ringing()
---  t.expect(pbx:phone("101")):shows("Ann")
---  t.expect(pbx:phone("101")):talking()
---  pbx:advance(30)
---  t.expect(ann):was_bridged_with(pbx:phone("101"))
---  t.expect(ann):passed("from-trunk", "s")
---  t.expect(ann):ended()
---  t.expect(pbx:phone("101")):idle()
---  t.expect_not(ann):heard("goodbye")
---  t.expect_not(ann):parked()
---  t.expect_not(ann):variable("SEEN", "yes")
---  t.expect_not(ann):in_dialplan("voicemail")
---  t.expect(pbx):logged("talked")
---  t.equal({ 1, 2 }, { 1, 2 })
---  if ann == nil then t.fail("there is no %s", "Ann") end
---end)
---```
---<!-- a test of a shop -->
---```lua
---local t = require "calluna.test"
---t.case("an order is noted, and shown to anna", function(pbx)
---  local anna = pbx:user { id = "anna", name = "Anna", extension = "101", phones = { pbx:phone "101" } }
---  local odoo, crm = pbx:odoo(), pbx:server "https://crm.example"
---  crm:answers("GET", "/people", { json = { name = "Ann" } })
---  local answer = pbx:request { method = "POST", path = "/orders", json = { item = "tea" }, user = "anna" }
---  t.equal(answer.status, 201)
---  t.expect(crm):was_asked("GET", "/people")
---  t.expect(odoo):has("sale.order", { item = "tea" })
---  t.expect(anna):sees_popup { title = "Ann" }
---end)
---```
---@class calluna.test
local test = {}

---@class (exact) calluna.test_case_options
---@field config table? settings of the app

---@class (exact) calluna.test_everywhere_options
---@field config table? settings of the app
---@field fault "restart"|"drop"|nil default `restart`

---@class (exact) calluna.test_replay_options
---@field file string the recording, beside the test
---@field pbx string? which of the recording's, if there are several
---@field config table? settings of the app

---@class (exact) calluna.test_setup
---@field config table? settings of the app; a case's own go first
---@field dialplan string? as extensions.conf
---@field before fun(pbx: calluna.test_pbx)? runs first in each

---A case: `fn(pbx)` plays it.
---Where: a test file, outside of cases.
---@param name string
---@param opts calluna.test_case_options
---@param fn fun(pbx: calluna.test_pbx)
---@overload fun(name: string, fn: fun(pbx: calluna.test_pbx))
function test.case(name, opts, fn) end

---The same case again and again, each time with a fault at another of the waits that the app begins: `restart` (its state is lost,
---its calls go to their fallback, it is loaded anew) or `drop` (the connections to the PBX break for five seconds). What the case
---expects has to hold wherever it strikes.
---Where: a test file, outside of cases.
---@param name string
---@param opts calluna.test_everywhere_options
---@param fn fun(pbx: calluna.test_pbx)
---@overload fun(name: string, fn: fun(pbx: calluna.test_pbx))
function test.everywhere(name, opts, fn) end

---A case at a PBX of which there is a recording (`calluna record`) instead of the offline one. `fn(pbx)` says who is known,
---then `pbx:play()` lets happen what has happened.
---Where: a test file, outside of cases.
---@param name string
---@param opts calluna.test_replay_options
---@param fn fun(pbx: calluna.test_pbx)
function test.replay(name, opts, fn) end

---What all cases of this file have.
---Where: a test file, outside of cases.
---@param opts calluna.test_setup
function test.setup(opts) end

---What is expected of something. It may become so within five seconds of the case.
---Where: a case.
---@param subject calluna.test_call|calluna.test_phone|calluna.test_user|calluna.test_odoo|calluna.test_server|calluna.test_websocket|calluna.test_pbx
---@return calluna.test_expectation
function test.expect(subject) end

---That it is not so now.
---Where: a case.
---@param subject calluna.test_call|calluna.test_phone|calluna.test_user|calluna.test_odoo|calluna.test_server|calluna.test_websocket|calluna.test_pbx
---@return calluna.test_expectation
function test.expect_not(subject) end

---That both are the same; tables by what is in them.
---Where: a case.
---@param is any
---@param wanted any
function test.equal(is, wanted) end

---Fails the case.
---Where: a case.
---@param text string a format
---@param ... any
function test.fail(text, ...) end

---What `t.expect` gives. A call or a phone means the newest call of it.
---@class calluna.test_expectation
local expectation = {}

---They hear each other.
---Where: a case.
---@param other calluna.test_call|calluna.test_phone
function expectation:bridged_with(other) end

---They heard each other at some time.
---Where: a case.
---@param other calluna.test_call|calluna.test_phone
function expectation:was_bridged_with(other) end

---Nobody is with it, and there is music or Queue().
---Where: a case.
function expectation:waiting() end

---It is answered.
---Where: a case.
function expectation:up() end

---It has ended.
---Where: a case.
---@param cause integer?
function expectation:ended(cause) end

---A Stasis application has it.
---Where: a case.
---@param application string?
function expectation:in_stasis(application) end

---It is there in the dialplan.
---Where: a case.
---@param context string
---@param extension string?
function expectation:in_dialplan(context, extension) end

---It was there in the dialplan at some time.
---Where: a case.
---@param context string
---@param extension string?
function expectation:passed(context, extension) end

---It has heard a sound: `"hello-world"`, `"digits:42"`; a Playback() counts.
---Where: a case.
---@param sound string
function expectation:heard(sound) end

---It hears music on hold.
---Where: a case.
---@param class string?
function expectation:hears_music(class) end

---A channel variable has that value; nil: it is not set.
---Where: a case.
---@param name string
---@param value string?
function expectation:variable(name, value) end

---The caller's name as the PBX has it.
---Where: a case.
---@param name string
function expectation:named(name) end

---It is parked.
---Where: a case.
---@param space string?
function expectation:parked(space) end

---It talks, hears something, is in the dialplan, or gone: not alone in silence.
---Where: a case.
function expectation:cared_for() end

---The phone rings.
---Where: a case.
function expectation:ringing() end

---The phone is in a call.
---Where: a case.
function expectation:talking() end

---The phone has no call.
---Where: a case.
function expectation:idle() end

---The phone's display.
---Where: a case.
---@param text string
function expectation:shows(text) end

---The user sees a popup with these values.
---Where: a case.
---@param wanted table?
---@return table popup
---@return string key
function expectation:sees_popup(wanted) end

---Odoo has a record with these values at least.
---Where: a case.
---@param model string
---@param wanted table?
---@return table record
function expectation:has(model, wanted) end

---The server was asked so.
---Where: a case.
---@param method string
---@param path string
---@param wanted { json: any, body: string?, query: string?, headers: table<string, string>? }?
---@return calluna.test_server_request
function expectation:was_asked(method, path, wanted) end

---The WebSocket got that message: the text, or what its JSON has at least.
---Where: a case.
---@param wanted string|table
---@return any message the text, or its JSON decoded
function expectation:received(wanted) end

---The WebSocket is closed, by whichever side.
---Where: a case.
---@param code integer? with this code
function expectation:closed(code) end

---The app has asked its PBX for something that holds that text: "/answer", "QueuePause".
---Where: a case.
---@param text string
function expectation:asked(text) end

---The app has logged that text.
---Where: a case.
---@param text string
function expectation:logged(text) end

return test
