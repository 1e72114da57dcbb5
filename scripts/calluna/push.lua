--- What is pushed to the clients of http.events: values under keys of topics. They are kept, so whoever comes, or comes
--- again, is told what holds now. They outlive a reload of the app, and end with the runtime.
local native = ...
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local core = native.push

local push = {}

local function texts(what, ...)
  if not core.is_there() then misuse("%s: no [http] is configured", what) end
  for i = 1, select("#", ...) do
    local text = select(i, ...)
    options.argument(what, i, text, "string", 2)
    if text == "" then misuse("%s: argument %d is an empty text", what, i) end
  end
end

-- A value that has no JSON is the caller's mistake.
local function checked(what, ok, ...)
  if not ok then misuse("%s: %s", what, (tostring((...)))) end
  return ...
end

--- `key` of `topic` has this value (anything that JSON has) from now on. opts: ttl, seconds after which it is cleared.
--- Returns how many clients listen; nil, err (refused) if there is no room.
function push.set(topic, key, value, opts)
  texts("push.set", topic, key)
  if value == nil then misuse("push.set: the value is nil; push.clear takes a key away") end
  opts = options.check("push.set", opts, { ttl = "number" })
  if opts.ttl and not (opts.ttl > 0 and opts.ttl <= 7 * 86400) then
    misuse("push.set: ttl is seconds, above 0 and at most a week, not %s", opts.ttl)
  end
  return checked("push.set", pcall(core.set, topic, key, value, opts.ttl))
end

--- `key` of `topic` has no value any more. Returns how many clients listen.
function push.clear(topic, key)
  texts("push.clear", topic, key)
  return core.clear(topic, key)
end

--- Clears `key` in all topics that begin with `prefix`. opts: except, a topic that keeps it. Returns how many had it.
function push.clear_all(prefix, key, opts)
  texts("push.clear_all", prefix, key)
  opts = options.check("push.clear_all", opts, { except = "string" })
  return core.clear_all(prefix, key, opts.except or "")
end

--- Tells those who listen to `topic` now; it is not kept. Returns how many those are; nil, err (refused) as set.
function push.send(topic, value)
  texts("push.send", topic)
  if value == nil then misuse("push.send: the value is nil") end
  return checked("push.send", pcall(core.send, topic, value))
end

--- How many clients listen to `topic`.
function push.listeners(topic)
  texts("push.listeners", topic)
  return core.listeners(topic)
end

return push
