---@meta calluna.timer
---Functions that run later, each as a task of the app, with which they end.
---```lua
---local timer, log = require "calluna.timer", require "calluna.log"
---local began = timer.now()
---local beat = timer.every(5, function() log.info("up for %.0f s", timer.now() - began) end)
---timer.after(17, function() beat:cancel() end)
---```
---@class calluna.timer
local timer = {}

---A function that is to run.
---@class calluna.timer.handle
local timer_handle = {}

---Runs `fn` once.
---Where: anywhere.
---@param seconds calluna.seconds from now
---@param fn fun()
---@return calluna.timer.handle
function timer.after(seconds, fn) end

---Runs `fn` again and again, the first time after `seconds`. Runs never overlap: one that takes longer than the interval
---delays the next. It stops when a newer generation of the app serves, which has timers of its own.
---Where: anywhere.
---@param seconds calluna.seconds at least 0.001
---@param fn fun()
---@return calluna.timer.handle
function timer.every(seconds, fn) end

---Seconds of a clock that never goes back; only differences mean anything.
---Where: anywhere.
---@return calluna.seconds
function timer.now() end

---No further run; one that is under way goes on.
---Where: anywhere.
function timer_handle:cancel() end

return timer
