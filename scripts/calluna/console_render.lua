--- Values as a console shows them: readable, sorted, and bounded in depth, width and length.
local render = {}

local most_depth, most_fields, line_width, most_bytes = 4, 100, 100, 60 * 1024
local most_text, most_values = 8 * 1024, 2000

local function cut(text, most)
  if #text <= most then return text end
  return ("%s... (%d bytes in all)"):format(text:sub(1, most), #text)
end

--- At most as much text as one answer may have.
function render.bounded(text) return cut(text, most_bytes) end

local escapes = { ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ['"'] = '\\"', ["\\"] = "\\\\" }
local function quoted(text)
  return '"' .. cut(text, most_text):gsub('[%c"\\]', function(c)
    return escapes[c] or ("\\%03d"):format(c:byte())
  end) .. '"'
end

local order = { number = 1, string = 2 }
local function before(a, b)
  local kind_a, kind_b = type(a), type(b)
  if kind_a ~= kind_b then return (order[kind_a] or 3) < (order[kind_b] or 3) end
  if order[kind_a] then return a < b end
  return tostring(a) < tostring(b)
end

local value_of

-- What is beside the list comes sorted after it.
local function fields_of(table_value, depth, seen)
  local parts, listed = {}, 0
  for i, value in ipairs(table_value) do
    if i > most_fields then break end
    listed, parts[i] = i, value_of(value, depth + 1, seen)
  end
  local keys, left_out = {}, 0
  for key in next, table_value do
    if not (type(key) == "number" and key >= 1 and key <= listed and key % 1 == 0) then keys[#keys + 1] = key end
  end
  table.sort(keys, before)
  for _, key in ipairs(keys) do
    if #parts >= most_fields then
      left_out = left_out + 1
    else
      local name = type(key) == "string" and key:find("^[%a_][%w_]*$") and key
        or "[" .. value_of(key, most_depth, seen) .. "]"
      parts[#parts + 1] = name .. " = " .. value_of(table_value[key], depth + 1, seen)
    end
  end
  if left_out > 0 then parts[#parts + 1] = ("... %d more"):format(left_out) end
  return parts
end

local function table_text(value, depth, seen)
  if next(value) == nil then return "{}" end
  if seen[value] then return "<in itself>" end
  if depth >= most_depth then return "{...}" end
  seen[value] = true
  local parts = fields_of(value, depth, seen)
  seen[value] = nil
  local flat = "{ " .. table.concat(parts, ", ") .. " }"
  if #flat <= line_width and not flat:find("\n", 1, true) then return flat end
  local indent = ("  "):rep(depth + 1)
  return "{\n" .. indent .. table.concat(parts, ",\n" .. indent) .. "\n" .. ("  "):rep(depth) .. "}"
end

function value_of(value, depth, seen)
  seen.count = (seen.count or 0) + 1
  if seen.count > most_values then return "..." end
  local kind = type(value)
  if kind == "string" then return quoted(value) end
  if kind ~= "table" and kind ~= "userdata" then return tostring(value) end
  local class = getmetatable(value)
  local named = type(class) == "table" and class.__tostring and cut(tostring(value), most_text)
  local pairs_of = type(class) == "table" and class.__pairs_table
  if pairs_of then
    -- An event's text is its fields once more.
    if named and named:find("\n", 1, true) then named = nil end
    local fields = depth < most_depth and table_text(pairs_of(value), depth, seen)
    return named and fields and named .. " " .. fields or fields or named or tostring(value)
  end
  if named then return named end
  if kind == "userdata" then return tostring(value) end
  return table_text(value, depth, seen)
end

--- `value` as text.
function render.value(value) return value_of(value, 0, {}) end

return render
