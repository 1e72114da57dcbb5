-- What http.get and its siblings take: the checks of a route, and what the server is told of it.
local native = ...
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local core = native.http

local route = {}

local periods = { s = 1, min = 60, h = 3600 }
local most_body, longest_timeout = 64 * 1024 * 1024, 600

-- "/v1/calls/{id}": what is wrong with it, nil if nothing is.
local function problem_of(path)
  if path:sub(1, 1) ~= "/" then return "it begins with a '/'" end
  local odd = path:match("[^!-~]") or path:match("[?#%%\\]")
  if odd then return ("there is no %q in a path, which is ASCII as it is after decoding"):format(odd) end
  if path == "/" then return nil end
  local names = {}
  for rest in path:gmatch("()/") do
    local segment = path:match("^[^/]*", rest + 1)
    local is_last = rest + #segment == #path
    if segment == "" and not is_last then return "a segment is empty" end
    if segment == "." or segment == ".." then return ("a segment is '%s'"):format(segment) end
    if segment:find("[{}]") then
      local name, tail = segment:match("^{([%a_][%w_]*)(%.*)}$")
      if not name or (tail ~= "" and tail ~= "...") then
        return ("'%s' is no segment: a whole one may be {name}, the last {name...}"):format(segment)
      end
      if tail ~= "" and not is_last then return ("%s takes all that follows, so it is the last"):format(segment) end
      if names[name] then return ("{%s} is there twice"):format(name) end
      names[name] = true
    end
  end
end

local function checked_path(what, path)
  options.argument(what, 1, path, "string", 3)
  local problem = problem_of(path)
  if problem then misuse("%s: '%s' is no path: %s", what, path, problem) end
  return path
end

-- "10/min" -> 10, 60
local function rate_of(what, text)
  local count, unit = text:match("^(%d+)/(%a+)$")
  count = tonumber(count)
  if not count or not periods[unit] or count < 1 or count > 1e6 then
    misuse("%s: rate is a number for each s, min or h, as in \"10/min\", not '%s'", what, text)
  end
  return count, periods[unit]
end

local function networks_of(what, allow)
  if allow == nil then return nil end
  if type(allow) == "string" then allow = { allow } end
  if #allow == 0 then misuse("%s: allow is a list of networks, and it is empty", what) end
  for _, network in ipairs(allow) do
    if type(network) ~= "string" or not core.is_network(network) then
      misuse("%s: allow: '%s' is no network: \"10.0.0.0/8\", \"192.0.2.7\", \"2001:db8::/32\"", what, tostring(network))
    end
  end
  return allow
end

local function within(what, key, value, least, most)
  if value ~= nil and not (value >= least and value <= most) then
    misuse("%s: %s is a number from %s to %s, not %s", what, key, least, most, value)
  end
  return value
end

local keys = {
  request = { auth = "string", allow = "string|table", rate = "string", max_body = "number", timeout = "number" },
  stream = { auth = "string", allow = "string|table", rate = "string", timeout = "number" },
  files = { auth = "string", allow = "string|table", rate = "string" },
}

--- The route of `what` ("http.get") for the server; raises at the app's line. kind: the server's.
function route.make(what, kind, method, path, opts)
  checked_path(what, path)
  opts = options.check(what, opts, keys[kind] or keys.stream, 2)
  if opts.auth ~= nil and opts.auth ~= "bearer" and opts.auth ~= "none" then
    misuse("%s: auth is \"bearer\" or \"none\", not '%s'", what, opts.auth)
  end
  local made = {
    what = kind, method = method, path = path, open = opts.auth == "none",
    networks = networks_of(what, opts.allow),
    max_body = within(what, "max_body", opts.max_body, 0, most_body),
    timeout = within(what, "timeout", opts.timeout, 0.001, longest_timeout),
  }
  if made.open and made.networks then
    misuse("%s: with auth = \"none\" anybody may, so 'allow' says nothing", what)
  end
  if opts.rate then made.rate_count, made.rate_period = rate_of(what, opts.rate) end
  return made
end

--- made.folder: `folder` in the app's own.
function route.folder(what, made, root, folder)
  if folder == "" or folder:sub(1, 1) == "/" then
    misuse("%s: the folder is in the app's, as in \"web\", not '%s'", what, folder)
  end
  for segment in folder:gmatch("[^/]+") do
    if segment == ".." then misuse("%s: the folder is in the app's, which '%s' leaves", what, folder) end
  end
  made.folder = root .. "/" .. folder
  if not core.is_folder(made.folder) then misuse("%s: there is no folder %s", what, made.folder) end
end

--- Registers it; fn(exchange) is a task for each request.
function route.add(what, made, fn)
  local problem = core.add(made, fn)
  if problem then misuse("%s: %s", what, problem) end
end

return route
