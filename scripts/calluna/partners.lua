--- Partners by telephone number, from a small file: .csv or .json. Look-ups are in memory and never wait.
---   CSV:  id,name,company,numbers,tags,salesperson,url     (numbers, tags and endpoints separated by ";")
---         17,Ann Archer,Archer Ltd,+1 415 555 0101;+1 415 555 0102,VIP,anna=PJSIP/101;PJSIP/201,https://...
---   JSON: [ { "id": 17, "name": "Ann Archer", "company": "Archer Ltd", "numbers": [ "+14155550101" ],
---             "tags": [ "VIP" ], "salesperson": { "user": "anna", "endpoints": [ "PJSIP/101" ] },
---             "url": "https://..." } ]
local native = ...
local csv = require "calluna.csv"
local misuse = require "calluna.misuse"
local options = require "calluna.options"

local partners = {}
local by_number = {}

--- The number as it is compared: without blanks, "-", "(", ")", "." and "/", and with "+" for a leading "00".
function partners.plain(number)
  local plain = tostring(number):gsub("[%s%-%(%)%./]", "")
  return (plain:gsub("^00", "+"))
end

local function set_of(list)
  local set = {}
  for _, one in ipairs(list) do set[one] = true end
  return set
end

local function parts_of(text)
  local list = {}
  for part in (text or ""):gmatch("[^;]+") do
    part = part:match("^%s*(.-)%s*$")
    if part ~= "" then list[#list + 1] = part end
  end
  return list
end

local function partner_of(raw)
  local name, company = raw.name or "", raw.company or ""
  local display = name
  if name == "" then display = company elseif company ~= "" then display = ("%s (%s)"):format(name, company) end
  return {
    id = raw.id, name = name, company = company, display_name = display, tags = set_of(raw.tags or {}),
    salesperson = raw.salesperson, numbers = raw.numbers, url = raw.url,
  }
end

-- -- the two kinds of file; both give { partner as in JSON, line } and raise "file:line: what is wrong"

local function bad(text, ...) error(text:format(...), 0) end

local columns = { id = true, name = true, company = true, numbers = true, tags = true, salesperson = true, url = true }

local function salesperson_of(text)
  if not text or text == "" then return nil end
  local user, endpoints = text:match("^%s*([^=]-)%s*=%s*(.*)$")
  return { user = user or text, endpoints = parts_of(endpoints) }
end

local function empty_to_nil(text) return text ~= "" and text or nil end

local function from_csv(text, path)
  local records = csv.parse(text, path)
  local header = records[1]
  if not header then bad("%s:1: the file is empty; its first line names the columns: id,name,numbers,tags", path) end
  for _, name in ipairs(header) do
    if not columns[name] then
      local near = options.suggest(name, columns)
      bad("%s:1: unknown column '%s'%s", path, name, near and (" (did you mean '%s'?)"):format(near) or "")
    end
  end
  local list = {}
  for i = 2, #records do
    local record, row = records[i], {}
    if #record ~= #header then
      bad("%s:%d: %d fields; the first line names %d columns", path, record.line, #record, #header)
    end
    for at, name in ipairs(header) do row[name] = record[at] end
    list[#list + 1] = {
      line = record.line, id = empty_to_nil(row.id), name = row.name, company = row.company,
      url = empty_to_nil(row.url), numbers = parts_of(row.numbers), tags = parts_of(row.tags),
      salesperson = salesperson_of(row.salesperson),
    }
  end
  return list
end

local function line_at(text, byte) return select(2, text:sub(1, byte):gsub("\n", "")) + 1 end

local json_keys = {
  id = "string|number", name = "string", company = "string", numbers = "table", tags = "table", salesperson = "table",
  url = "string",
}

local function from_json(text, path)
  local list, problem = native.json.decode(text)
  if not list then
    local byte = problem.message:match("byte (%d+)")
    bad("%s:%d: %s", path, byte and line_at(text, tonumber(byte)) or 1, problem.message)
  end
  if type(list) ~= "table" or (next(list) ~= nil and #list == 0) then
    bad("%s:1: it must be a list: [ {...}, {...} ]", path)
  end
  for i, one in ipairs(list) do
    if type(one) ~= "table" then bad("%s: entry %d is a %s; it must be an object", path, i, type(one)) end
    for key, value in pairs(one) do
      local wanted = json_keys[key]
      if not wanted then bad("%s: entry %d: unknown key '%s'", path, i, tostring(key)) end
      if not ("|" .. wanted .. "|"):find("|" .. type(value) .. "|", 1, true) then
        bad("%s: entry %d: %s is a %s; it takes a %s", path, i, key, type(value), (wanted:gsub("|", " or ")))
      end
    end
    one.entry = i
  end
  return list
end

local function place(path, one)
  return one.line and ("%s:%d"):format(path, one.line) or ("%s: entry %d"):format(path, one.entry)
end

local function index_of(list, path)
  local index, seen = {}, {}
  for _, one in ipairs(list) do
    local numbers = one.numbers or {}
    if #numbers == 0 then bad("%s: %s has no number", place(path, one), one.name or "the partner") end
    local partner = partner_of(one)
    for _, number in ipairs(numbers) do
      local plain = partners.plain(number)
      if not plain:find("^%+?%d+$") then
        bad("%s: '%s' is no telephone number", place(path, one), tostring(number))
      end
      if index[plain] then
        bad("%s: %s belongs to another partner already (%s)", place(path, one), tostring(number), seen[plain])
      end
      index[plain] = partner
      seen[plain] = one.line and ("line %d"):format(one.line) or ("entry %d"):format(one.entry)
    end
  end
  return index
end

--- Reads the file and takes its partners instead of those before; a bad file raises "file:line: what" and changes
--- nothing. A relative path is below the app's folder. Returns how many partners it has. A change of the file reloads
--- the app.
function partners.load(path)
  options.argument("partners.load", 1, path, "string")
  local full = path:sub(1, 1) == "/" and path or native.app.folder .. "/" .. path
  local file, problem = io.open(full, "rb")
  if not file then misuse("partners.load: %s", problem) end
  local text = file:read("*a")
  file:close()
  native.app.uses(full)
  local list = (path:lower():find("%.json$") and from_json or from_csv)(text, full)
  by_number = index_of(list, full)
  return #list
end

--- The partner with that number: { id, name, display_name, company, tags (partner.tags.VIP), salesperson = { user,
--- endpoints }, numbers, url }; nil if there is none. Numbers match exactly, but for blanks, "-", "(", ")" and "00".
function partners.lookup(number)
  options.argument("partners.lookup", 1, number, "string|number|nil")
  return number ~= nil and by_number[partners.plain(number)] or nil
end

return partners
