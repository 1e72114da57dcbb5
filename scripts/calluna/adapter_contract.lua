--- What every adapter has to keep (see calluna.adapter), as a test for those who write one:
---   contract.check(adapter, { number = "+49301", call = { id = "x", ... }, ref = { model = , id = }, file = "a.wav",
---                             lead = { name = "x" }, change = function() ... end })
--- runs it against the real system, in a task, and raises at the first thing that is wrong. Everything but the adapter
--- may be left out: `number` is one that the system knows, `change` changes some partner in it. What it writes stays.
local native = ...
local options = require "calluna.options"

local contract = {}

local partner_keys = {
  id = "!string", name = "string", company_id = "string", company = "string", is_company = "boolean", tags = "table",
  numbers = "table", region = "string", salesperson = "string", salesperson_endpoints = "table", url = "string",
  lang = "string",
}
local user_keys = {
  id = "!string", name = "string", extension = "string", pbx = "string", email = "string", external_id = "string",
  lang = "string", devices = "table",
}
local most_steps = 100000

local function wrong(text, ...) error("the contract is broken: " .. text:format(...), 0) end

local function is_list(value) return type(value) == "table" and (next(value) == nil or #value > 0) end

local function check_failure(what, err)
  if type(err) ~= "table" or type(err.kind) ~= "string" or type(err.message) ~= "string" then
    wrong("%s returned nil and %s, not an error with kind and message", what, tostring(err))
  end
end

-- value, or nothing if the adapter cannot do it; any other failure is one of the test's.
local function supported(what, value, err)
  if value ~= nil then return value end
  if err == nil then return nil end
  check_failure(what, err)
  if err.kind ~= "invalid" then wrong("%s: %s", what, tostring(err)) end
  return nil
end

local function check_texts(what, list)
  if list == nil then return end
  if not is_list(list) then wrong("%s is no list", what) end
  for _, one in ipairs(list) do
    if type(one) ~= "string" then wrong("%s holds a %s", what, type(one)) end
  end
end

local function check_partner(one)
  options.check("a partner", one, partner_keys)
  if one.id == "" then wrong("a partner has an empty id") end
  for _, field in ipairs { "tags", "numbers", "salesperson_endpoints" } do
    check_texts("a partner's " .. field, one[field])
  end
end

-- Applies the steps from `cursor` on to `known`; returns the last cursor.
local function follow(adapter, cursor, known)
  for _ = 1, most_steps do
    local step, err = adapter:changes(cursor)
    if not step then
      check_failure("changes", err)
      wrong("changes: %s", tostring(err))
    end
    if not is_list(step.upserts or {}) then wrong("changes: upserts is no list") end
    check_texts("changes: deletes", step.deletes)
    if type(step.cursor) ~= "string" or step.cursor == "" then wrong("changes: a step has no cursor") end
    for _, one in ipairs(step.upserts or {}) do
      check_partner(one)
      known[one.id] = native.json.encode(one)
    end
    for _, id in ipairs(step.deletes or {}) do known[id] = nil end
    cursor = step.cursor
    if step.done ~= false then return cursor end
  end
  wrong("changes: no end after %d steps", most_steps)
end

local function same(what, a, b)
  for id, one in pairs(a) do
    if b[id] == nil then wrong("%s: partner %s is missing", what, id) end
    if b[id] ~= one then wrong("%s: partner %s is %s, not %s", what, id, b[id], one) end
  end
  for id in pairs(b) do
    if a[id] == nil then wrong("%s: partner %s should not be there", what, id) end
  end
end

local function check_changes(adapter, change)
  local known, again = {}, {}
  local cursor = follow(adapter, nil, known)
  follow(adapter, nil, again)
  same("everything, asked for twice", known, again)
  cursor = follow(adapter, cursor, known)
  same("changes when nothing has changed", again, known)
  if change then
    change()
    follow(adapter, cursor, known)
    local all = {}
    follow(adapter, nil, all)
    same("changes after a change", all, known)
  end
  -- A cursor of an older version must not end in an error that stays.
  local step, err = adapter:changes("of another version")
  if not step then check_failure("changes", err) end
end

local function check_number(adapter, number)
  local one = supported("find_by_number", adapter:find_by_number(number))
  if one then check_partner(one) end
  local nobody, err = adapter:find_by_number("+999000000000000")
  if nobody ~= nil then wrong("find_by_number found somebody for a number nobody has") end
  supported("find_by_number", nil, err)
end

local function check_users(adapter)
  local seen = {}
  for _, one in ipairs(supported("users", adapter:users()) or {}) do
    options.check("a user", one, user_keys)
    if seen[one.id] then wrong("users: %s is there twice", one.id) end
    seen[one.id] = true
  end
end

local function check_written(adapter, given)
  if given.call then
    local first = supported("log_call", adapter:log_call(given.call))
    local second = supported("log_call", adapter:log_call(given.call))
    if first ~= second then wrong("log_call: one call became %s and %s", tostring(first), tostring(second)) end
  end
  if given.ref then supported("note", adapter:note(given.ref, "A note <with> signs & two\nlines")) end
  if given.ref and given.file then supported("attach", adapter:attach(given.ref, given.file)) end
  if given.lead then supported("create_lead", adapter:create_lead(given.lead)) end
end

--- Raises unless `adapter` keeps the contract. Waits.
function contract.check(adapter, given)
  given = options.check("contract.check", given, {
    number = "string", call = "table", ref = "table", file = "string|table", lead = "table", change = "function",
  })
  local line = supported("probe", adapter:probe())
  if type(line) ~= "string" then wrong("probe returned a %s, not a line of text", type(line)) end
  check_changes(adapter, given.change)
  if given.number then check_number(adapter, given.number) end
  if adapter.users then check_users(adapter) end
  check_written(adapter, given)
  return true
end

return contract
