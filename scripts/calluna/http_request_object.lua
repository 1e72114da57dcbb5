-- A request as a handler sees it: its fields are read when they are asked for.
local native = ...
local core, json = native.http, native.json

local request = {}

local lower_keys = { __index = function(headers, name) return rawget(headers, tostring(name):lower()) end }

-- What is read once and kept.
local readers = {
  method = core.method, path = core.path, remote = core.remote, body = core.body, params = core.params,
  query = core.query, auth = core.auth,
  headers = function(exchange) return setmetatable(core.headers(exchange), lower_keys) end,
}

local methods = {}

--- All values of a name in the query, in their order.
function methods:query_all(name) return core.query_all(self.exchange, name) end

-- `json` and what is wrong with it come together.
local function decode(self)
  if rawget(self, "decoded") then return end
  self.decoded = true
  if self.body == "" then return end
  local value, err = json.decode(self.body)
  if value == nil and err ~= nil then self.json_error = err.message end
  self.json = value
end

local class = {}
function class.__index(self, key)
  local reader = readers[key]
  if reader then
    local value = reader(self.exchange)
    rawset(self, key, value)
    return value
  end
  if key == "gone" then return core.gone(self.exchange) end
  if key == "json" or key == "json_error" then
    decode(self)
    return rawget(self, key)
  end
  return methods[key]
end

function request.new(exchange) return setmetatable({ exchange = exchange }, class) end

return request
