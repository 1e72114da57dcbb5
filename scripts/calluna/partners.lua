--- Who is calling: partners by telephone number. They are in memory: look-ups never wait, and work while the business
--- system is down. Numbers match however they are written; one without a country code is read by the region of the
--- call the task serves (see calluna.phone).
local native = ...
local file = require "calluna.partner_file"
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local core, tasks = native.partners, native.task

local partners = {}

local policies = { parent = "parent", first = "first", none = "none" }

local most_names = 5

local function ambiguous(number, candidates)
  local names = {}
  for i = 1, math.min(#candidates, most_names) do names[i] = tostring(candidates[i]) end
  if #candidates > most_names then names[most_names + 1] = ("%d more"):format(#candidates - most_names) end
  local err = tasks.error("ambiguous", ("%s is the number of %s"):format(number, table.concat(names, ", ")))
  err.candidates = candidates
  return nil, err
end

local function policy_of(what, consolidate)
  if consolidate == nil or type(consolidate) == "function" then return "none" end
  local policy = policies[consolidate]
  if not policy then
    misuse("%s: consolidate is \"parent\", \"first\", \"none\" or a function, not '%s'", what, tostring(consolidate))
  end
  return policy
end

--- The partner with that number; nil if there is none; nil, err (kind "ambiguous", err.candidates) if it could be one
--- of several. Words such as "anonymous", internal extensions and short codes are nobody's number.
--- opts.region: how a number without a country code is read ("DE"). opts.consolidate: what to do with several:
---   "parent" (the default)  those of one company: the only person among them, or the company
---   "first"                 the one with the lowest id
---   "none"                  never choose
---   fn(candidates)          returns one of them, or nil: ambiguous
function partners.lookup(number, opts)
  if type(number) ~= "string" then options.argument("partners.lookup", 1, number, "string|number|nil") end
  if opts ~= nil then options.check("partners.lookup", opts, { region = "string", consolidate = "string|function" }) end
  if number == nil then return nil end
  if opts == nil then
    local who, candidates = core.lookup(number)
    if candidates then return ambiguous(number, candidates) end
    return who
  end
  local choose = opts.consolidate
  local policy = choose == nil and "parent" or policy_of("partners.lookup", choose)
  local who, candidates = core.lookup_by(number, policy, opts.region)
  if not candidates then return who end
  local chosen = type(choose) == "function" and choose(candidates)
  if chosen then return chosen end
  return ambiguous(number, candidates)
end

--- The partner with that id; nil if there is none.
function partners.get(id)
  options.argument("partners.get", 1, id, "string|number")
  return core.get(tostring(id))
end

--- How the directory is: { partners, numbers, source, age (seconds since its source had last told all; nil: never),
--- stale, last_error }; nil without a [directory] in the configuration.
function partners.status() return core.status() end

--- Reads a file of partners of the app's own, and asks it alone from now on; a bad file raises "file:line: what" and
--- changes nothing. For apps without a [directory]. A relative path is below the app's folder. Returns how many
--- partners it has. A change of the file reloads the app.
---   CSV:  id,name,company,numbers,tags,salesperson,url     (numbers, tags and endpoints separated by ";")
---         17,Ann Archer,Archer Ltd,+1 415 555 0101;+1 415 555 0102,VIP,anna=PJSIP/101;PJSIP/201,https://...
---         more columns: company_id, is_company (yes), region, lang
---   JSON: [ { "id": 17, "name": "Ann Archer", "company": "Archer Ltd", "numbers": [ "+14155550101" ],
---             "tags": [ "VIP" ], "salesperson": { "user": "anna", "endpoints": [ "PJSIP/101" ] },
---             "url": "https://..." } ]
function partners.load(path)
  options.argument("partners.load", 1, path, "string")
  local full = path:sub(1, 1) == "/" and path or native.app.folder .. "/" .. path
  local list, problem = file.read(full)
  if not list then misuse("partners.load: %s", problem) end
  native.app.uses(full)
  local count, at, number = core.load(list)
  if not count then
    error(("%s: '%s' is no telephone number; one without a country code needs a region"):format(
      file.place(full, list[at]), number), 0)
  end
  return count
end

return partners
