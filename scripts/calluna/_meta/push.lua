---@meta calluna.push
---Values under keys of topics, for the clients of `http.events`. They are kept: who comes, or comes again after a gap, is told what
---holds now. They outlive a reload of the app and end with the runtime. Without `[http]` each of these raises.
---<!-- in a request -->
---```lua
---push.set("user/anna", "call-7", { title = "Ring" }, { ttl = 60 })
---push.send("user/anna", "hello")
---push.clear_all("user/", "call-7", { except = "user/anna" })
---push.clear("user/anna", "call-7")
---return { listeners = push.listeners("user/anna") }
---```
---@class calluna.push
local push = {}

---@class (exact) calluna.push.set_options
---@field ttl calluna.seconds? default: until it is cleared; at most a week

---From now on `key` of `topic` has this value.
---Where: anywhere. Errors: `refused` there is no room, see `http.md`.
---@param topic string
---@param key string
---@param value any what JSON has
---@param opts calluna.push.set_options?
---@return integer? listeners
---@return calluna.error? err
function push.set(topic, key, value, opts) end

---`key` of `topic` has no value any more.
---Where: anywhere. Errors: as `set`.
---@param topic string
---@param key string
---@return integer? listeners
---@return calluna.error? err
function push.clear(topic, key) end

---@class (exact) calluna.push.clear_all_options
---@field except string? a topic that keeps it

---Clears `key` in all topics that begin with `prefix`: a colleague has answered.
---Where: anywhere.
---@param prefix string
---@param key string
---@param opts calluna.push.clear_all_options?
---@return integer topics how many had it
function push.clear_all(prefix, key, opts) end

---Told to those who listen now, and not kept.
---Where: anywhere. Errors: as `set`.
---@param topic string
---@param value any what JSON has
---@return integer? listeners
---@return calluna.error? err
function push.send(topic, value) end

---How many clients listen.
---Where: anywhere.
---@param topic string
---@return integer
function push.listeners(topic) end

return push
