---@meta _
-- FastAGI.

---@class calluna.agi
local agi = {}

---A task for each call of agi://host/path; the dialplan goes on when it returns.
---@param path string "caller/name"
---@param fn fun(session: calluna.agi.session)
function agi.serve(path, fn) end

---@class calluna.agi.session
---@field script string
---@field query table<string, string> what follows "?" in the URL, decoded
---@field args string[] what AGI() was given beside the URL
---@field request string? the URL
---@field channel string "PJSIP/101-00000007"
---@field uniqueid string
---@field callerid { number: string?, name: string? }
---@field dnid string?
---@field rdnis string?
---@field context string?
---@field extension string?
---@field priority string?
---@field language string?
---@field accountcode string?
---@field version string? Asterisk's
---@field pbx string? the name of its PBX, if it is known
---@field gone boolean the channel has hung up, or the session has ended
local session = {}

---@return true? answered
---@return calluna.error? err
function session:answer() end
---@return true? hung_up
---@return calluna.error? err
function session:hangup() end
---@return "up"|"ring"|"ringing"|"down"|"reserved"|"offhook"|"dialing"|"busy"|nil status
---@return calluna.error? err
function session:channel_status() end
---@param name string a variable or a function, "CALLERID(num)"
---@return string? value nil: it is not set
---@return calluna.error? err
function session:get_variable(name) end
---@param expression string "${CALLERID(num)} of ${CHANNEL(language)}"
---@return string? value
---@return calluna.error? err
function session:get_full_variable(expression) end
---@param name string
---@param value string|number|boolean|nil
---@return true? set
---@return calluna.error? err
function session:set_variable(name, value) end
---@param caller string|{ name: string?, number: string? } '"Name" <number>', a name, or a number
---@return true? set
---@return calluna.error? err
function session:set_callerid(caller) end
---@param name string
---@return true? set
---@return calluna.error? err
function session:set_context(name) end
---@param name string|number
---@return true? set
---@return calluna.error? err
function session:set_extension(name) end
---@param priority string|number a number or a label
---@return true? set
---@return calluna.error? err
function session:set_priority(priority) end
---@param file string
---@param escape_digits string? keys that end it
---@return string? key "" if none was pressed
---@return calluna.error? err
function session:stream_file(file, escape_digits) end
---@param digits string|number
---@param escape_digits string?
---@return string? key
---@return calluna.error? err
function session:say_digits(digits, escape_digits) end
---@param number string|number
---@param escape_digits string?
---@return string? key
---@return calluna.error? err
function session:say_number(number, escape_digits) end
---@param timeout calluna.seconds|false|nil default 10
---@return string? key
---@return calluna.error? err
function session:wait_for_digit(timeout) end
---@param file string
---@param opts { timeout: calluna.seconds?, max_digits: integer? }?
---@return string? keys
---@return calluna.error? err
function session:get_data(file, opts) end
---@param application string
---@param ... string|number joined by commas
---@return true? done
---@return calluna.error? err
function session:exec(application, ...) end
---@param message string|number
---@param level integer?
---@return true? done
---@return calluna.error? err
function session:verbose(message, level) end
---@param message string|number|nil
---@return true? done
---@return calluna.error? err
function session:noop(message) end
---@param family string|number
---@param name string|number
---@return string? value
---@return calluna.error? err
function session:database_get(family, name) end
---@param family string|number
---@param name string|number
---@param value string|number
---@return true? done
---@return calluna.error? err
function session:database_put(family, name, value) end
---@param family string|number
---@param name string|number
---@return true? done
---@return calluna.error? err
function session:database_del(family, name) end
---@param ... string|number the words of a command
---@return { result: string, value: string?, endpos: integer? }? reply
---@return calluna.error? err
function session:command(...) end

return agi
