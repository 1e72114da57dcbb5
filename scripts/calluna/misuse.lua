--- misuse(text, ...): raises `text` (a format, as string.format) at the line of the app that called the library,
--- however deep inside the library it is noticed.
local library = debug.getinfo(1, "S").source:match("^(@.*/)misuse%.lua$") or "=calluna."

return function(text, ...)
  if select("#", ...) > 0 then text = text:format(...) end
  local level = 2
  while true do
    local info = debug.getinfo(level, "S")
    if not info then error(text, 0) end
    local ours = info.source:sub(1, #library) == library or info.source:sub(1, 9) == "=calluna."
    if info.what ~= "C" and not ours then error(text, level) end
    level = level + 1
  end
end
