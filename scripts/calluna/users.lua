--- Business users, their extensions and telephones, from the configuration and the business system. In memory: nothing
--- here waits. A user: { id, name, extension, pbx, email, external_id (the business system's key), lang,
--- devices = { { channel = "PJSIP/101", context, originate, auto_answer }, ... } }; what is not known is nil.
local native = ...
local options = require "calluna.options"
local core = native.users

local users = {}

--- The user with that key, or with that key in the business system; nil if there is none.
function users.get(id)
  options.argument("users.get", 1, id, "string|number")
  return core.get(tostring(id))
end

--- Whose channel that is: "PJSIP/101-0000001f" by its device, "Local/101@agents-0000;2" by its device or extension.
--- pbx: its name, where extensions of several PBXs are the same. nil if it is nobody's.
function users.by_channel(name, pbx)
  options.argument("users.by_channel", 1, name, "string")
  options.argument("users.by_channel", 2, pbx, "string|nil")
  return core.by_channel(name, pbx)
end

--- Whose extension that is; nil if it is nobody's, or could be that of several without `pbx`.
function users.by_exten(extension, pbx)
  options.argument("users.by_exten", 1, extension, "string|number")
  options.argument("users.by_exten", 2, pbx, "string|nil")
  return core.by_exten(tostring(extension), pbx)
end

--- The channels of a user's devices, in order: what ch:dial takes. user: a user, or a key. nil if there is no such
--- user.
function users.endpoints(user)
  options.argument("users.endpoints", 1, user, "table|string|number")
  if type(user) ~= "table" then user = core.get(tostring(user)) end
  if not user then return nil end
  local list = {}
  for i, device in ipairs(user.devices) do list[i] = device.channel end
  return list
end

--- Everybody, in the order of the configuration, then of the business system.
function users.all() return core.all() end

return users
