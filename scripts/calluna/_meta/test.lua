---@meta _
-- Tests of apps on the offline PBX, run by `calluna test`.

---@class calluna.test
local test = {}

---@class (exact) calluna.test_case_options
---@field config table? settings of the app

---@class (exact) calluna.test_everywhere_options
---@field config table?
---@field fault "restart"|"drop"|nil

---@class (exact) calluna.test_setup
---@field config table?
---@field dialplan string? as extensions.conf
---@field before fun(pbx: calluna.test_pbx)?

---@param name string
---@param opts calluna.test_case_options
---@param fn fun(pbx: calluna.test_pbx)
---@overload fun(name: string, fn: fun(pbx: calluna.test_pbx))
function test.case(name, opts, fn) end
---@param name string
---@param opts calluna.test_everywhere_options
---@param fn fun(pbx: calluna.test_pbx)
---@overload fun(name: string, fn: fun(pbx: calluna.test_pbx))
function test.everywhere(name, opts, fn) end
---@param opts calluna.test_setup
function test.setup(opts) end
---@param subject calluna.test_call|calluna.test_phone|calluna.test_user|calluna.test_odoo|calluna.test_server|calluna.test_pbx
---@return calluna.test_expectation
function test.expect(subject) end
---@param subject calluna.test_call|calluna.test_phone|calluna.test_user|calluna.test_odoo|calluna.test_server|calluna.test_pbx
---@return calluna.test_expectation
function test.expect_not(subject) end
---@param is any
---@param wanted any
function test.equal(is, wanted) end
---@param text string a format
---@param ... any
function test.fail(text, ...) end

---@class calluna.test_expectation
local expectation = {}
---@param other calluna.test_call|calluna.test_phone
function expectation:bridged_with(other) end
---@param other calluna.test_call|calluna.test_phone
function expectation:was_bridged_with(other) end
function expectation:waiting() end
function expectation:up() end
---@param cause integer?
function expectation:ended(cause) end
---@param application string?
function expectation:in_stasis(application) end
---@param context string
---@param extension string?
function expectation:in_dialplan(context, extension) end
---@param context string
---@param extension string?
function expectation:passed(context, extension) end
---@param sound string
function expectation:heard(sound) end
---@param class string?
function expectation:hears_music(class) end
---@param name string
---@param value string?
function expectation:variable(name, value) end
---@param name string
function expectation:named(name) end
---@param space string?
function expectation:parked(space) end
function expectation:cared_for() end
function expectation:ringing() end
function expectation:talking() end
function expectation:idle() end
---@param text string
function expectation:shows(text) end
---@param wanted table?
---@return table popup
---@return string key
function expectation:sees_popup(wanted) end
---@param model string
---@param wanted table?
---@return table record
function expectation:has(model, wanted) end
---@param method string
---@param path string
---@param wanted { json: any, body: string?, query: string?, headers: table<string, string>? }?
---@return calluna.test_server_request
function expectation:was_asked(method, path, wanted) end
---@param text string
function expectation:logged(text) end

---@class calluna.test_call
local call = {}
function call:hangup() end
---@param keys string
function call:press(keys) end
function call:hold() end
function call:unhold() end
---@param to string
function call:transfer(to) end

---@class calluna.test_phone: calluna.test_call
local phone = {}
function phone:answer() end
function phone:decline() end
function phone:be_busy() end
---@param to string
---@return calluna.test_call
function phone:call(to) end
---@param to string
---@return calluna.test_call
function phone:consult(to) end
function phone:complete() end
---@param lot string?
---@return string space
function phone:park(lot) end
---@param space string
---@return calluna.test_call
function phone:retrieve(space) end
---@param other calluna.test_phone?
---@return calluna.test_call
function phone:pickup(other) end

---@class calluna.test_user

---@class calluna.test_odoo
local odoo = {}
---@param model string
---@param values table
---@return integer id
function odoo:record(model, values) end
---@param model string
---@return table[]
function odoo:records(model) end
---@param model string
---@param method string
---@param answer any
function odoo:answers(model, method, answer) end
function odoo:down() end
function odoo:up() end
---@param seconds calluna.seconds
function odoo:slow(seconds) end

---@class calluna.test_server
local server = {}
---@param method string
---@param path string without a query; one that ends with "*" stands for all that begin so
---@param answer { status: integer?, json: any, body: string?, headers: table<string, string>? }?
function server:answers(method, path, answer) end
---@return calluna.test_server_request[]
function server:requests() end
function server:down() end
function server:up() end
---@param seconds calluna.seconds
function server:slow(seconds) end

---@class calluna.test_server_request
---@field method string
---@field path string
---@field query string as it came, encoded
---@field headers table<string, string> names in lower case
---@field body string
---@field json any

---@class (exact) calluna.test_behaviour
---@field does "answer"|"noanswer"|"busy"|"reject"|"congestion"|nil
---@field after calluna.seconds?
---@field hang_up_after calluna.seconds?
---@field keys string?
---@field keys_after calluna.seconds?

---@class (exact) calluna.test_phone_options: calluna.test_behaviour
---@field busy boolean?
---@field online boolean?
---@field name string?
---@field context string?

---@class (exact) calluna.test_caller
---@field from string?
---@field to string?
---@field name string?
---@field stays calluna.seconds?

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

---@class calluna.test_office
local office = {}
---@param opts calluna.test_caller
---@return calluna.test_call
function office:call(opts) end
---@param number string
---@param opts calluna.test_phone_options?
---@return calluna.test_phone
function office:phone(number, opts) end
---@param number string
---@param opts calluna.test_behaviour
function office:number(number, opts) end
---@param text string
function office:dialplan(text) end
---@param name string
---@param opts calluna.test_queue?
function office:queue(name, opts) end
---@param seconds calluna.seconds
function office:advance(seconds) end
---@return calluna.seconds
function office:now() end

---@class calluna.test_pbx: calluna.test_office
local pbx = {}
---@param opts calluna.test_partner
function pbx:partner(opts) end
---@param opts calluna.test_user_options
---@return calluna.test_user
function pbx:user(opts) end
function pbx:start() end
---@param opts calluna.test_request
---@return { status: integer, headers: table<string, string>, body: string, json: any, topics: string[]? }
function pbx:request(opts) end
---@return calluna.test_odoo
function pbx:odoo() end
---@param url string
---@return calluna.test_server
function pbx:server(url) end
function pbx:drop() end
function pbx:restart() end
---@param seconds calluna.seconds
function pbx:slow(seconds) end
---@param text string
function pbx:allow_error(text) end

return test
