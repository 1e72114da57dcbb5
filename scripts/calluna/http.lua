--- Requests to other servers (http.request), and from outside: routes on the runtime's HTTP server, whose handlers are
--- tasks.
--- See docs/lua/http.md for what a request holds and what a handler returns.
local native = ...
local options = require "calluna.options"
local request = require "calluna.http_request_object"
local route = require "calluna.http_route"
local socket = require "calluna.http_socket"
local core = native.http

local http = {}

-- A mistake in what a handler returned, said with the line where the handler begins: its own are over.
local function wrong(place, text, ...) error(place .. ": the handler returns " .. text:format(...), 0) end

local function send(place, ...)
  local ok, problem = pcall(core.respond, ...)
  if not ok then wrong(place, "what cannot be sent: %s", tostring(problem)) end
end

local function check(place, status, body, headers)
  if type(status) ~= "number" or status < 200 or status > 599 or status % 1 ~= 0 then
    wrong(place, "%s; it returns a status from 200 to 599, a body, or nothing", tostring(status))
  end
  if body ~= nil and type(body) ~= "table" and type(body) ~= "string" then
    wrong(place, "a %s as the body; that is a table (sent as JSON) or a text", type(body))
  end
  if headers ~= nil and type(headers) ~= "table" then
    wrong(place, "a %s as the headers; those are a table of texts by name", type(headers))
  end
  if body ~= nil and (status == 204 or status == 304) then
    wrong(place, "a body with status %d, which has none", status)
  end
end

local function respond(place, exchange, status, body, headers)
  if status == nil then
    if body ~= nil then wrong(place, "nil, %s; for a failure, return 502, { error = ... }", tostring(body)) end
    return send(place, exchange, 204)
  end
  if type(status) == "table" or type(status) == "string" then
    if body ~= nil then wrong(place, "a body and more; with a status, that comes first: return 200, body") end
    return send(place, exchange, 200, status)
  end
  check(place, status, body, headers)
  send(place, exchange, status, body, headers)
end

local function place_of(what, path, fn)
  local info = debug.getinfo(fn, "S")
  return ("%s:%d: %s '%s'"):format(info.short_src, info.linedefined, what, path)
end

local function arguments(what, opts, fn)
  if fn == nil and type(opts) == "function" then opts, fn = nil, opts end
  options.argument(what, 2, opts, "table|nil", 2)
  options.argument(what, 3, fn, "function", 2)
  return opts, fn
end

local function verb(name)
  local what = "http." .. name
  return function(path, opts, fn)
    opts, fn = arguments(what, opts, fn)
    local made = route.make(what, "request", name:upper(), path, opts)
    local place = place_of(what, path, fn)
    route.add(what, made, function(exchange)
      core.begin(exchange)
      respond(place, exchange, fn(request.new(exchange)))
    end)
  end
end

--- http.get(path, opts, fn), and so for post, put, delete and patch: fn(req) answers the requests to that path, each
--- as a task. "/v1/calls/{id}" takes any segment there, req.params.id; "{rest...}" at the end all that follow.
--- fn returns a status, a body and headers, of which only one of the first two must be there: a table is sent as JSON,
--- a text as plain text; nothing at all is 204. An error in it is logged, and the client gets 500.
--- opts (may be left out): auth = "bearer" (the default) or "none"; allow: networks that need no token; rate =
--- "10/min" (s, min, h) for each user or address; max_body: bytes, default 1 MiB; timeout: seconds, default 30.
http.get, http.post, http.put = verb "get", verb "post", verb "put"
http.delete, http.patch = verb "delete", verb "patch"

--- Serves the files of `folder`, which is in the app's folder, below `path`. opts: auth, allow, rate.
function http.files(path, folder, opts)
  options.argument("http.files", 2, folder, "string")
  options.argument("http.files", 3, opts, "table|nil")
  local made = route.make("http.files", "files", "GET", path, opts)
  route.folder("http.files", made, native.app.folder, folder)
  route.add("http.files", made)
end

--- Keeps the clients of `path` told of topics of calluna.push (a stream of events, as EventSource in a browser reads
--- it): fn(req) returns a topic or a list of topics; or a status and a body, to refuse. opts: auth, allow, rate,
--- timeout (of fn).
function http.events(path, opts, fn)
  opts, fn = arguments("http.events", opts, fn)
  local made = route.make("http.events", "events", "GET", path, opts)
  local place = place_of("http.events", path, fn)
  local function answer(exchange, topics, ...)
    if type(topics) == "number" then return respond(place, exchange, topics, ...) end
    if type(topics) == "string" then topics = { topics } end
    if type(topics) ~= "table" or #topics == 0 then
      wrong(place, "%s; it returns a topic, a list of topics, or a status", type(topics))
    end
    for _, topic in ipairs(topics) do
      if type(topic) ~= "string" then wrong(place, "a %s as a topic; that is a text", type(topic)) end
    end
    core.stream(exchange, topics)
  end
  route.add("http.events", made, function(exchange)
    core.begin(exchange)
    answer(exchange, fn(request.new(exchange)))
  end)
end

--- fn(ws) is a task for each WebSocket to `path`; when it returns, that is closed. opts: auth, allow, rate, timeout.
function http.websocket(path, opts, fn)
  opts, fn = arguments("http.websocket", opts, fn)
  route.add("http.websocket", route.make("http.websocket", "websocket", "GET", path, opts), function(exchange)
    core.begin(exchange)
    local ws = socket.accept(request.new(exchange))
    if ws then fn(ws) end
  end)
end

http.request = require "calluna.http_request"

return http
