---@meta calluna.log
---The log, under the app's name. Each function takes a text, or a format with its arguments as `string.format` does;
---`print` writes to the log, too.
---```lua
---local log = require "calluna.log"
---log.debug("members: %d", 3)
---log.info("support is open")
---log.warning("%s has no phone", "anna")
---```
---@class calluna.log
local log = {}

---Writes a line that only `log_level = "debug"` shows.
---Where: anywhere.
---@param text string a text, or a format
---@param ... any its arguments
function log.debug(text, ...) end

---Writes a line of what goes on.
---Where: anywhere.
---@param text string a text, or a format
---@param ... any its arguments
function log.info(text, ...) end

---Writes a line of what should be looked at.
---Where: anywhere.
---@param text string a text, or a format
---@param ... any its arguments
function log.warning(text, ...) end

---Writes a line of what went wrong. In a test it fails the case, unless `pbx:allow_error` asked for it.
---Where: anywhere.
---<!-- in a call, it says no queue for support -->
---```lua
---log.error("no queue for %s", "support")
---```
---@param text string a text, or a format
---@param ... any its arguments
function log.error(text, ...) end

return log
