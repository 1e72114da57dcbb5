--- The PBX of one test case: who is there, who calls, and how time passes.
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local expectation = require "calluna.test_expectation"
local ask = require "calluna.test_ask"
local server = require "calluna.test_server"

local pbx = {}
local class = {}
class.__index = class

function pbx.new() return setmetatable({ kind = "pbx", who = "the app", allowed = {} }, class) end

-- -- calls

local call_class = {}
call_class.__index = call_class

local function act(self, what, keys) ask("act", { serial = self.serial, what = what, keys = keys }) end

--- Hangs up.
function call_class:hangup() act(self, "hangup") end
--- Presses keys, one after the other.
function call_class:press(keys)
  options.argument("call:press", 1, keys, "string")
  act(self, "press", keys)
end
--- Puts the other side on hold, and takes it back.
function call_class:hold() act(self, "hold") end
function call_class:unhold() act(self, "unhold") end

local call_options = { from = "string", to = "string", name = "string", stays = "number" }

--- A caller from outside. opts: from (the number), name, to (what they dial; else the app's one Stasis application is
--- where they come to), stays (seconds until they hang up). Returns the call: hangup, press, hold, unhold.
function class.call(_, opts)
  opts = options.check("pbx:call", opts, call_options)
  local made = ask("call", opts)
  return setmetatable({ kind = "call", serial = made.serial, who = made.who }, call_class)
end

-- -- phones

local phone_class = {}
phone_class.__index = phone_class

-- The channel of it that goes on; raises if there is none.
local function current(self, what)
  local list = ask("phone_channels", { endpoint = self.endpoint })
  for i = #list, 1, -1 do
    if not list[i].ended then return { serial = list[i].serial } end
  end
  expectation.fail(("%s: %s is in no call"):format(what, self.endpoint))
end

--- Hangs up the call it has.
function phone_class:hangup() act(current(self, "phone:hangup"), "hangup") end
--- Answers, or declines, the call it rings for: for phones that do nothing by themselves.
function phone_class:answer() act(current(self, "phone:answer"), "answer") end
function phone_class:decline() act(current(self, "phone:decline"), "decline") end
function phone_class:press(keys)
  options.argument("phone:press", 1, keys, "string")
  act(current(self, "phone:press"), "press", keys)
end
function phone_class:hold() act(current(self, "phone:hold"), "hold") end
function phone_class:unhold() act(current(self, "phone:unhold"), "unhold") end

--- Is in a call of its own from now on, which is nobody else's concern.
function phone_class:be_busy() ask("busy", { endpoint = self.endpoint }) end

--- Dials `to`. Returns the call, as pbx:call.
function phone_class:call(to)
  options.argument("phone:call", 1, to, "string")
  local made = ask("call", { endpoint = self.endpoint, to = to, from = self.number, name = self.name })
  return setmetatable({ kind = "call", serial = made.serial, who = made.who }, call_class)
end

local behaviour = {
  does = "string", after = "number", hang_up_after = "number", keys = "string", keys_after = "number",
}
local phone_options = { busy = "boolean", online = "boolean", context = "string", name = "string" }
for key, kind in pairs(behaviour) do phone_options[key] = kind end

local function told(opts, more)
  local argument = {}
  for key in pairs(behaviour) do argument[key] = opts[key] end
  for key, value in pairs(more) do argument[key] = value end
  return argument
end

--- A phone, PJSIP/<number>. opts: does, what it does when it is called: "answer" (the default), "noanswer" (it rings
--- until the test answers it), "busy", "reject", "congestion"; after (seconds, default 1); hang_up_after, keys,
--- keys_after (seconds after it has answered); busy (it is in a call already); online; name; context (where its own
--- calls begin, "from-phones"). Said again of the same number: it behaves so from now on.
function class.phone(_, number, opts)
  options.argument("pbx:phone", 1, number, "string")
  opts = options.check("pbx:phone", opts, phone_options)
  local endpoint = "PJSIP/" .. number
  ask("phone", told(opts, {
    endpoint = endpoint, number = number, name = opts.name, context = opts.context, online = opts.online,
  }))
  local phone = setmetatable({
    kind = "phone", endpoint = endpoint, who = endpoint, number = number, name = opts.name,
  }, phone_class)
  if opts.busy then phone:be_busy() end
  return phone
