---@meta _
-- What the modules of the standard library look like to an editor. ARI's operations and objects are in
-- ari_operations.lua, which the build generates.

---An expected failure: what functions return after nil.
---@class calluna.error
---@field kind "timeout"|"busy"|"noanswer"|"offline"|"congestion"|"rejected"|"gone"|"cancelled"|"refused"|"protocol"|"invalid"|"ambiguous"
---@field message string
---@field retryable boolean doing the same again is safe and may help
---@field code integer? the protocol's own, e.g. an HTTP status

---@alias calluna.seconds number
---@alias calluna.media string|string[] "hello", "sound:hello", "number:12", "digits:47", "recording:x", "tone:ring"

-- task, timer, log, json

---@class calluna.task
local task = {}
---@class calluna.task.handle
local task_handle = {}
---@param fn fun(...): any
---@return calluna.task.handle
function task.spawn(fn, ...) end
---@param seconds calluna.seconds
---@return true? slept
---@return calluna.error? err
function task.sleep(seconds) end
---@param functions (fun(): any)[]
---@return any[]? results
---@return calluna.error? err
function task.all(functions) end
---@param functions (fun(): any)[]
---@return integer? winner
---@return any ... its results; or the error
function task.race(functions) end
---@param seconds calluna.seconds
---@param fn fun(...): any
---@return any ... its results; or nil, err
function task.timeout(seconds, fn, ...) end
---@param timeout calluna.seconds?
---@return any ...
function task_handle:wait(timeout) end
---@param why string?
function task_handle:cancel(why) end

---@class calluna.timer
local timer = {}
---@class calluna.timer.handle
local timer_handle = {}
---@param seconds calluna.seconds
---@param fn fun()
---@return calluna.timer.handle
function timer.after(seconds, fn) end
---@param seconds calluna.seconds
---@param fn fun()
---@return calluna.timer.handle
function timer.every(seconds, fn) end
---@return calluna.seconds
function timer.now() end
function timer_handle:cancel() end

---@class calluna.log
local log = {}
---@param text string a text, or a format as for string.format
function log.debug(text, ...) end
---@param text string
function log.info(text, ...) end
---@param text string
function log.warning(text, ...) end
---@param text string
function log.error(text, ...) end

---@class calluna.json
local json = {}
---@param value any
---@param pretty boolean?
---@return string
function json.encode(value, pretty) end
---@param text string
---@return any value
---@return calluna.error? err
function json.decode(text) end

-- ami

---@class calluna.ami
local ami = {}
---@class calluna.ami.event Fields as Asterisk names them, case ignored: ev.CallerIDNum, ev["Cause-txt"]
---@field pbx string
---@field [string] string?
local ami_event = {}
---@return table<string, string|string[]>
function ami_event:to_table() end
---@class calluna.ami.subscription
local subscription = {}
function subscription:off() end
---@param names string|string[]
---@param filter table<string, string>
---@param fn fun(ev: calluna.ami.event)
---@param opts { pbx?: string }?
---@return calluna.ami.subscription
---@overload fun(names: string|string[], fn: fun(ev: calluna.ami.event), opts?: { pbx?: string }): calluna.ami.subscription
function ami.on(names, filter, fn, opts) end
---@param names string|string[]
---@param filter table<string, string>?
---@param timeout calluna.seconds|false|nil
---@return calluna.ami.event? event
---@return calluna.error? err
function ami.wait(names, filter, timeout) end
---@param fn fun(state: "up"|"down", pbx: string)
---@param opts { pbx?: string }?
---@return calluna.ami.subscription
function ami.on_link(fn, opts) end
---@param headers table<string, any>
---@param opts { timeout?: calluna.seconds, pbx?: string }?
---@return calluna.ami.event? response
---@return calluna.error? err
function ami.action(headers, opts) end
---@param headers table<string, any>
---@param opts { timeout?: calluna.seconds, pbx?: string }?
---@return calluna.ami.event[]? items
---@return calluna.ami.event|calluna.error response_or_err
function ami.list(headers, opts) end
