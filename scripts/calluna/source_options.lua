-- Option keys that are written out in a call and that the function does not take. Which it takes is read from the
-- library's own text, where it checks them by options.check.
local tokens = require "calluna.source_tokens"
local options = require "calluna.options"

local known = {} -- "popup.show" or "play" (a method's name) -> { position -> { key -> true } }

local function learn(name, position, keys)
  local at = known[name] or {}
  known[name] = at
  at[position] = at[position] or {}
  for key in pairs(keys) do at[position][key] = true end
end

-- `local keys = { ... }` of a file, but tables that change later.
local function named_tables(list)
  local tables = {}
  for i, t in ipairs(list) do
    local constructor = t.text == "local" and list[i + 1] and list[i + 1].kind == "name" and list[i + 2] and
      list[i + 2].text == "=" and list[i + 3] and list[i + 3].text == "{"
    if constructor then
      local keys, all = tokens.keys(list, i + 3)
      if all then tables[list[i + 1].text] = keys end
    end
  end
  for i, t in ipairs(list) do
    local next_text = list[i + 1] and list[i + 1].text
    local changed = t.kind == "name" and (next_text == "[" or next_text == ".") and list[i - 1].text ~= "."
    if changed then tables[t.text] = nil end
  end
  return tables
end

-- Parameters of the function that is written last before token `at`, and whether its own first one is the object.
local function parameters_before(list, at)
  for i = at, 1, -1 do
    if list[i].text == "function" then
      local names, open, with_object = {}, i + 1, false
      while list[open].text ~= "(" do
        if list[open].text == ":" then with_object = true end
        open = open + 1
      end
      for j = open + 1, tokens.close(list, open) - 1 do
        if list[j].kind == "name" then names[#names + 1] = list[j].text end
      end
      return names, with_object
    end
  end
  return {}, false
end

-- The string itself, or what `local what = "popup.show"` in the same function says.
local function string_of(list, at)
  local name = list[at]
  if name.kind == "string" then return name.text end
  for i = at - 1, 1, -1 do
    if list[i].text == "function" then return nil end
    if list[i].text == "local" and list[i + 1].text == name.text and list[i + 3].kind == "string" then
      return list[i + 3].text
    end
  end
end

local function read_check(list, at, tables)
  local name, given, constructor = string_of(list, at + 4), list[at + 6], list[at + 8]
  if not (name and given.kind == "name" and constructor) then return end
  local keys
  if constructor.text == "{" then
    local all
    keys, all = tokens.keys(list, at + 8)
    if not all then return end
  else
    local ends = list[at + 9].text == ")" or list[at + 9].text == ","
    keys = ends and tables[constructor.text]
  end
  if not keys then return end
  local names, with_object = parameters_before(list, at)
  if not name:find("^[%w_.:]+$") then return end
  local is_method = not name:find(".", 1, true)
  for position, parameter in ipairs(names) do
    if parameter == given.text then
      if is_method and not with_object then position = position - 1 end
      local set = {}
      for _, key in ipairs(keys) do set[key.text] = true end
      -- A verb of legs: calls have it, too, and say which leg.
      if not name:find("[.:]") then set.leg = true end
      learn(is_method and name:match("([%w_]+)$") or name, position, set)
    end
  end
end

local function read_library(text)
  local list = tokens.of(text)
  local tables = named_tables(list)
  for i = 1, #list - 9 do
    if list[i].text == "options" and list[i + 2].text == "check" and list[i + 3].text == "(" then
      read_check(list, i, tables)
    end
  end
end

-- Names that stand for modules of the library: `local http = require "calluna.http"`, also several at once.
local function modules_in(list)
  local modules = {}
  for i, t in ipairs(list) do
    if t.text == "local" then
      local names, at = {}, i + 1
      while list[at] and list[at].kind == "name" do
        names[#names + 1] = list[at].text
        at = at + 1
        if not (list[at] and list[at].text == ",") then break end
        at = at + 1
      end
      local one = 1
      while list[at] and (list[at].text == "=" or list[at].text == ",") and list[at + 1] do
        local required = list[at + 1].text == "require" and list[at + 2] and list[at + 2].kind == "string"
        if not required then break end
        local module = list[at + 2].text:match("^calluna%.([%w_]+)$")
        if module and names[one] then modules[names[one]] = module end
        one, at = one + 1, at + 3
      end
    end
  end
  return modules
end

-- The tokens at which the arguments of a call begin; `open`: "(", or the "{" of a call with a table alone.
local function arguments(list, open)
  if list[open].text == "{" then return { open } end
  local begins, last = { open + 1 }, tokens.close(list, open)
  local i = open + 1
  while i < last do
    local t = list[i]
    if t.text == "," and t.kind == "symbol" then begins[#begins + 1] = i + 1 end
    if t.text == "(" or t.text == "{" or t.text == "[" then
      i = tokens.close(list, i)
    elseif t.text == "function" then
      return begins -- an app's own text follows, whose commas are no concern of this call
    end
    i = i + 1
  end
  return begins
end

local function look_at_call(list, open, shown, takes, found)
  for position, at in ipairs(arguments(list, open)) do
    local allowed = takes[position]
    local after = allowed and list[at] and list[at].text == "{" and list[tokens.close(list, at) + 1]
    if after and (after.text == "," or after.text == ")") or allowed and at == open then
      for _, key in ipairs((tokens.keys(list, at))) do
        if not allowed[key.text] then
          local near = options.suggest(key.text, allowed)
          local hint = near and (" (did you mean '%s'?)"):format(near) or ""
          found[#found + 1] = { line = key.line, what = ("%s: unknown option '%s'%s"):format(shown, key.text, hint) }
        end
      end
    end
  end
end

-- Methods that the app's own objects have may take what they like.
local function own_names(list)
  local own = {}
  for i, t in ipairs(list) do
    local at = i + 1
    while t.text == "function" and list[at] and list[at].text ~= "(" do
      own[list[at].text] = true
      at = at + 1
    end
    if t.kind == "name" and list[i + 1] and list[i + 1].text == "=" and list[i + 2] and
      list[i + 2].text == "function" then own[t.text] = true end
  end
  return own
end

local source_options = {}

--- Reads what the library's modules take: their texts.
function source_options.learn(texts)
  for _, text in ipairs(texts) do read_library(text) end
end

--- A list of { line, what } for a file's text.
function source_options.look_at(text)
  local list, found = tokens.of(text), {}
  local modules, own = modules_in(list), own_names(list)
  for i = 1, #list - 3 do
    local object, separator, name, open = list[i], list[i + 1].text, list[i + 2], list[i + 3]
    local called = object.kind == "name" and name.kind == "name" and open.kind == "symbol" and
      (open.text == "(" or open.text == "{")
    local before = list[i - 1] and list[i - 1].text
    if called and separator == "." and before ~= "." and before ~= ":" and modules[object.text] then
      local shown = modules[object.text] .. "." .. name.text
      if known[shown] then look_at_call(list, i + 3, shown, known[shown], found) end
    elseif called and separator == ":" and known[name.text] and not own[name.text] then
      look_at_call(list, i + 3, object.text .. ":" .. name.text, known[name.text], found)
    end
  end
  return found
end

return source_options
