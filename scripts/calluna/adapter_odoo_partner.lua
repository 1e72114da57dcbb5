--- Partners made of Odoo's records of res.partner; a part of calluna.adapter_odoo.
local maker = {}

--- What is asked for; what the server does not have is left out (`mobile` is gone in 19).
maker.fields = {
  "name", "is_company", "parent_id", "commercial_partner_id", "commercial_company_name", "category_id", "phone",
  "mobile", "phone_sanitized", "country_id", "user_id", "lang",
}

local class = {}
class.__index = class

-- A key as text: Odoo's numbers without a fraction.
local function key_of(id) return ("%.0f"):format(id) end

-- Names by id of a small table, asked for as a whole when an id is not known.
local function names_of(self, cache, model, field, ids)
  local known = self[cache]
  for _, id in ipairs(ids) do
    if not known or not known[id] then
      local list, err = self.odoo:search_read(model, {}, { fields = { field }, context = { active_test = false } })
      if not list then return nil, err end
      known = {}
      for _, one in ipairs(list) do known[one.id] = one[field] or nil end
      self[cache] = known
      break
    end
  end
  return known or {}
end

-- Since 18 the web client has readable addresses.
local function url_template(self)
  if not self.url then
    local version, err = self.odoo:version()
    if not version then return nil, err end
    local path = version.major >= 18 and "/odoo/res.partner/{id}" or "/web#id={id}&model=res.partner&view_type=form"
    self.url = (self.base:gsub("/+$", "")) .. path
  end
  return self.url
end

local function all_of(list, field)
  local ids = {}
  for _, one in ipairs(list) do
    local value = one[field]
    if field == "category_id" then
      for _, id in ipairs(value or {}) do ids[#ids + 1] = id end
    elseif value then
      ids[#ids + 1] = value[1]
    end
  end
  return ids
end

-- The company: the top of the tree it belongs to, if that is another record.
local function company_of(record)
  local top = record.commercial_partner_id or record.parent_id
  if not top or top[1] == record.id then return "", "" end
  return key_of(top[1]), record.commercial_company_name or top[2] or ""
end

local function partner_of(record, tags, countries, url)
  local id = key_of(record.id)
  local company_id, company = company_of(record)
  local partner = {
    id = id, name = record.name or "", company_id = company_id, company = company,
    is_company = record.is_company or false, tags = {}, numbers = {},
    region = record.country_id and countries[record.country_id[1]] or "",
    salesperson = record.user_id and key_of(record.user_id[1]) or "",
    url = (url:gsub("{id}", id)), lang = record.lang or "",
  }
  for _, tag in ipairs(record.category_id or {}) do partner.tags[#partner.tags + 1] = tags[tag] end
  for _, field in ipairs { "phone", "mobile", "phone_sanitized" } do
    if record[field] then partner.numbers[#partner.numbers + 1] = record[field] end
  end
  return partner
end

--- The partners of a list of records; nil, err if what they refer to cannot be asked for.
function class:make(list)
  local tags, countries, url, err
  tags, err = names_of(self, "tags", "res.partner.category", "name", all_of(list, "category_id"))
  if not tags then return nil, err end
  countries, err = names_of(self, "countries", "res.country", "code", all_of(list, "country_id"))
  if not countries then return nil, err end
  url, err = url_template(self)
  if not url then return nil, err end
  local made = {}
  for i, record in ipairs(list) do made[i] = partner_of(record, tags, countries, url) end
  return made
end

--- Names are asked for anew.
function class:forget() self.tags, self.countries = nil, nil end

--- url: where a partner is shown, with {id}; nil: as this Odoo has it, below `base`.
function maker.new(connection, url, base)
  return setmetatable({ odoo = connection, url = url, base = base or "" }, class)
end

return maker
