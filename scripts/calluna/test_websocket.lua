--- The client's end of a WebSocket of the app, in a test case.
local ask = require "calluna.test_ask"
local expectation = require "calluna.test_expectation"
local json = require "calluna.json"

local class = {}
class.__index = class

--- A message for the app: a text, or a table as JSON.
function class:send(message)
  local text = type(message) == "table" and json.encode(message) or message
  ask("websocket_send", { websocket = self.number, text = text })
end

--- What the app has sent, oldest first: texts.
function class:received() return ask("websocket_state", { websocket = self.number }).received end

--- The client goes.
function class:close() ask("websocket_leave", { websocket = self.number }) end

-- Of the app's answer to a request.
return function(answer, path)
  if not answer.websocket then
    expectation.fail(("pbx:websocket: %s is no WebSocket, but %d %s"):format(path, answer.status, answer.body))
  end
  return setmetatable({ kind = "websocket", number = answer.websocket, who = "the WebSocket " .. path }, class)
end
