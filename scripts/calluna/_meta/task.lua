---@meta calluna.task
---Functions that may wait while others run. Every handler runs as a task; these start more. A task belongs to the call
---(or task) that started it and ends with it: its waits then give `nil, err`, and after a hundred more for cleaning up an
---error is raised in it.
---
---Waits cross `pcall`, iterators and coroutines of the app's own. They cannot cross `table.sort`, `string.gsub` and
---`require`: LuaJIT has no way back through these.
---<!-- in a call -->
---```lua
---local looked_up = task.spawn(function()                 -- runs while the caller hears something
---  task.sleep(0.5)
---  return "Ann"
---end)
---ch:answer()
---local name, err = looked_up:wait(3)
---local ready, why = task.timeout(2, function() return ch:get_variable("READY") end)
---local both = task.all { function() return ch:get_variable("A") end, function() return ch:get_variable("B") end }
---local winner, result = task.race { function() return ch:wait_digit(5) end, function() return task.sleep(2) end }
---looked_up:cancel("not needed any more")
---log.info("%s, %d", name or err.kind, winner)
---```
---@class calluna.task
local task = {}

---A running task.
---@class calluna.task.handle
local task_handle = {}

---Runs `fn(...)` as a task of the running task's call (of the app, if none runs); it ends with that.
---Where: anywhere.
---@param fn fun(...): any
---@param ... any its arguments
---@return calluna.task.handle
function task.spawn(fn, ...) end

---Waits.
---Where: task. Errors: `gone`, `cancelled` the task is ended meanwhile.
---@param seconds calluna.seconds
---@return true? slept
---@return calluna.error? err
function task.sleep(seconds) end

---Runs all functions at the same time and waits for all of them.
---Where: task. Errors: the first failure of one of them (a result of `nil, err`, or a raised error as `invalid`); the others
---are cancelled then.
---@param functions (fun(): any)[]
---@return any[]? results the first result of each, in order
---@return calluna.error? err
function task.all(functions) end

---Runs all functions at the same time: the first to return wins, the others are cancelled.
---Where: task. Errors: `gone`, `cancelled` the task is ended meanwhile.
---@param functions (fun(): any)[]
---@return integer? winner its position
---@return any ... its results; or the error
function task.race(functions) end

---Runs `fn(...)` for so long at most.
---Where: task. Errors: `timeout` it was not done and has been cancelled.
---@param seconds calluna.seconds
---@param fn fun(...): any
---@param ... any its arguments
---@return any ... its results; or nil, err
function task.timeout(seconds, fn, ...) end

---Waits for the task's end.
---Where: task. Errors: `timeout`; `invalid` it raised; what it has returned itself.
---@param timeout calluna.seconds? default: endless
---@return any ... what it returned; or nil, err
function task_handle:wait(timeout) end

---Ends the task's waits with `cancelled`.
---Where: anywhere.
---@param why string? default "the task was cancelled"
function task_handle:cancel(why) end

return task
