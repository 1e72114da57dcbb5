-- Lua: run on the offline PBX by `calluna test`, in an app with a case of its own. Modules that a block names and does
-- not require are required before it. In the case an office of a few people is called, the routes are asked, and an
-- hour passes; an error in the app's log fails it. What stands above a block says where it belongs:
--   (nothing)                  the top of an app's file
--   in a call                  a function that serves a channel `ch`
--   with a call                the same, and `call` is the one in which it talks to PJSIP/101
--   in a request               a function that answers a request `req`
--   in a session               a function that serves a session `s` of AGI
--   a test of NAME             a test file, with the app tests/docs/apps/NAME
--   a scenario                 one for `calluna sim`, which has to play it
-- and, behind commas: `with NAME` (what tests/docs/cases/NAME.lua adds to the case), `with partners.csv` (a file in the
-- app's folder); `the caller keys DIGITS` (one a second); `it returns early`; `it says TEXT` (an error that holds this
-- is what the block shows). Behind a colon comes Lua that goes before the block: what the text around it takes for
-- granted.
local lua = {}

local modules = {
  "agi", "ami", "app_queue", "ari", "calls", "http", "json", "log", "odoo", "partners", "phone", "popup", "push",
  "queue", "task", "timer", "users",
}

local dialplan = [=[
[from-trunk]
exten => _X.,1,Stasis(${EXTEN})
exten => s,1,Stasis(docs)
exten => agi,1,AGI(agi://here/PATH?country=US,more)
exten => queue,1,Queue(support)
[from-phones]
include => parkedcalls
exten => _1XX,1,Dial(PJSIP/${EXTEN},20,tT)
exten => _0.,1,Dial(PJSIP/${EXTEN:1}@trunk,30)
[voicemail]
exten => support,1,Playback(vm-intro)
[fallback]
exten => s,1,Playback(sorry)
]=]

local function put(folder, name, text)
  local file = assert(io.open(folder .. "/" .. name, "w"))
  file:write(text)
  file:close()
end

local function required(text)
  local lines = {}
  for _, name in ipairs(modules) do
    local used = text:find("%f[%w_.]" .. name .. "[.:]%l")
    local declared = text:find("local[%w_, ]*%f[%w_]" .. name .. "%f[^%w_]")
    if used and not declared then lines[#lines + 1] = ('local %s = require "calluna.%s"'):format(name, name) end
  end
  return table.concat(lines, " ")
end

local frames = {
  ["in a call"] = { 'require "calluna.ari".app("docs", function(ch)', "end)" },
  ["with a call"] = { [[
require "calluna.calls"
require "calluna.ari".app("docs", function(ch)
  ch:answer()
  local leg = ch:dial("PJSIP/101", { timeout = 10 })
  require "calluna.task".sleep(1)
  local call = require "calluna.calls".by_channel(ch.id)
]], "end)" },
  ["in a request"] = { 'require "calluna.http".get("/docs", function(req)', "end)" },
  ["in a session"] = { 'require "calluna.agi".serve("docs", function(s)', "end)" },
}

-- A block that a wait or an early return keeps from its last line proves little: so it says that it was there.
local reached = 'require "calluna.log".info("its last line was reached")'
local function ends_by_return(text) return text:find("^return[ \n]") or text:find("\nreturn [^\n]*\n$") end

-- The app around a block.
local function app_text(block, where, prelude)
  local frame = frames[where]
  if not frame then return required(block.text) .. "\n" .. block.text end
  local begin, finish = frame[1], frame[2]
  return table.concat({
    required(prelude .. block.text), begin, prelude,
    "local function block()", block.text, ends_by_return(block.text) and "" or reached, "end",
    'local function told(...) require "calluna.log".info("the block has ended") return ... end', "return told(block())",
    finish,
  }, "\n")
end

-- What a case asks of the routes that a block has.
local function requests(text)
  local lines = {}
  local function ask(method, path)
    path = path:gsub("{number}", "+14155550101"):gsub("{[^}]*}", "7")
    local request = 'asked(pbx:request { method = %q, path = %q, json = { text = "hello" }, user = "anna" })'
    lines[#lines + 1] = request:format(method, path)
  end
  for method, path in text:gmatch('http%.(%l+)%("([^"]+)"') do
    if method == "events" then method = "get" end
    if method ~= "websocket" and method ~= "files" then ask(method:upper(), path) end
  end
  return table.concat(lines, "\n  ")
end

local function case_text(block, where, options)
  local framed, says = frames[where] ~= nil, options:match("it says (.+)$")
  local parts = { 'local t = require "calluna.test"' }
  local path = block.text:match('agi%.serve%("([^"]+)"') or "docs"
  parts[#parts + 1] = ("t.setup { dialplan = %q }"):format((dialplan:gsub("PATH", path)))
  parts[#parts + 1] = [[
local function asked(answer) if answer.status >= 500 then t.fail("status %d", answer.status) end end
t.case("it runs", function(pbx)
  pbx:partner { number = "+14155550101", name = "Ann", tags = { "VIP" } }
  local one, two = pbx:phone("101", { hang_up_after = 60 }), pbx:phone("102", { after = 2, hang_up_after = 30 })
  pbx:phone("103", { does = "noanswer" })
  pbx:user { id = "anna", name = "Anna", extension = "101", phones = { one } }
  pbx:user { id = "boss", name = "Boris", extension = "102", phones = { two } }
  pbx:server("https://crm.example"):answers("GET", "/*", { json = { name = "Ann" } })]]
  for name in options:gmatch("with (%l+)%f[^%w.]") do
    local file = assert(io.open(("tests/docs/cases/%s.lua"):format(name)))
    parts[#parts + 1] = file:read("*a")
    file:close()
  end
  if says then parts[#parts + 1] = ("  pbx:allow_error %q"):format(says) end
  parts[#parts + 1] = "  pbx:start()"
  for name in block.text:gmatch('ari%.app%("([^"]+)"') do
    parts[#parts + 1] = ('  pbx:dialplan "[from-trunk]\\nexten => to-%s,1,Stasis(%s)\\n"'):format(name, name)
    parts[#parts + 1] = ('  pbx:call { from = "+14155550101", name = "Ann", to = "to-%s", stays = 600 }'):format(name)
  end
  if where == "in a call" or where == "with a call" then
    parts[#parts + 1] = '  local caller = pbx:call { from = "+14155550101", name = "Ann", to = "s", stays = 600 }'
    for key in (options:match("the caller keys (%d+)") or ""):gmatch(".") do
      parts[#parts + 1] = ('  pbx:advance(1)\n  caller:press(%q)'):format(key)
    end
  elseif where == "in a session" or block.text:find("agi%.serve") then
    parts[#parts + 1] = '  pbx:call { from = "+14155550101", name = "Ann", to = "agi", stays = 600 }'
  elseif where == "in a request" then
    parts[#parts + 1] = '  asked(pbx:request { path = "/docs", user = "anna" })'
  end
  parts[#parts + 1] = "  " .. requests(block.text)
  parts[#parts + 1] = '  pbx:phone("102"):call("103")'
  parts[#parts + 1] = "  pbx:advance(3600)"
  if framed then
    local early = options:find("it returns early", 1, true) or ends_by_return(block.text)
    local sign = early and "the block has ended" or "its last line was reached"
    parts[#parts + 1] = ("  t.expect(pbx):logged(%q)"):format(sign)
  end
  if says then parts[#parts + 1] = ("  t.expect(pbx):logged(%q)"):format(says) end
  parts[#parts + 1] = "end)\n"
  return table.concat(parts, "\n")
end

local function play_scenario(here, block)
  local folder = here:new_folder("scenario")
  put(folder, "office.lua", block.text)
  here:until_it_says(" calls ", "calluna sim office.lua", folder)
end

function lua.run(here, block)
  local head, prelude = block.directive:match("^([^:]*):%s*(.*)$")
  head = head or block.directive
  local where, options = head:match("^([^,]+)(.*)$")
  where, options = where or "", options or ""
  if where == "a scenario" then return play_scenario(here, block) end
  local tested = where:match("^a test of a? ?([%w_]+)$")
  if where:find("^with ") and not frames[where] then where, options = "", head end
  local known = where == "" or tested or frames[where]
  if not known then here:fail("nobody knows what '%s' means", block.directive) end
  local folder = here:new_folder("app")
  -- What the page has made so far.
  os.execute(("cp %s/*.lua %s/ 2>/dev/null"):format(here.folder, folder))
  if tested then
    os.execute(("cp tests/docs/apps/%s/* %s/"):format(tested, folder))
    put(folder, "test.lua", block.text)
  else
    if options:find("partners.csv", 1, true) then
      put(folder, "partners.csv", "id,name,numbers,tags\n17,Ann Archer,+1 415 555 0101,VIP\n")
    end
    local files = block.text:match('http%.files%("[^"]+", "([^"]+)"')
    if files then os.execute(("mkdir %s/%s"):format(folder, files)) end
    put(folder, "init.lua", app_text(block, where, prelude or ""))
    put(folder, "test.lua", case_text(block, where, options))
  end
  local output, status = here:run("calluna test .", folder)
  if status == 0 then return end
  local file = io.open(folder .. "/init.lua")
  here:fail("%s\n%s", output, tested and "" or file:read("*a"))
end

return lua
