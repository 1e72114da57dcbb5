--- A server that the app of a test case asks by http.request: what it answers, and what it was asked.
local ask = require "calluna.test_ask"
local json = require "calluna.json"
local options = require "calluna.options"

local server = {}
local class = {}
class.__index = class

--- url: "https://crm.example"; what follows the host is not looked at.
function server.new(url)
  options.argument("pbx:server", 1, url, "string", 2)
  ask("server_fault", { url = url })
  return setmetatable({ kind = "server", url = url, who = url }, class)
end

--- What it answers from now on. path: without a query; one that ends with "*" stands for all that begin so, and a
--- longer one goes first. answer: status (200), json or body, headers.
function class:answers(method, path, answer)
  options.argument("server:answers", 1, method, "string")
  options.argument("server:answers", 2, path, "string")
  answer = options.check("server:answers", answer, {
    status = "number", json = "any", body = "string", headers = "table",
  })
  local headers, body = {}, answer.body
  for name, value in pairs(answer.headers or {}) do headers[name:lower()] = tostring(value) end
  if answer.json ~= nil then
    body, headers["content-type"] = json.encode(answer.json), headers["content-type"] or "application/json"
  end
  ask("server_teach", {
    url = self.url, method = method:upper(), path = path, status = answer.status, body = body, headers = headers,
  })
end

--- What it was asked, oldest first: { method, path, query (as it came), headers (names in lower case), body, json }.
function class:requests()
  local list = ask("server_requests", { url = self.url })
  for _, request in ipairs(list) do
    if request.body:find("^%s*[%[{\"]") then request.json = json.decode(request.body) end
  end
  return list
end

--- It cannot be reached from now on; and can be again.
function class:down() ask("server_fault", { url = self.url, down = true }) end
function class:up() ask("server_fault", { url = self.url, down = false }) end

--- It answers so many seconds later from now on. Beyond a request's deadline it has done what was asked, and the
--- request fails.
function class:slow(seconds)
  options.argument("server:slow", 1, seconds, "number")
  ask("server_fault", { url = self.url, slow = seconds })
end

return server
