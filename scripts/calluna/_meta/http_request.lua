---@meta _
-- Requests to other servers.

---@class calluna.http.request_options
---@field url string http:// or https://
---@field method "GET"|"HEAD"|"POST"|"PUT"|"PATCH"|"DELETE"|"OPTIONS"|nil
---@field query table<string, any>? appended to the url, encoded; a list is repeated
---@field headers table<string, string|number>?
---@field body string?
---@field json any sent as JSON
---@field timeout calluna.seconds? for all of it, default 10
---@field max_body integer? bytes of the answer, default 10 MiB
---@field follow integer? redirects, default 0
---@field ca_file string? PEM file of the authorities to trust
---@field verify boolean? false: trust anybody

---@class calluna.http.response
---@field status integer
---@field headers table<string, string> whatever the case
---@field body string
---@field json any the body decoded; nil if it is no JSON
---@field url string where it came from in the end

---@class calluna.http
local http = {}

---@param opts calluna.http.request_options
---@return calluna.http.response? response whatever its status is
---@return calluna.error? err there was no answer
function http.request(opts) end
