-- Lua source as tokens, for what looks at apps without running them.
local tokens = {}

local function long_bracket(text, at)
  local level = text:match("^%[(=*)%[", at)
  if not level then return nil end
  local _, last = text:find("]" .. level .. "]", at + #level + 2, true)
  return last or #text
end

local function end_of_string(text, at)
  local quote = text:sub(at, at)
  local next_at = at + 1
  while next_at <= #text do
    local c = text:sub(next_at, next_at)
    if c == "\\" then
      next_at = next_at + 2
    elseif c == quote then
      return next_at
    else
      next_at = next_at + 1
    end
  end
  return #text
end

--- A list of { kind, text, line }; kind: "name", "string" (text is what is between the quotes), "number", "symbol".
--- Comments and blanks are left out. What does not compile gives some tokens as well.
function tokens.of(text)
  local list, at, line = {}, 1, 1
  local function add(kind, last, value)
    list[#list + 1] = { kind = kind, text = value or text:sub(at, last), line = line }
    local _, breaks = text:sub(at, last):gsub("\n", "")
    line, at = line + breaks, last + 1
  end
  local function skip(last)
    local _, breaks = text:sub(at, last):gsub("\n", "")
    line, at = line + breaks, last + 1
  end
  while at <= #text do
    local c = text:sub(at, at)
    if c:find("%s") then
      skip(at)
    elseif text:find("^%-%-", at) then
      skip(long_bracket(text, at + 2) or (text:find("\n", at, true) or #text + 1) - 1)
    elseif c == '"' or c == "'" then
      local last = end_of_string(text, at)
      add("string", last, text:sub(at + 1, last - 1))
    elseif long_bracket(text, at) then
      local last = long_bracket(text, at)
      add("string", last, text:sub(at, last):gsub("^%[(=*)%[(.*)%]%1%]$", "%2"))
    elseif c:find("[%a_]") then
      add("name", select(2, text:find("^[%w_]+", at)))
    elseif text:find("^%.?%d", at) then
      add("number", select(2, text:find("^[%w.]+", at)))
    else
      add("symbol", select(2, text:find("^%.%.%.?", at)) or at)
    end
  end
  return list
end

local closing = { ["("] = ")", ["{"] = "}", ["["] = "]" }

--- Where the bracket that opens at token `at` closes; the last token if it does not.
function tokens.close(list, at)
  local depth = 0
  for i = at, #list do
    local t = list[i]
    if t.kind == "symbol" then
      if closing[t.text] then depth = depth + 1 end
      if t.text == ")" or t.text == "}" or t.text == "]" then depth = depth - 1 end
      if depth == 0 then return i end
    end
  end
  return #list
end

--- The names that are keys in the table constructor that opens at token `at`: a list of tokens; and whether these are
--- all of its keys, as far as text tells.
function tokens.keys(list, at)
  local keys, all = {}, true
  local last = tokens.close(list, at)
  local i = at + 1
  while i < last do
    local t, before = list[i], list[i - 1].text
    local begins = i == at + 1 or before == "," or before == ";"
    if begins and t.kind == "name" and list[i + 1].text == "=" and list[i + 2].text ~= "=" then keys[#keys + 1] = t end
    if begins and t.text == "[" then all = false end
    if t.kind == "symbol" and closing[t.text] then
      i = tokens.close(list, i)
    end
    i = i + 1
  end
  return keys, all
end

return tokens
