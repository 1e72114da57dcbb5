--- The PBX of one test case: what calluna.test_office has, who is known, and what comes from elsewhere.
local options = require "calluna.options"
local expectation = require "calluna.test_expectation"
local ask = require "calluna.test_ask"
local office = require "calluna.test_office"
local server = require "calluna.test_server"
local websocket = require "calluna.test_websocket"
local json = require "calluna.json"

local pbx = {}
local class = setmetatable({}, { __index = office })
class.__index = class

function pbx.new() return setmetatable({ kind = "pbx", who = "the app", allowed = {} }, class) end

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

-- -- time, and what comes from elsewhere

--- Begins the app, if nothing has needed it yet. Fails the case if it does not start.
function class.start(_) ask("begin") end

local function ask_app(what, opts)
  opts = options.check(what, opts, {
    method = "string", path = "!string", json = "any", body = "string", headers = "table", user = "string|table",
    from = "string",
  }, 2)
  local headers = {}
  for name, value in pairs(opts.headers or {}) do headers[name:lower()] = value end
  local body = opts.body
  if opts.json ~= nil then body, headers["content-type"] = json.encode(opts.json), "application/json" end
  return ask("request", {
    method = opts.method, path = opts.path, body = body, headers = headers, from = opts.from,
    user = type(opts.user) == "table" and opts.user.id or opts.user,
  })
end

--- A request to the app's routes. opts: method ("GET"), path (with a query), json or body, headers, user (whose token
--- it comes with; none without), from (the client's address, "127.0.0.1"). Lets time pass until it is answered.
--- Returns { status, headers, body, json }, for a stream of events also topics.
function class.request(_, opts)
  local answer = ask_app("pbx:request", opts)
  local read = answer.body:find("^%s*[%[{]") and json.decode(answer.body)
  answer.json = read or nil
  return answer
end

--- The client's end of a WebSocket of the app (http.websocket). opts: as pbx:request's. It has send(message),
--- received() and close(); see t.expect for what it got.
function class.websocket(_, opts) return websocket(ask_app("pbx:websocket", opts), opts.path) end

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

--- In a case of t.replay: lets happen what is in the recording, to its end.
function class.play(_) ask("play") end

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
