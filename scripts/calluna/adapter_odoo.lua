--- The adapter of an Odoo (14 and later), see calluna.adapter. Its settings (`config` of [directory]), all optional:
---   batch      partners in one step, default 2000
---   domain     only these partners: { { "customer_rank", ">", 0 } }
---   url        where a partner is shown: "https://erp.example/odoo/contacts/{id}"
---   device     a user's telephone, by the extension in their `phone`: "PJSIP/{extension}" (default); false: none
---   call       { model = "phone.call", key = "linkedid", fields = { direction = "direction", ... } }: a model of one's
---              own for calls; without it a call is a note of the partner's
local native = ...
local odoo = require "calluna.odoo"
local options = require "calluna.options"
local cursors = require "calluna.adapter_odoo_cursor"
local partners_of = require "calluna.adapter_odoo_partner"
local failure = native.task.error

local adapter_odoo = {}

local setting_keys = {
  batch = "number", domain = "table", url = "string", device = "string|boolean", call = "table",
}

local class = {}
class.__index = class

--- Who answers.
function class:probe()
  local version, err = self.odoo:version()
  if not version then return nil, err end
  local count
  count, err = self.odoo:call("res.partner", "search_count", nil, { domain = self.domain })
  if not count then return nil, err end
  return ("Odoo %s, %.0f partners"):format(version.text, count)
end

--- One step; see calluna.adapter_odoo_cursor for what is asked.
function class:changes(cursor) return self.cursors:step(cursor) end

--- The partner whom Odoo itself finds by the number, in whatever way it is written there.
function class:find_by_number(number)
  local list, err = self.odoo:search_read("res.partner", {
    "|", "|", { "phone_sanitized", "=", number }, { "phone_mobile_search", "=", number }, { "phone", "=", number },
  }, { fields = partners_of.fields, limit = 2, order = "id" })
  if not list then return nil, err end
  if #list > 1 then
    return nil, failure("ambiguous", ("%s: several partners have %s"):format(self.source, number))
  end
  if not list[1] then return nil end
  local made
  made, err = self.partners:make(list)
  return made and made[1], err
end

--- Users with a login, each with the extension in their `phone`.
function class:users()
  local list, err = self.odoo:search_read("res.users", { { "share", "=", false } },
    { fields = { "login", "name", "email", "lang", "phone" }, order = "id" })
  if not list then return nil, err end
  local users = {}
  for i, one in ipairs(list) do
    local extension = (one.phone or ""):match("^%d%d%d?%d?%d?%d?$")
    local user = {
      id = one.login, name = one.name, email = one.email or nil, lang = one.lang or nil,
      external_id = ("%.0f"):format(one.id), extension = extension, devices = {},
    }
    if extension and self.device then
      user.devices[1] = { channel = (self.device:gsub("{extension}", extension)), originate = true }
    end
    users[i] = user
  end
  return users
end

-- { model, id } of what somebody calls a record: a partner, a bare id, or that itself.
local function record_of(ref)
  if type(ref) ~= "table" then return "res.partner", tonumber(ref) end
  return ref.model or "res.partner", tonumber(ref.id)
end

function class:note(ref, text)
  local model, id = record_of(ref)
  if not id then return nil, failure("invalid", self.source .. ": a note needs a record with an id") end
  return self.odoo:note(model, id, text)
end

function class:attach(ref, file)
  local model, id = record_of(ref)
  if not id then return nil, failure("invalid", self.source .. ": a file needs a record with an id") end
  return self.odoo:attach(model, id, file)
end

--- fields: Odoo's of crm.lead; and partner (a partner or its id).
function class:create_lead(fields)
  local values = {}
  for name, value in pairs(fields) do values[name] = value end
  values.partner = nil
  if fields.partner then
    local _, id = record_of(fields.partner)
    values.partner_id = id
  end
  return self.odoo:create("crm.lead", values)
end

local function minutes(seconds) return ("%d:%02d"):format(math.floor(seconds / 60), math.floor(seconds) % 60) end

local function text_of_call(call)
  local parts = { call.direction == "out" and "Outgoing call" or "Incoming call" }
  parts[#parts + 1] = call.remote_number
  parts[#parts + 1] = call.status
  if call.talk_seconds then parts[#parts + 1] = minutes(call.talk_seconds) end
  return table.concat(parts, ", ")
end

-- The subtype of internal notes; asked for once.
function class:note_subtype()
  if not self.subtype then
    local found, err = self.odoo:call("mail.message.subtype", "search", nil,
      { domain = { { "name", "=", "Note" }, { "internal", "=", true } }, limit = 1, context = { lang = "en_US" } })
    if not found then return nil, err end
    if not found[1] then return nil, failure("invalid", self.source .. ": it has no notes") end
    self.subtype = found[1]
  end
  return self.subtype
end

--- call: { id, direction, remote_number, status, talk_seconds, partner, ... }, as `call:summary()` gives it.
function class:log_call(call)
  if not call.id then return nil, failure("invalid", self.source .. ": a call has an id") end
  if self.call then
    local values = {}
    for field, key in pairs(self.call.fields or {}) do
      local value = call[key]
      if type(value) == "table" then value = tonumber(value.id) end
      values[field] = value
    end
    return self.odoo:upsert(self.call.model, { [self.call.key or "linkedid"] = call.id }, values)
  end
  local _, id = record_of(call.partner or false)
  if not id then return nil, failure("invalid", self.source .. ": the call has no partner to be noted at") end
  local subtype, err = self:note_subtype()
  if not subtype then return nil, err end
  -- Where a message belongs can only be said when it is made: so it is part of the key.
  local key = { message_id = ("<call-%s@calluna>"):format(call.id), model = "res.partner", res_id = id }
  return self.odoo:upsert("mail.message", key,
    { body = text_of_call(call), message_type = "comment", subtype_id = subtype })
end

--- config: { odoo = name, settings = { ... } }.
function adapter_odoo.open(config)
  local settings = options.check("the odoo adapter", config.settings, setting_keys)
  local connection = config.odoo and odoo.connect(config.odoo) or odoo
  local status = connection:status()
  local self = setmetatable({
    source = ("odoo %s %s"):format(status.url or "", status.database or ""),
    odoo = connection, domain = settings.domain or {}, call = settings.call,
    device = settings.device == nil and "PJSIP/{extension}" or settings.device,
  }, class)
  self.partners = partners_of.new(connection, settings.url, status.url)
  self.cursors = cursors.new(connection, self.partners, self.domain, settings.batch or 2000)
  return self
end

return adapter_odoo
