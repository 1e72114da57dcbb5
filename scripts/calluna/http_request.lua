--- http.request: asks another HTTP server.
local native = ...
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local json = native.json

local keys = {
  url = "!string", method = "string", query = "table", headers = "table", body = "string", json = "any",
  timeout = "number", max_body = "number", follow = "number", verify = "boolean", ca_file = "string",
}
local default_body, most_body, most_redirects = 10 * 1024 * 1024, 256 * 1024 * 1024, 10

local function encoded(value)
  return (tostring(value):gsub("[^%w%-_.~]", function(c) return ("%%%02X"):format(c:byte()) end))
end

local function with_query(url, query)
  local names, parts = {}, {}
  for name in pairs(query) do names[#names + 1] = name end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  for _, name in ipairs(names) do
    local values = type(query[name]) == "table" and query[name] or { query[name] }
    for _, value in ipairs(values) do parts[#parts + 1] = encoded(name) .. "=" .. encoded(value) end
  end
  if #parts == 0 then return url end
  local plain, fragment = url:match("^([^#]*)(.*)$")
  return plain .. (plain:find("?", 1, true) and "&" or "?") .. table.concat(parts, "&") .. fragment
end

local function whole(name, value, least, most)
  if value % 1 == 0 and value >= least and value <= most then return value end
  misuse("http.request: %s is a whole number from %d to %d", name, least, most)
end

local function checked_headers(given)
  local headers, has_type = {}, false
  for name, value in pairs(given or {}) do
    if type(name) ~= "string" or (type(value) ~= "string" and type(value) ~= "number") then
      misuse("http.request: headers is a table of texts by their names")
    end
    headers[name] = tostring(value)
    has_type = has_type or name:lower() == "content-type"
  end
  return headers, has_type
end

local lower_keys = { __index = function(headers, name) return rawget(headers, tostring(name):lower()) end }

-- `json` is decoded when it is first asked for.
local response = {}
function response.__index(self, name)
  if name ~= "json" then return nil end
  local value = json.decode(self.body)
  rawset(self, "json", value)
  return value
end

--- opts: url; method (default GET); query: a table, appended to the url; headers: a table; body: a text, or json: any
--- value; timeout (seconds for all of it, default 10); max_body (bytes of the answer, default 10 MiB); follow: how many
--- redirects (default 0: a redirect is an answer like others); ca_file: PEM file of the authorities to trust; verify =
--- false: trust anybody (for tests). Returns { status, headers (names in lower case), body, json, url }, whatever the
--- status is; nil, err if there was no answer.
return function(opts)
  opts = options.check("http.request", opts, keys)
  local headers, has_type = checked_headers(opts.headers)
  local body = opts.body
  if opts.json ~= nil then
    if body then misuse("http.request: body and json exclude each other") end
    body = json.encode(opts.json)
    if not has_type then headers["Content-Type"] = "application/json" end
  end
  if opts.timeout and not (opts.timeout > 0 and opts.timeout <= 3600) then
    misuse("http.request: timeout is seconds, above 0 and at most 3600")
  end
  local got, err = native.http_client.request {
    method = (opts.method or "GET"):upper(), url = opts.query and with_query(opts.url, opts.query) or opts.url,
    headers = headers, body = body or "", timeout = opts.timeout or 10,
    max_body = whole("max_body", opts.max_body or default_body, 1, most_body),
    follow = whole("follow", opts.follow or 0, 0, most_redirects), verify = opts.verify ~= false,
    ca_file = opts.ca_file or "",
  }
  if not got then return nil, err end
  setmetatable(got.headers, lower_keys)
  return setmetatable(got, response)
end
