--- ch:dial: rings phones and connects the first that answers.
local native = ...
local channel = require "calluna.ari_channel"
local connection = require "calluna.connection"
local latch = require "calluna.latch"
local leg = require "calluna.leg"
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local tasks = native.task

local class = channel.class

-- If all phones fail: what tells the caller most.
local telling = { rejected = 6, busy = 5, noanswer = 4, congestion = 3, invalid = 2, offline = 1 }

local function list_of(endpoints)
  options.argument("channel:dial", 1, endpoints, "string|table", 2)
  local list = type(endpoints) == "table" and endpoints or { endpoints }
  for i = 1, #list do
    if type(list[i]) ~= "string" then
      misuse("channel:dial: endpoint %d is a %s; it takes a text such as 'PJSIP/101'", i, type(list[i]))
    end
  end
  if #list == 0 then misuse("channel:dial: there is no endpoint to dial") end
  return list
end

-- Rings all at once. Returns the first leg that answered, or nil, err. The others are hung up.
local function first_answer(self, endpoints, opts)
  local decided, legs, failures = latch.new(), {}, 0
  local kind_so_far, message_so_far
  local function outcome(one, kind, message)
    if kind == nil then
      if not decided:set(one) then leg.cancel(one) end
      return
    end
    failures = failures + 1
    if (telling[kind] or 0) > (telling[kind_so_far] or -1) then kind_so_far, message_so_far = kind, message end
    if failures == #endpoints then decided:set(nil, tasks.error(kind_so_far, message_so_far)) end
  end
  for i, endpoint in ipairs(endpoints) do legs[i] = leg.ring(endpoint, opts, outcome) end
  local winner, err = self:await(decided, false, "channel:dial")
  decided:set(nil) -- whoever answers from now on is too late
  for _, one in ipairs(legs) do
    if one ~= winner and not one.gone then leg.cancel(one, winner and "answered_elsewhere" or nil) end
  end
  return winner, err
end

-- What the caller hears meanwhile.
local function entertain(self, opts)
  if opts.moh then return self:send("channels.startMoh", { moh_class = opts.moh }) end
  if opts.ringback ~= false then return self:send("channels.ring") end
  return true
end

local function stop_entertaining(self, opts, answered)
  if self.gone then return end
  if opts.moh then return self:send("channels.stopMoh") end
  -- Answering the caller ends the ringing by itself.
  local up = self.answered or self.state == "Up"
  if opts.ringback ~= false and (up or not answered) then self:send("channels.ringStop") end
end

--- Rings one endpoint or all of a list at the same time; the first to answer is connected, the others stop.
--- opts: timeout (seconds, default 30; false: endless); callerid (what the phones show: a name, a number, or
--- '"Name" <number>'; default: the caller's); variables; moh (a class the caller hears meanwhile) or ringback = false
--- (default: they hear ringing).
--- Returns the connected leg, a channel handle with `wait_end`; or nil, err: kind busy, noanswer, offline,
--- congestion, rejected, or gone if the caller hung up.
function class:dial(endpoints, opts)
  endpoints = list_of(endpoints)
  opts = options.check("channel:dial", opts, {
    timeout = "number|boolean", callerid = "string", variables = "table", moh = "string", ringback = "boolean",
  })
  if self.gone then return nil, self.gone end
  local name, number = self:shown_as()
  local ringing = {
    caller = self, variables = opts.variables, timeout = opts.timeout == nil and 30 or opts.timeout,
    callerid = leg.callerid(opts.callerid or name, number),
  }
  entertain(self, opts)
  if self.gone then return nil, self.gone end
  local winner, err = first_answer(self, endpoints, ringing)
  stop_entertaining(self, opts, winner ~= nil)
  if not winner then return nil, self.gone or err end
  winner.connection, err = connection.open(self, winner)
  if not winner.connection then
    winner.connection = nil
    return nil, err
  end
  return winner
end

class.connection = false
local wait_end = class.wait_end

--- Of a leg that `dial` returned: waits until either side has hung up, then hangs up the other. opts: keep_caller
--- (the
--- script goes on with the caller). Returns "caller" or "callee": who ended it.
--- Of any other channel: waits until it has ended; takes a timeout in seconds.
function class:wait_end(opts)
  if self.connection then return self.connection:wait_end(opts, "leg:wait_end") end
  return wait_end(self, opts)
end

return class
