---@meta _
-- Requests from outside, and what is pushed to browsers.

---@class calluna.http
local http = {}

---@class calluna.http.who_may
---@field auth "bearer"|"none"|nil default "bearer"
---@field allow string|string[]|nil networks that need no token: "10.0.0.0/8", "::1"
---@field rate string? "10/min"; s, min or h

---@class calluna.http.stream_options: calluna.http.who_may
---@field timeout calluna.seconds? until it begins, default 30

---@class calluna.http.route_options: calluna.http.stream_options
---@field max_body integer? bytes, default 1 MiB

---@class calluna.http.incoming
---@field method string
---@field path string decoded, without the query
---@field params table<string, string> what the braces of the route took
---@field query table<string, string> the last of several
---@field headers table<string, string> whatever the case
---@field body string
---@field json any the body decoded; nil if it is none
---@field json_error string? why the body is no JSON
---@field remote string the client's address
---@field auth { user: string?, token: string }? whose token it came with
---@field gone boolean the client has left, or was answered because the time was over
local incoming = {}
---@param name string
---@return string[]
function incoming:query_all(name) end

---@alias calluna.http.answer integer|string|table|nil a status, or a body alone
---@alias calluna.http.body string|table|nil a table is sent as JSON
---@alias calluna.http.handler fun(req: calluna.http.incoming): calluna.http.answer, calluna.http.body, table<string, string|number>?

---@param path string "/v1/calls/{id}", "/pages/{rest...}"
---@param opts calluna.http.route_options
---@param fn calluna.http.handler
---@overload fun(path: string, fn: calluna.http.handler)
function http.get(path, opts, fn) end
---@param path string
---@param opts calluna.http.route_options
---@param fn calluna.http.handler
---@overload fun(path: string, fn: calluna.http.handler)
function http.post(path, opts, fn) end
---@param path string
---@param opts calluna.http.route_options
---@param fn calluna.http.handler
---@overload fun(path: string, fn: calluna.http.handler)
function http.put(path, opts, fn) end
---@param path string
---@param opts calluna.http.route_options
---@param fn calluna.http.handler
---@overload fun(path: string, fn: calluna.http.handler)
function http.delete(path, opts, fn) end
---@param path string
---@param opts calluna.http.route_options
---@param fn calluna.http.handler
---@overload fun(path: string, fn: calluna.http.handler)
function http.patch(path, opts, fn) end

---@param path string
---@param folder string in the app's folder
---@param opts calluna.http.who_may?
function http.files(path, folder, opts) end

---@alias calluna.http.topics fun(req: calluna.http.incoming): string|string[]|integer, calluna.http.body, table<string, string|number>?
---@param path string
---@param opts calluna.http.stream_options
---@param fn calluna.http.topics returns a topic, a list of topics, or a status and a body
---@overload fun(path: string, fn: calluna.http.topics)
function http.events(path, opts, fn) end

---@class calluna.http.websocket
---@field request calluna.http.incoming
local websocket = {}
---@param timeout calluna.seconds|false|nil
---@return string? message
---@return calluna.error? err
function websocket:receive(timeout) end
---@param message string|table
---@return true? ok
---@return calluna.error? err
function websocket:send(message) end
---@param code integer?
---@param reason string?
function websocket:close(code, reason) end

---@param path string
---@param opts calluna.http.stream_options
---@param fn fun(ws: calluna.http.websocket)
---@overload fun(path: string, fn: fun(ws: calluna.http.websocket))
function http.websocket(path, opts, fn) end

---@class calluna.push
local push = {}
---@param topic string
---@param key string
---@param value any
---@param opts { ttl?: calluna.seconds }?
---@return integer? listeners
---@return calluna.error? err
function push.set(topic, key, value, opts) end
---@param topic string
---@param key string
---@return integer? listeners
---@return calluna.error? err
function push.clear(topic, key) end
---@param prefix string
---@param key string
---@param opts { except?: string }?
---@return integer topics
function push.clear_all(prefix, key, opts) end
---@param topic string
---@param value any
---@return integer? listeners
---@return calluna.error? err
function push.send(topic, value) end
---@param topic string
---@return integer
function push.listeners(topic) end
