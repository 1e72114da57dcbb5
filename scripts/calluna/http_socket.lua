--- A WebSocket as its handler sees it.
local native = ...
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local core, json = native.http, native.json

local socket = {}
local class = {}
class.__index = class

--- The next message (a text). nil, err after `timeout` seconds (absent: never), and when it is closed (gone).
function class:receive(timeout)
  options.argument("ws:receive", 1, timeout, "number|boolean|nil")
  if self.receiving then misuse("ws:receive: another task waits for its messages already") end
  self.receiving = true
  local text, err = core.receive(self.socket, timeout or false)
  self.receiving = false
  return text, err
end

--- Sends a text, or a table as JSON. Returns true; nil, err (gone) when it is closed.
function class:send(message)
  options.argument("ws:send", 1, message, "string|table")
  return core.send(self.socket, type(message) == "table" and json.encode(message) or message)
end

--- Closes it. code: 1000 (the default) to 4999; reason: at most 123 bytes.
function class:close(code, reason)
  options.argument("ws:close", 1, code, "number|nil")
  options.argument("ws:close", 2, reason, "string|nil")
  code, reason = code or 1000, reason or ""
  if code ~= 1000 and not (code >= 3000 and code <= 4999 and code % 1 == 0) and code ~= 1008 and code ~= 1011 then
    misuse("ws:close: code is 1000, 1008, 1011, or of your own from 3000 to 4999, not %s", code)
  end
  if #reason > 123 then misuse("ws:close: a reason has at most 123 bytes") end
  core.close(self.socket, code, reason)
end

--- request: what it began with. nil if the client has left already.
function socket.accept(request)
  local accepted = core.accept(request.exchange)
  if accepted then return setmetatable({ socket = accepted, request = request }, class) end
end

return socket
