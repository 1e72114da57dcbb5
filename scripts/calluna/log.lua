--- The log, under the app's name. Each function takes a text, or a format and its arguments as string.format.
local native = ...
local log = {}

for _, level in ipairs { "debug", "info", "warning", "error" } do
  log[level] = function(text, ...)
    if select("#", ...) > 0 then text = string.format(text, ...) end
    native.log.write(level, tostring(text))
  end
end

return log
