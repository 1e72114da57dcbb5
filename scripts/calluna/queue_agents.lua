--- The agents of one queue: who is free, who is to be rung next.
local native = ...
local misuse = require "calluna.misuse"
local timers = native.timer

local agents = {}
agents.__index = agents

-- Which of two free agents is better, by strategy.
local better = {
  least_recent = function(a, b) return a.last_talk < b.last_talk end,
  round_robin = function(a, b) return a.last_tried < b.last_tried end,
}
better.ring_all = better.least_recent

--- members: a list of endpoints, one endpoint, or a function that returns either (asked each time). in_use(endpoint):
--- whether the phone is in a call that is none of the queue's; may be nil.
function agents.new(members, strategy, in_use)
  return setmetatable({ members = members, strategy = strategy, in_use = in_use, by_endpoint = {}, tries = 0 }, agents)
end

local function list_of(members)
  if type(members) == "function" then members = members() end
  if type(members) == "string" then return { members } end
  if type(members) ~= "table" then
    misuse("queue: members is a list of endpoints or a function that returns one, not a %s", type(members))
  end
  return members
end

function agents:get(endpoint)
  local agent = self.by_endpoint[endpoint]
  if not agent then
    if type(endpoint) ~= "string" then
      misuse("queue: a member is an endpoint such as 'PJSIP/101', not a %s", type(endpoint))
    end
    agent = { endpoint = endpoint, state = "free", last_talk = 0, last_tried = 0, not_before = 0, calls = 0 }
    self.by_endpoint[endpoint] = agent
  end
  return agent
end

--- All members as they are now, in their order.
function agents:all()
  local result = {}
  for i, endpoint in ipairs(list_of(self.members)) do result[i] = self:get(endpoint) end
  return result
end

--- Those who may be rung now, the best first; and the moment at which to look again, if some must pause or are in calls
--- of their own. busy_for: seconds until these are looked at again.
function agents:free(busy_for)
  local now, result, next_at = timers.now(), {}, nil
  for position, agent in ipairs(self:all()) do
    agent.position = position
    if agent.state == "free" and not agent.paused then
      if self.in_use and self.in_use(agent.endpoint) then
        next_at = math.min(next_at or math.huge, now + busy_for)
      elseif agent.not_before <= now then
        result[#result + 1] = agent
      else
        next_at = math.min(next_at or agent.not_before, agent.not_before)
      end
    end
  end
  if self.strategy == "random" then
    for i = #result, 2, -1 do
      local j = math.random(i)
      result[i], result[j] = result[j], result[i]
    end
  else
    local is_better = better[self.strategy]
    -- Whoever let the last call go by comes after those who did not.
    table.sort(result, function(a, b)
      if (a.missed or false) ~= (b.missed or false) then return not a.missed end
      if a.missed and a.last_tried ~= b.last_tried then return a.last_tried < b.last_tried end
      if is_better(a, b) ~= is_better(b, a) then return is_better(a, b) end
      return a.position < b.position
    end)
  end
  return result, next_at
end

function agents:ringing(agent)
  self.tries = self.tries + 1
  agent.state, agent.last_tried = "ringing", self.tries
end

--- It did not come to a talk; pause: seconds in which the agent is left alone.
function agents.missed(agent, pause)
  agent.state, agent.missed, agent.not_before = "free", true, timers.now() + pause
end

--- Somebody else answered, or the caller is gone: not the agent's fault.
function agents.release(agent) agent.state = "free" end

function agents.talking(agent)
  agent.state, agent.missed, agent.calls = "talking", nil, agent.calls + 1
end

--- The talk is over; free again after `wrap_up` seconds, when again() is called.
function agents:done(agent, wrap_up, again)
  self.tries = self.tries + 1
  agent.last_talk = self.tries
  if wrap_up <= 0 then
    agent.state = "free"
    return again()
  end
  agent.state = "wrap_up"
  timers.after(wrap_up, function()
    agent.state = "free"
    again()
  end)
end

agents.strategies = { ring_all = true, least_recent = true, round_robin = true, random = true }

return agents
