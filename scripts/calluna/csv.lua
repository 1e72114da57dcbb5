--- Comma-separated text (RFC 4180): fields in quotes may hold commas, line ends and doubled quotes. Empty lines and
--- lines that begin with "#" are passed over.
local csv = {}

--- A list of records, each a list of fields with `line`, where it begins. Raises "file:line: what is wrong".
function csv.parse(text, path)
  local records, at, line = {}, 1, 1
  text = text:gsub("^\239\187\191", "") -- a byte order mark
  while at <= #text do
    local record = { line = line }
    local rest_of_line = text:match("^[ \t]*\r?\n", at) or text:match("^#[^\n]*\n?", at)
    if rest_of_line then
      at, line = at + #rest_of_line, line + 1
    else
      local more = true
      while more do
        local field
        if text:sub(at, at) == '"' then
          local close = at
          repeat
            close = text:find('"', close + 1, true)
            if not close then error(("%s:%d: a quote is opened and never closed"):format(path, record.line), 0) end
            local doubled = text:sub(close + 1, close + 1) == '"'
            if doubled then close = close + 1 end
          until not doubled
          field = text:sub(at + 1, close - 1):gsub('""', '"')
          line = line + select(2, field:gsub("\n", ""))
          at = close + 1
          if not text:find("^,", at) and not text:find("^\r?\n", at) and at <= #text then
            error(("%s:%d: text after a closing quote"):format(path, line), 0)
          end
        else
          field = text:match("^[^,\r\n]*", at)
          at = at + #field
          field = field:match("^%s*(.-)%s*$")
        end
        record[#record + 1] = field
        more = text:sub(at, at) == ","
        at = at + (more and 1 or 0)
      end
      at = at + #(text:match("^\r?\n?", at) or "")
      line = line + 1
      records[#records + 1] = record
    end
  end
  return records
end

return csv
