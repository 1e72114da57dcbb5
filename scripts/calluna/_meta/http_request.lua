---@meta _
---Requests to other servers.
---@class calluna.http
local http = {}

---@class (exact) calluna.http.request_options
---@field url string `http://` or `https://`; no login in it. What is not plain ASCII is percent-encoded first; `query` does that by itself
---@field method "GET"|"HEAD"|"POST"|"PUT"|"PATCH"|"DELETE"|"OPTIONS"|nil default `GET`
---@field query table<string, any>? appended to the url; a list as a value repeats its name
---@field headers table<string, string|number>? those that say how a message is sent (`Host`, `Content-Length`, `Connection`, ...) are the client's
---@field body string? or `json`
---@field json any sent as JSON
---@field timeout calluna.seconds? for all of it: connecting, redirects, the whole answer; default 10
---@field max_body integer? a larger answer is `protocol`; default 10 MiB
---@field follow integer? how many redirects, 10 at most; default 0. To another origin only `Accept`, `Content-Type` and their like go along, never a key; from https to http none is followed
---@field ca_file string? a PEM file of the authorities to trust; default: the system's
---@field verify boolean? false: trust anybody; default true

---An answer, whatever its status is.
---@class calluna.http.response
---@field status integer
---@field headers table<string, string> names in lower case, found in any; several of one name are joined by `, ` (`set-cookie` by line ends)
---@field body string
---@field json any the body decoded; nil if it is no JSON
---@field url string where it came from in the end

---Asks another server. The answer comes whatever its status is, 404 or 500 as well; `nil, err` says that there was none.
---
---Nothing is ever sent twice; `err.retryable` is true only if the server has seen nothing, or for `GET`, `HEAD` and `OPTIONS`.
---Connections are kept for the next request, 8 for each server.
---Where: task. Errors: `invalid` nothing was sent; `offline`; `timeout`; `refused` the certificate; `protocol`; `rejected` 200 wait
---for that server already.
---<!-- in a call: local number, key = ch.caller.number, "secret" -->
---```lua
---local http = require "calluna.http"
---local r, err = http.request { url = "https://crm.example/people", query = { phone = number }, headers = { Authorization = "Bearer " .. key } }
---if r and r.status == 200 then log.info("%s", r.json.name) end
---```
---@param opts calluna.http.request_options
---@return calluna.http.response? response
---@return calluna.error? err
function http.request(opts) end
