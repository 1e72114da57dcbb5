---@meta _
---A bridge of ARI. `ari.bridges.create { type = "mixing" }` gives one that listens. Methods are tasks but `on`; on a bridge
---that has ended they give `gone`. *A request's errors* are those of channel.
---<!-- in a call -->
---```lua
---ch:answer()
---local room, err = ari.bridges.create { type = "mixing" }
---if not room then return log.info("%s", err.message) end
---local off = room:on("ChannelLeftBridge", function(ev) log.info("%s has left", ev.channel.name) end)
---room:add(ch)
---room:start_moh("default")
---room:play("hello-world")
---room:record { name = "meeting", max_seconds = 2, if_exists = "overwrite" }
---room:wait("ChannelDtmfReceived", 1)
---room:wait_end(1)
---room:remove(ch)
---off()
---room:destroy()
---```
---@class calluna.ari.bridge
---@field gone calluna.error|false why there is no such bridge any more
local bridge = {}

---@class (exact) calluna.ari.add_options
---@field role string?
---@field absorb_dtmf boolean?
---@field mute boolean?
---@field inhibit_connected_line_updates boolean?

---Puts channels into the bridge.
---Where: task. Errors: a request's.
---@param channels calluna.ari.channel|string|(calluna.ari.channel|string)[] a handle, an id, or a list
---@param opts calluna.ari.add_options?
---@return true? ok
---@return calluna.error? err
function bridge:add(channels, opts) end

---Takes channels out.
---Where: task. Errors: a request's.
---@param channels calluna.ari.channel|string|(calluna.ari.channel|string)[]
---@return true? ok
---@return calluna.error? err
function bridge:remove(channels) end

---Removes the bridge; the channels in it stay.
---Where: task. Errors: a request's.
---@return true? ok
---@return calluna.error? err
function bridge:destroy() end

---Music on hold for all in it.
---Where: task. Errors: a request's.
---@param opts string|calluna.ari.moh_options|nil a class, or options
---@return true? ok
---@return calluna.error? err
function bridge:start_moh(opts) end

---@class (exact) calluna.ari.bridge_play_options
---@field lang string?
---@field offsetms integer?
---@field skipms integer?
---@field announcer_format string?
---@field timeout calluna.seconds|false|nil default 600; false: endless

---Plays to all in it and waits until it has been played.
---Where: task. Errors: a request's; `invalid` there is no such sound; `timeout`.
---@param media calluna.media
---@param opts calluna.ari.bridge_play_options?
---@return true? ok
---@return calluna.error? err
function bridge:play(media, opts) end

---Records all of the bridge and waits for the end.
---Where: task. Errors: a request's; `invalid` also if the recording failed.
---@param opts calluna.record_options
---@return calluna.ari.model.LiveRecording? recording
---@return calluna.error? err
function bridge:record(opts) end

---Runs `fn(ev)` as a task for each event of that type.
---Where: anywhere.
---@param type calluna.ari.event_name
---@param fn fun(ev: table)
---@return fun() off ends this
function bridge:on(type, fn) end

---The next event of that type.
---Where: task. Errors: `timeout`, `gone`.
---@param type calluna.ari.event_name
---@param timeout calluna.seconds|false|nil default 30; false: endless
---@return table? event
---@return calluna.error? err
function bridge:wait(type, timeout) end

---Waits until the bridge has ended.
---Where: task. Errors: `timeout`, `gone` the task's own call has ended.
---@param timeout calluna.seconds|false|nil default: endless
---@return true? ended
---@return calluna.error? err
function bridge:wait_end(timeout) end