end

--- What a number outside does when it is dialled through a trunk: options as pbx:phone's.
function class.number(_, number, opts)
  options.argument("pbx:number", 1, number, "string")
  opts = options.check("pbx:number", opts, behaviour)
  ask("number", told(opts, { number = number }))
end

-- -- who is known

local function list_of(value) return type(value) == "table" and value or { value } end

--- A partner of the directory. opts: number or numbers, name, company, tags (a list), salesperson (a user's key),
--- endpoints (the salesperson's, where the source names them), url, lang, id.
function class.partner(_, opts)
  opts = options.check("pbx:partner", opts, {
    number = "string", numbers = "table", name = "string", company = "string", tags = "table",
    salesperson = "string|table", endpoints = "table", url = "string", lang = "string", id = "string",
  })
  local rep = opts.salesperson
  ask("partner", {
    id = opts.id, name = opts.name, company = opts.company, url = opts.url, lang = opts.lang, tags = opts.tags,
    numbers = opts.numbers or list_of(opts.number), salesperson = type(rep) == "table" and rep.id or rep,
    endpoints = opts.endpoints,
  })
end

--- A user. opts: id, name, extension, phones (what pbx:phone returned, or endpoints), email, lang, external_id,
--- auto_answer. Returns the user, for t.expect.
function class.user(_, opts)
  opts = options.check("pbx:user", opts, {
    id = "!string", name = "string", extension = "string", phones = "table", email = "string", lang = "string",
    external_id = "string", auto_answer = "string",
  })
  local endpoints = {}
  for i, phone in ipairs(opts.phones or {}) do endpoints[i] = type(phone) == "table" and phone.endpoint or phone end
  ask("user", {
    id = opts.id, name = opts.name, extension = opts.extension, email = opts.email, lang = opts.lang,
    external_id = opts.external_id, auto_answer = opts.auto_answer, phones = endpoints,
  })
  return { kind = "user", id = opts.id, who = "user " .. opts.id }
end

-- -- the PBX itself

--- Adds to the dialplan: text as in extensions.conf, with the applications of docs/sim.md. Callers from outside come
--- into [from-trunk], phones into [from-phones].
function class.dialplan(_, text)
  options.argument("pbx:dialplan", 1, text, "string")
  ask("dialplan", { text = text })
end

--- A queue of Asterisk's own. opts: members (phones or endpoints), strategy, timeout, retry.
function class.queue(_, name, opts)
  options.argument("pbx:queue", 1, name, "string")
  opts = options.check("pbx:queue", opts, {
    members = "table", strategy = "string", timeout = "number", retry = "number",
  })
  local members = {}
  for i, one in ipairs(opts.members or {}) do members[i] = type(one) == "table" and one.endpoint or one end
  ask("queue", {
    name = name, members = members, strategy = opts.strategy, timeout = opts.timeout, retry = opts.retry,
  })
end

-- -- time, and what comes from elsewhere

--- Begins the app, if nothing has needed it yet. Fails the case if it does not start.
function class.start(_) ask("begin") end

--- Lets so many seconds pass, with all that happens in them; at once.
function class.advance(_, seconds)
  options.argument("pbx:advance", 1, seconds, "number")
  if not (seconds >= 0 and seconds <= 1e7) then misuse("pbx:advance: seconds from 0 to 10000000") end
  ask("advance", { seconds = seconds })
end

--- Seconds since the case began, by the PBX's clock.
function class.now(_) return ask("now") end

--- A request to the app's routes. opts: method ("GET"), path (with a query), json or body, headers, user (whose token
--- it comes with; none without), from (the client's address, "127.0.0.1"). Lets time pass until it is answered.
--- Returns { status, headers, body, json }, for a stream of events also topics.
function class.request(_, opts)
  opts = options.check("pbx:request", opts, {
    method = "string", path = "!string", json = "any", body = "string", headers = "table", user = "string|table",
    from = "string",
  })
  local json = require "calluna.json"
  local headers = {}
  for name, value in pairs(opts.headers or {}) do headers[name:lower()] = value end
  local body = opts.body
  if opts.json ~= nil then body, headers["content-type"] = json.encode(opts.json), "application/json" end
  local answer = ask("request", {
    method = opts.method, path = opts.path, body = body, headers = headers, from = opts.from,
    user = type(opts.user) == "table" and opts.user.id or opts.user,
  })
  local read = answer.body:find("^%s*[%[{]") and json.decode(answer.body)
  answer.json = read or nil
  return answer
end

-- -- the business system

local odoo_class = {}
odoo_class.__index = odoo_class

--- The one business system there is, [odoo.main]. It takes any model and any field, knows search_read, search,
--- search_count, read, create, write, unlink, upserts, notes and attachments, and answers after 0.02 seconds.
function class.odoo() return setmetatable({ kind = "odoo", who = "Odoo" }, odoo_class) end

--- Makes a record. Returns its id.
function odoo_class.record(_, model, values)
  options.argument("odoo:record", 1, model, "string")
  options.argument("odoo:record", 2, values, "table")
  return ask("erp_put", { model = model, values = values })
end

--- All records of a model, oldest first: { id, ... }. Notes are mail.message (model, res_id, body), attachments
--- ir.attachment.
function odoo_class.records(_, model)
  options.argument("odoo:records", 1, model, "string")
  return ask("erp_records", { model = model })
end

--- `method` of `model` gives `answer` from now on.
function odoo_class.answers(_, model, method, answer)
  options.argument("odoo:answers", 1, model, "string")
  options.argument("odoo:answers", 2, method, "string")
  ask("erp_teach", { model = model, method = method, answer = answer })
end

--- It cannot be reached from now on; and can be again.
function odoo_class.down() ask("erp_fault", { down = true }) end
function odoo_class.up() ask("erp_fault", { down = false }) end

--- It answers so many seconds later from now on. Beyond a call's deadline it has done what was asked, and the call
--- fails.
function odoo_class.slow(_, seconds)
  options.argument("odoo:slow", 1, seconds, "number")
  ask("erp_fault", { slow = seconds })
end

--- A server that the app asks by http.request, such as "https://crm.example". Without what it answers it says 404; one
--- that no case has made cannot be reached. See calluna.test_server.
function class.server(_, url) return server.new(url) end

-- -- faults on demand

--- The connections to the PBX break; they are back after five seconds.
function class.drop(_) ask("strike", { what = "drop" }) end
--- The app's state is lost: its calls go to their fallback, and it is loaded anew.
function class.restart(_) ask("strike", { what = "restart" }) end
--- The PBX answers so many seconds later; 0: at once again.
function class.slow(_, seconds)
  options.argument("pbx:slow", 1, seconds, "number")
  ask("slow", { seconds = seconds })
end

--- An error in the app's log fails the case, unless it holds this text.
function class:allow_error(text)
  options.argument("pbx:allow_error", 1, text, "string")
  table.insert(self.allowed, text)
end

-- The end of a case: nothing has gone wrong unheard.
function class:finish()
  for _, line in ipairs(ask("log")) do
    local allowed = line.level ~= "error"
    for _, text in ipairs(self.allowed) do allowed = allowed or line.text:find(text, 1, true) ~= nil end
    if not allowed then expectation.fail("the app logged an error: " .. line.text) end
  end
end

return pbx
