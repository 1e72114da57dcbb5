---@meta calluna.http
---Requests from outside, to the server that `[http]` of the configuration opens; `http.md` tells who may come in and what bounds
---there are. What two apps both claim is refused when the second is loaded. After a reload new requests go to the newest
---generation, the older one finishes those it has. `{id}` in a path takes one segment, `{rest...}` at its end all that follow.
---
---**What `fn` returns**: a status from 200 to 599, a body, headers; `return 404`, `return 201, { id = 7 }, { Location =
---"/v1/calls/7" }`. A body alone is 200, nothing at all is 204. A table goes out as JSON, a text as `text/plain` unless the headers
---have a `Content-Type`. An error, or anything else that is returned, is logged with its line, and the client gets 500 with
---`{"error":"internal error"}`. When the client leaves, the task's waits end with `gone`.
---
---An app takes 2,000 requests (64 MiB) at a time; beyond, and while it is replaced by force, the client gets 503 at once.
---```lua
---local http, partners = require "calluna.http", require "calluna.partners"
---http.get("/v1/partners/{number}", { rate = "60/min" }, function(req)
---  local who = partners.lookup(req.params.number)
---  if not who then return 404, { error = "unknown" } end
---  return { name = who.display_name, asked_by = req.auth.user }
---end)
---http.events("/v1/popups", function(req) return "user/" .. (req.auth.user or "nobody") end)   -- hears what push.set("user/anna", ...) says
---http.files("/popup", "web", { auth = "none" })                                 -- the app's folder web
---```
---```lua
---local http = require "calluna.http"
---http.post("/v1/notes", { max_body = 4096 }, function(req)
---  if not req.json then return 400, { error = req.json_error or "no body" } end
---  return 201, { tags = req:query_all("tag") }, { Location = "/v1/notes/7" }
---end)
---http.put("/v1/notes/{id}", function(req) return { id = req.params.id } end)
---http.patch("/v1/notes/{id}", function() return 204 end)
---http.delete("/v1/notes/{id}", function() end)
---http.websocket("/v1/echo", function(ws)
---  while true do
---    local message, err = ws:receive(60)
---    if not message then return ws:close(1000, err.kind) end
---    ws:send { said = message, to = ws.request.auth.user }
---  end
---end)
---```
---@class calluna.http
local http = {}

---@class (exact) calluna.http.who_may
---@field auth "bearer"|"none"|nil default `bearer`: a token of `calluna token` is needed; `none`: anybody may
---@field allow string|string[]|nil who comes from one of these networks needs no token: `{ "10.0.0.0/8", "192.0.2.7", "::1" }`; default: nobody
---@field rate string? `"10/min"` (`s`, `min`, `h`) for each user, or each address without one; default: none

---@class (exact) calluna.http.stream_options: calluna.http.who_may
---@field timeout calluna.seconds? until the client gets 504, default 30; of `events` and `websocket` until they begin

---@class (exact) calluna.http.route_options: calluna.http.stream_options
---@field max_body integer? bytes of a request's body, default 1 MiB; 413 beyond

