--- What has changed in Odoo's partners since the last time; a part of calluna.adapter_odoo.
---
--- Everything: pages by id. Changes: pages by id of what was written since the newest `write_date` seen, less five
--- minutes, since that is when a transaction began, and a long one appears late. It is told in whole seconds, so a
--- record may be written again within the one it was read in: each change is told twice, and only then passed over.
--- What was deleted, or fell out of the domain, leaves no trace: it is noticed when the counts differ, and then the ids
--- are compared in bulk.
local json = require "calluna.json"
local maker = require "calluna.adapter_odoo_partner"
local partners = require "calluna.partners"

local cursors = {}
local class = {}
class.__index = class

local overlap = 300
local ids_in_one = 50000
local never = "1970-01-01 00:00:00"

-- -- "2026-08-01 12:00:00" as seconds and back, without a time zone in between (days_from_civil)

local function seconds_of(text)
  local y, m, d, h, min, s = text:match("^(%d+)-(%d+)-(%d+) (%d+):(%d+):(%d+)")
  if not y then return 0 end
  y, m, d = tonumber(y), tonumber(m), tonumber(d)
  if m <= 2 then y, m = y - 1, m + 12 end
  local days = 365 * y + math.floor(y / 4) - math.floor(y / 100) + math.floor(y / 400)
    + math.floor((153 * (m - 3) + 2) / 5) + d - 719469
  return ((days * 24 + tonumber(h)) * 60 + tonumber(min)) * 60 + tonumber(s)
end

local function text_of(seconds) return os.date("!%Y-%m-%d %H:%M:%S", math.max(seconds, 0)) end

local function joined(a, b)
  local all = {}
  for _, one in ipairs(a) do all[#all + 1] = one end
  for _, one in ipairs(b) do all[#all + 1] = one end
  return all
end

-- -- everything

function class:newest()
  local list, err = self.odoo:search_read("res.partner", {},
    { fields = { "write_date" }, order = "write_date desc", limit = 1, context = { active_test = false } })
  if not list then return nil, err end
  return list[1] and list[1].write_date or never
end

function class:full(state)
  local list, upserts, err
  if state.last == 0 then
    self.seen, self.highest = {}, 0
    self.partners:forget()
    state.since, err = self:newest()
    if not state.since then return nil, err end
  end
  list, err = self.odoo:search_read("res.partner", joined(self.domain, { { "id", ">", state.last } }),
    { fields = maker.fields, order = "id", limit = self.batch })
  if not list then return nil, err end
  upserts, err = self.partners:make(list)
  if not upserts then return nil, err end
  local step = { upserts = upserts, deletes = {}, done = #list < self.batch, state = { since = state.since } }
  if not step.done then
    state.last = list[#list].id
    step.state = state
  end
  return step
end

-- -- changes

-- The ids of a page that are to be told, and those to be taken away.
function class:sort_out(page, state)
  local wanted, gone, marks = {}, {}, {}
  for _, one in ipairs(page) do
    local before = self.seen[one.id]
    local times = before and before.date == one.write_date and before.times or 0
    if times < 2 then
      marks[one.id] = { date = one.write_date, times = times + 1 }
      if one.active then
        wanted[#wanted + 1] = one.id
      elseif partners.get(one.id) then
        gone[#gone + 1] = ("%.0f"):format(one.id)
      end
    end
    if one.write_date > state.newest then state.newest = one.write_date end
  end
  return wanted, gone, marks
end

function class:read(ids)
  if #ids == 0 then return {} end
  local list, err = self.odoo:search_read("res.partner", joined(self.domain, { { "id", "in", ids } }),
    { fields = maker.fields, order = "id" })
  if not list then return nil, err end
  return self.partners:make(list)
end

function class:changed(state)
  state.newest = state.newest or state.since
  local from = text_of(seconds_of(state.since) - overlap)
  local page, upserts, err
  page, err = self.odoo:search_read("res.partner",
    { { "write_date", ">=", from }, { "id", ">", state.last or 0 } },
    { fields = { "write_date", "active" }, order = "id", limit = self.batch, context = { active_test = false } })
  if not page then return nil, err end
  local wanted, gone, marks = self:sort_out(page, state)
  upserts, err = self:read(wanted)
  if not upserts then return nil, err end
  local step = { upserts = upserts, deletes = gone, done = #page < self.batch, marks = marks }
  if step.done then
    local ok
    ok, err = self:compare(step)
    if not ok then return nil, err end
    self:forget_old(state.newest)
    step.state = { since = state.newest }
  else
    step.state = { since = state.since, newest = state.newest, last = page[#page].id }
  end
  return step
end

function class:forget_old(newest)
  local from = text_of(seconds_of(newest) - overlap)
  for id, mark in pairs(self.seen) do
    if mark.date < from then self.seen[id] = nil end
  end
end

-- -- what left no trace

-- Whom the directory will have after this step.
local function count_after(step)
  local status = partners.status()
  if not status then return nil end
  local count = status.partners
  for _, one in ipairs(step.upserts) do count = count + (partners.get(one.id) and 0 or 1) end
  return count - #step.deletes
end

function class:all_ids()
  local present, highest, last = {}, 0, 0
  repeat
    local ids, err = self.odoo:call("res.partner", "search", nil,
      { domain = joined(self.domain, { { "id", ">", last } }), order = "id", limit = ids_in_one })
    if not ids then return nil, err end
    for _, id in ipairs(ids) do present[id] = true end
    last = ids[#ids] or last
    highest = math.max(highest, last)
  until #ids < ids_in_one
  return present, highest
end

function class:compare(step)
  local expected = count_after(step)
  if not expected then return true end
  local count, err = self.odoo:call("res.partner", "search_count", nil, { domain = self.domain })
  if not count then return nil, err end
  local difference = count - expected
  if difference == 0 or difference == self.unexplained then return true end
  self.unexplained = difference
  local present, highest = self:all_ids()
  if not present then return nil, highest end
  local told, missing = {}, {}
  for _, one in ipairs(step.upserts) do told[tonumber(one.id)] = true end
  for _, id in ipairs(step.deletes) do told[tonumber(id)] = true end
  for id in pairs(present) do
    if not told[id] and #missing < self.batch and not partners.get(id) then missing[#missing + 1] = id end
  end
  -- The last ones may be gone as well: ids are given upwards.
  self.highest = math.max(self.highest, highest + 1000)
  for id = 1, self.highest do
    if not present[id] and not told[id] and partners.get(id) then
      step.deletes[#step.deletes + 1] = ("%.0f"):format(id)
    end
  end
  local found
  found, err = self:read(missing)
  if not found then return nil, err end
  step.upserts = joined(step.upserts, found)
  return true
end

-- --

--- The step after the one that gave `cursor`; nil: the first of everything.
function class:step(cursor)
  -- What was told counts once it has been taken: then its cursor comes back.
  if self.told and self.told.cursor == cursor then
    for id, mark in pairs(self.told.marks or {}) do self.seen[id] = mark end
  end
  self.told = nil
  local state = cursor and (json.decode(cursor) or { since = never }) or { full = true, last = 0 }
  local step, err
  if state.full then step, err = self:full(state) else step, err = self:changed(state) end
  if not step then return nil, err end
  step.cursor = json.encode(step.state)
  self.told = { cursor = step.cursor, marks = step.marks }
  return { upserts = step.upserts, deletes = step.deletes, cursor = step.cursor, done = step.done }
end

function cursors.new(connection, made_by, domain, batch)
  return setmetatable({
    odoo = connection, partners = made_by, domain = domain, batch = batch, seen = {}, highest = 0,
  }, class)
end

return cursors
