--- The runtime's own app that fills the directory from its source, through an adapter (see calluna.adapter).
--- A source that cannot be asked is asked again, with growing pauses, for ever; who is known stays known.
local native = ...
local adapters = require "calluna.adapter"
local json = require "calluna.json"
local log = require "calluna.log"
local directory, users, timers, tasks = native.partners, native.users, native.timer, native.task

local longest_pause = 300

local function problem_of(err) return type(err) == "table" and err.message or tostring(err) end

-- One step after the other, until the source has told everything. `cursor` nil: everything there is.
local function run(adapter, cursor)
  local began, put, deleted, unreadable = timers.now(), 0, 0, 0
  local full, told = cursor == nil, timers.now()
  if full then
    local ok, err = directory.begin_full(adapter.source)
    if not ok then return nil, err end
  end
  repeat
    local step, err = adapter:changes(cursor)
    if not step then return nil, err end
    step.done = step.done ~= false
    cursor = step.cursor or cursor
    local done
    done, err = directory.apply(step)
    if not done then return nil, err end
    put, deleted, unreadable = put + done.put, deleted + done.deleted, unreadable + done.unreadable
    if not step.done and timers.now() - told > 10 then
      told = timers.now()
      log.info("%s: %d partners so far", adapter.source, put)
    end
  until step.done
  if full or put > 0 or deleted > 0 then
    log.info("%s: %s%d partners%s%s, %.1f s", adapter.source, full and "all " or "", put,
      deleted > 0 and (", %d gone"):format(deleted) or "",
      unreadable > 0 and (", %d numbers that are none"):format(unreadable) or "", timers.now() - began)
  end
  return true
end

local function put_users(adapter, list)
  for _, conflict in ipairs(users.put(list)) do log.warning("%s: %s", adapter.source, conflict) end
end

local kept_users -- as text

-- Who works there is known before the source answers, as the partners are.
local function recall_users(adapter)
  kept_users = adapter.users and directory.kept_users(adapter.source) or ""
  local list = kept_users ~= "" and json.decode(kept_users)
  if list then put_users(adapter, list) end
end

local function take_users(adapter)
  if not adapter.users then return true end
  local list, err = adapter:users()
  if not list then return nil, err end
  local kept, text = true, json.encode(list)
  if text ~= kept_users then
    kept, err = directory.keep_users(adapter.source, text)
    kept_users = kept and text
  end
  put_users(adapter, list)
  return kept, err
end

local function sync(adapter, all)
  local cursor, err
  if not all then
    cursor, err = directory.cursor(adapter.source)
    if not cursor then return nil, err end
    if cursor == "" then cursor = nil end
  end
  local ok
  ok, err = run(adapter, cursor)
  if not ok then return nil, err end
  return take_users(adapter)
end

-- By timer from one round to the next: a task that slept in between would have the runtime wait for it at the end.
local function keep_up(adapter, config)
  local last_full, pause, failing = nil, 1, nil
  local function round()
    if timers.retired() then return end
    local due = adapter.always_full or (last_full ~= nil and timers.now() - last_full >= config.full)
    local fine, ok, err = pcall(sync, adapter, due)
    if not fine then ok, err = nil, ok end
    if ok then
      if failing then log.info("%s: answers again", adapter.source) end
      failing, pause = nil, 1
      if due or not last_full then last_full = timers.now() end
      timers.after(config.refresh, round)
    else
      local text = problem_of(err)
      directory.note_error(text)
      if text ~= failing then log.warning("%s: %s; who is known stays known", adapter.source, text) end
      failing = text
      timers.after(pause, round)
      pause = math.min(pause * 2, longest_pause)
    end
  end
  return round
end

return {
  config = {
    adapter = { type = "string", default = "csv" },
    file = { type = "string" },
    odoo = { type = "string" },
    refresh = { type = "number", default = 60, min = 1 },
    full = { type = "number", default = 86400, min = 60 },
    settings = { type = "table", default = {} },
  },

  start = function(config)
    local adapter = adapters.open(config.adapter, config)
    if adapter.watched then        -- a file: a change of it starts this app anew
      local ok, err = sync(adapter, true)
      if not ok then return nil, err end
    else
      recall_users(adapter)
      tasks.spawn(0, keep_up(adapter, config))
    end
  end,
}
