--- The adapter of a file of partners, .csv or .json (see calluna.partners); it is asked for everything, and only that.
local native = ...
local file = require "calluna.partner_file"
local tasks = native.task

local adapter_csv = {}

function adapter_csv.open(config)
  local path = config.file
  native.app.uses(path)
  local adapter = { source = path, watched = true }

  function adapter.probe()
    local list, problem = file.read(path)
    if not list then return nil, tasks.error("offline", problem) end
    return ("%s: %d partners"):format(path, #list)
  end

  function adapter.changes()
    local list, problem = file.read(path)
    if not list then return nil, tasks.error("offline", problem) end
    for i, one in ipairs(list) do
      if one.id == nil then one.id = "#" .. i end
      for _, key in ipairs { "id", "company_id" } do
        if type(one[key]) == "number" then one[key] = ("%.0f"):format(one[key]) end
      end
      one.line, one.entry = nil, nil
    end
    return { upserts = list, cursor = "all", done = true }
  end

  return adapter
end

return adapter_csv
