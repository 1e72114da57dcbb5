--- One ARI request: native.ari.send with misuse raised at the app's line and handles allowed wherever an id is.
local native = ...
local misuse = require "calluna.misuse"
local core, tasks = native.ari, native.task

local request = {}

-- What stands for an object in a request: its id (handles name it `id` or, for recordings and the like, `name`).
local function id_of(value)
  if type(value) ~= "table" then return value end
  local class = getmetatable(value)
  if class and class.handle_kind then return value.id or value.name end
  if value[1] == nil then return value end
  local list = {}
  for i, one in ipairs(value) do list[i] = id_of(one) end
  return list
end

--- The arguments as they are sent; a copy, with `more` added.
function request.arguments(options, more)
  local copy = {}
  for key, value in pairs(options or copy) do copy[key] = id_of(value) end
  for key, value in pairs(more or {}) do copy[key] = value end
  return copy
end

--- Sends and waits. Returns the decoded answer (true if it has no content), or nil, err.
function request.send(operation, arguments, pbx, timeout)
  local value, err = core.send(operation, arguments, timeout, pbx)
  if value == false then misuse(err) end
  return value, err
end

--- The same without waiting: as a task of the app's own, so that it goes on when the call has ended.
function request.start(operation, arguments, pbx)
  tasks.spawn(0, core.send, operation, arguments, nil, pbx)
end

return request
