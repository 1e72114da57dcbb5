--- Files of partners, .csv or .json (see calluna.partners): read as the directory keeps them.
local native = ...
local csv = require "calluna.csv"
local options = require "calluna.options"

local partner_file = {}

local function parts_of(text)
  local list = {}
  for part in (text or ""):gmatch("[^;]+") do
    part = part:match("^%s*(.-)%s*$")
    if part ~= "" then list[#list + 1] = part end
  end
  return list
end

local function bad(text, ...) error(text:format(...), 0) end

local columns = {
  id = true, name = true, company = true, company_id = true, is_company = true, numbers = true, region = true,
  tags = true, salesperson = true, url = true, lang = true,
}

local function salesperson_of(text)
  if not text or text == "" then return nil end
  local user, endpoints = text:match("^%s*([^=]-)%s*=%s*(.*)$")
  return { user = user or text, endpoints = parts_of(endpoints) }
end

local function truth(text) return text == "yes" or text == "true" or text == "1" end

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
      company_id = empty_to_nil(row.company_id), is_company = truth(row.is_company), region = empty_to_nil(row.region),
      url = empty_to_nil(row.url), lang = empty_to_nil(row.lang), numbers = parts_of(row.numbers),
      tags = parts_of(row.tags), salesperson = salesperson_of(row.salesperson),
    }
  end
  return list
end

local function line_at(text, byte) return select(2, text:sub(1, byte):gsub("\n", "")) + 1 end

local json_keys = {
  id = "string|number", name = "string", company = "string", company_id = "string|number", is_company = "boolean",
  numbers = "table", region = "string", tags = "table", salesperson = "table", url = "string", lang = "string",
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

--- Where in the file `one` of its partners stands: "file:line".
function partner_file.place(path, one)
  return one.line and ("%s:%d"):format(path, one.line) or ("%s: entry %d"):format(path, one.entry)
end

--- A list of partners, with the fields of directory::partner; nil and why if the file cannot be read. Raises
--- "file:line: what is wrong" for a bad one.
function partner_file.read(path)
  local file, problem = io.open(path, "rb")
  if not file then return nil, problem end
  local text = file:read("*a")
  file:close()
  local list = (path:lower():find("%.json$") and from_json or from_csv)(text, path)
  local owner = {}
  for _, one in ipairs(list) do
    local place = partner_file.place(path, one)
    if #(one.numbers or {}) == 0 and not one.is_company then -- a company may be there for its people alone
      bad("%s: %s has no number", place, one.name or "the partner")
    end
    local id = one.id ~= nil and tostring(one.id)
    if id and owner[id] then bad("%s: id %s is that of %s already", place, id, owner[id]) end
    if id then owner[id] = place end
    local person = one.salesperson
    one.salesperson = person and person.user
    one.salesperson_endpoints = person and person.endpoints
  end
  return list
end

return partner_file