---A request.
---@class calluna.http.incoming
---@field method string
---@field path string decoded, without the query
---@field params table<string, string> what the braces of the route took
---@field query table<string, string> of several the last, `req:query_all(name)` has all
---@field headers table<string, string> in any case: `req.headers["User-Agent"]`
---@field body string
---@field json any the body decoded; nil if it is none
---@field json_error string? why the body is no JSON
---@field remote string the client's address
---@field auth { user: string?, token: string }? whose token it came with (nil: nobody's), and what that is called; nil without one
---@field gone boolean the client has left, or was answered because the time was over
local incoming = {}

---All values that the query has for a name.
---Where: anywhere.
---@param name string
---@return string[]
function incoming:query_all(name) end

---@alias calluna.http.answer integer|string|table|nil a status, or a body alone
---@alias calluna.http.body string|table|nil a table is sent as JSON
---@alias calluna.http.handler fun(req: calluna.http.incoming): calluna.http.answer, calluna.http.body, table<string, string|number>?

---Answers GET requests, and HEAD: `fn(req)` runs as a task for each.
---Where: a file's top level, or start.
---@param path string `"/v1/calls/{id}"`, `"/pages/{rest...}"`
---@param opts calluna.http.route_options may be left out
---@param fn calluna.http.handler
---@overload fun(path: string, fn: calluna.http.handler)
function http.get(path, opts, fn) end

---Answers POST requests: `fn(req)` runs as a task for each.
---Where: a file's top level, or start.
---@param path string `"/v1/calls/{id}"`, `"/pages/{rest...}"`
---@param opts calluna.http.route_options may be left out
---@param fn calluna.http.handler
---@overload fun(path: string, fn: calluna.http.handler)
function http.post(path, opts, fn) end

---Answers PUT requests: `fn(req)` runs as a task for each.
---Where: a file's top level, or start.
---@param path string `"/v1/calls/{id}"`, `"/pages/{rest...}"`
---@param opts calluna.http.route_options may be left out
---@param fn calluna.http.handler
---@overload fun(path: string, fn: calluna.http.handler)
function http.put(path, opts, fn) end

---Answers DELETE requests: `fn(req)` runs as a task for each.
---Where: a file's top level, or start.
---@param path string `"/v1/calls/{id}"`, `"/pages/{rest...}"`
---@param opts calluna.http.route_options may be left out
---@param fn calluna.http.handler
---@overload fun(path: string, fn: calluna.http.handler)
function http.delete(path, opts, fn) end

---Answers PATCH requests: `fn(req)` runs as a task for each.
---Where: a file's top level, or start.
---@param path string `"/v1/calls/{id}"`, `"/pages/{rest...}"`
---@param opts calluna.http.route_options may be left out
---@param fn calluna.http.handler
---@overload fun(path: string, fn: calluna.http.handler)
function http.patch(path, opts, fn) end

---Serves the files below a folder, without the app; `index.html` for a folder.
---Where: a file's top level, or start.
---@param path string
---@param folder string in the app's folder
---@param opts calluna.http.who_may?
function http.files(path, folder, opts) end

---@alias calluna.http.topics fun(req: calluna.http.incoming): string|string[]|integer, calluna.http.body, table<string, string|number>?

---A stream of events, as a browser's `EventSource` reads it: `fn(req)` returns the topic or a list of topics of `calluna.push` that
---the client hears from now on; or a status and a body, to refuse.
---Where: a file's top level, or start.
---@param path string
---@param opts calluna.http.stream_options may be left out
---@param fn calluna.http.topics
---@overload fun(path: string, fn: calluna.http.topics)
function http.events(path, opts, fn) end

---Runs `fn(ws)` as a task for each WebSocket, which is closed when it returns.
---Where: a file's top level, or start.
---@param path string
---@param opts calluna.http.stream_options may be left out
---@param fn fun(ws: calluna.http.websocket)
---@overload fun(path: string, fn: fun(ws: calluna.http.websocket))
function http.websocket(path, opts, fn) end

---A WebSocket.
---@class calluna.http.websocket
---@field request calluna.http.incoming it began with
local websocket = {}

---The next message. 1,000 messages (4 MiB) wait to be received; a client that sends more is closed (1008).
---Where: task. Errors: `timeout`; `gone` it is closed.
---@param timeout calluna.seconds|false|nil default: endless
---@return string? message
---@return calluna.error? err
function websocket:receive(timeout) end

---Sends a message.
---Where: anywhere. Errors: `gone` it is closed, or more waits for the client than it takes.
---@param message string|table a text, or a table as JSON
---@return true? ok
---@return calluna.error? err
function websocket:send(message) end

---Closes it.
---Where: anywhere.
---@param code integer? default 1000
---@param reason string?
function websocket:close(code, reason) end

return http
