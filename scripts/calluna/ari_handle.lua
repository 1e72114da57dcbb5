--- Handles: objects on the PBX with ARI's operations as methods. The classes and the `ari.<resource>.*` functions
--- are made from the operation table; channel and bridge handles get more verbs in files of their own.
local native = ...
local table_of_operations = require "calluna.ari_operations"
local options = require "calluna.options"
local request = require "calluna.ari_request"
local core = native.ari

local handle = {}

-- ids that the operation table's parameters fill in, and where the object itself has them.
local field_of_id = { tech = "technology", resource = "resource" }
local named = {
  stored_recording = true, live_recording = true, device_state = true, mailbox = true, application = true,
}

--- The classes by kind: channel, bridge, playback, ... Methods go into a class itself; `__index` finds them first,
--- then what the object's JSON says.
handle.classes = {}
local kind_of_model = {}

local function class_index(class)
  return function(self, key)
    local method = class[key]
    if method ~= nil then return method end
    local snapshot = rawget(self, "snapshot")
    if snapshot then return snapshot[key] end
  end
end

for kind, description in pairs(table_of_operations.handles) do
  local class = { handle_kind = kind, ids = description.ids, field = {} }
  for _, id in ipairs(description.ids) do class.field[id] = field_of_id[id] or (named[kind] and "name" or "id") end
  class.__index = class_index(class)
  local word = kind:gsub("_", " ")
  class.__tostring = function(self) return ("%s %s"):format(word, tostring(self.id or self.name or self.resource)) end
  handle.classes[kind] = class
  kind_of_model[description.model] = kind
end

--- A plain handle. fields: becomes the object.
function handle.new(kind, fields)
  return setmetatable(fields, handle.classes[kind])
end

-- Operations which make something whose events may come before their answer: the parameter with its id, which
-- is chosen here so that the handle listens first.
local makers = {
  ["channels.originate"] = { "channel_id", "channel" }, ["channels.originateWithId"] = { "channel_id", "channel" },
  ["channels.create"] = { "channel_id", "channel" }, ["channels.externalMedia"] = { "channel_id", "channel" },
  ["channels.snoopChannel"] = { "snoop_id", "channel" }, ["channels.snoopChannelWithId"] = { "snoop_id", "channel" },
  ["bridges.create"] = { "bridge_id", "bridge" }, ["bridges.createWithId"] = { "bridge_id", "bridge" },
}
local id_words = { channel = "ch", bridge = "br", playback = "pb" }

--- Makes a listening handle for an object that is about to be made; set by the files of the kinds.
handle.listen = {}

local function wrap_one(kind, value, pbx)
  if type(value) ~= "table" then return value end
  local known = handle.known and handle.known(kind, value.id, value)
  return known or handle.new(kind, { snapshot = value, pbx = pbx })
end

--- The decoded answer of an operation, as handles where the table has a kind for it.
local function wrap(operation, value, pbx)
  local kind = kind_of_model[operation.result]
  if not kind or value == nil then return value end
  if not operation.result_list then return wrap_one(kind, value, pbx) end
  for i, one in ipairs(value) do value[i] = wrap_one(kind, one, pbx) end
  return value
end

-- A plain ARI parameter may be called `app`; a handle of a channel that enters Stasis listens from the start.
local function make(operation, arguments, pbx)
  local id_name, kind = unpack(makers[operation.operation])
  if kind == "channel" and arguments.app == nil then return end
  local id = arguments[id_name]
  if id == nil then
    id = core.new_id(id_words[kind])
    arguments[id_name] = id
  end
  return handle.listen[kind](id, pbx, arguments.app)
end

--- Runs `operation` and wraps what comes back.
function handle.run(operation, arguments, pbx)
  local made = makers[operation.operation] and make(operation, arguments, pbx)
  local value, err = request.send(operation.operation, arguments, pbx)
  if made then
    if value == nil then
      made:not_made(err)
      return nil, err
    end
    made:made(value)
    return made
  end
  if err then return nil, err end
  return wrap(operation, value, pbx)
end

local function resource_function(operation, what)
  return function(given, more)
    options.argument(what, 1, given, "table|nil")
    local pbx = options.check(what, more, { pbx = "string" }).pbx
    return handle.run(operation, request.arguments(given), pbx)
  end
end

local function method(operation, class)
  local what = ("%s:%s"):format(class.handle_kind, operation.name)
  return function(self, given)
    options.argument(what, 1, given, "table|nil")
    if rawget(self, "gone") then return nil, self.gone end
    local ids = {}
    for _, id in ipairs(class.ids) do ids[id] = self[class.field[id]] end
    local value, err = handle.run(operation, request.arguments(given, ids), self.pbx or nil)
    if err and self.check_gone then return nil, self:check_gone(err) end
    return value, err
  end
end

--- resources.channels.originate{...} and so on: every operation but the event WebSocket.
handle.resources = {}
for _, operation in ipairs(table_of_operations.operations) do
  if operation.method and not operation.upgrade then
    local resource = handle.resources[operation.resource] or {}
    handle.resources[operation.resource] = resource
    resource[operation.name] = resource_function(operation, ("ari.%s.%s"):format(operation.resource, operation.name))
    local class = handle.classes[operation.handle]
    if class then class[operation.name] = method(operation, class) end
  end
end

return handle
