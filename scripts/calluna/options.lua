-- Checks arguments where the caller wrote them. Every verb has a closed set of option keys.
local options = {}

-- Letters to change, add, drop or swap with their neighbour.
local function distance(a, b)
  local before, row = {}, {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local next_row = { [0] = i }
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      local best = math.min(row[j - 1] + cost, row[j] + 1, next_row[j - 1] + 1)
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        best = math.min(best, before[j - 2] + 1)
      end
      next_row[j] = best
    end
    before, row = row, next_row
  end
  return row[#b]
end

--- The key of `known` that `word` most likely means; nil if none is near.
function options.suggest(word, known)
  local best, best_distance = nil, 3
  local plain = word:lower():gsub("_", "")
  for name in pairs(known) do
    local d = distance(plain, (name:lower():gsub("_", "")))
    if d < best_distance or (d == best_distance and best and name < best) then best, best_distance = name, d end
  end
  return best
end

--- Raises at the caller's caller unless every key of `given` is in `known` with a fitting type.
--- known: { key = "type" | "type|type" | "any" }; a type with "!" in front must be given.
--- Returns `given`, or an empty table for nil.
function options.check(what, given, known, level)
  level = (level or 1) + 2
  if given == nil then given = {} end
  if type(given) ~= "table" then error(("%s: options are a table, not a %s"):format(what, type(given)), level) end
  for key, value in pairs(given) do
    local wanted = known[key]
    if wanted == nil then
      local near = type(key) == "string" and options.suggest(key, known)
      local hint = near and (" (did you mean '%s'?)"):format(near) or ""
      error(("%s: unknown option '%s'%s"):format(what, tostring(key), hint), level)
    end
    wanted = wanted:gsub("^!", "")
    if wanted ~= "any" and not ("|" .. wanted .. "|"):find("|" .. type(value) .. "|", 1, true) then
      local types = wanted:gsub("|", " or ")
      error(("%s: option '%s' is a %s; it takes a %s"):format(what, key, type(value), types), level)
    end
  end
  for key, wanted in pairs(known) do
    if wanted:sub(1, 1) == "!" and given[key] == nil then
      error(("%s: option '%s' is missing"):format(what, key), level)
    end
  end
  return given
end

--- Raises at the caller's caller unless `value` is of one of the types "a|b".
function options.argument(what, position, value, wanted, level)
  if ("|" .. wanted .. "|"):find("|" .. type(value) .. "|", 1, true) then return value end
  local types = wanted:gsub("|", " or ")
  error(("%s: argument %d is a %s; it takes a %s"):format(what, position, type(value), types), (level or 1) + 2)
end

return options
