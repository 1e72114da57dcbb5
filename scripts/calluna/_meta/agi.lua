---@meta calluna.agi
---FastAGI: calls that a dialplan of today hands over and takes back, by
---`same => n,AGI(agi://calluna.example/caller/name?country=DE,argument)`. `[agi]` of the configuration says where they come in.
---Beside Stasis applications it is the smaller door: the channel stays in its dialplan.
---
---- **A hang-up** ends each wait with `gone`. Reading and setting variables, the database, `exec` and `verbose` still work then,
---  for cleaning up.
---- **Values** may hold anything but CR, LF and NUL, which are refused (`invalid`), like a command over 2047 bytes, which Asterisk
---  would cut in two. A variable whose value, set elsewhere, has a line that ends with `)` and another one after it ends the session
---  (`protocol`): its answer cannot be told from the next one.
---- **Programs.** What makes the PBX run a program or write its files needs the grant `originate_application`, else it is
---  `refused`: `System`, `TrySystem`, `AGI`, `Exec`, `ExecIf`, `Originate`, `MixMonitor` with a command, ..., and the functions
---  `SHELL`, `EVAL`, `FILE`, also inside of `get_full_variable`. Asterisk itself holds nothing back from an AGI server.
---- Commands that Asterisk answers at once have 10 s; the others end when they end, or with the call.
---@class calluna.agi
local agi = {}

---Runs `fn(session)` as a task for each call of agi://host/path. When it returns (or raises) the dialplan goes on at its next
---priority, or where `set_context`, `set_extension`, `set_priority` say. `AGISTATUS` is `FAILURE` after a command that failed,
---else `SUCCESS`.
---
---Nobody serves a path: the dialplan goes on at once, with a line in the log the first time. Two apps with one path: the second
---is not loaded. After a reload new calls go to the new script, those under way stay.
---Where: a file's top level, or start.
---```lua
---local agi, partners = require "calluna.agi", require "calluna.partners"
---agi.serve("caller/name", function(s)                    -- a task for each call
---  local who = partners.lookup(s.callerid.number, { region = s.query.country })
---  s:set_variable("PARTNER", who and who.display_name)
---end)                                                    -- the dialplan goes on
---```
---@param path string "caller/name"
---@param fn fun(session: calluna.agi.session)
function agi.serve(path, fn) end

---One call at AGI. `calls.by_channel(s.channel, s.pbx)` is its call. Fields are as Asterisk tells them; nil if it does not know.
---Methods are tasks. *A command's errors*: `gone` the caller has hung up, or the session has ended; `rejected` it failed on the
---PBX; `refused` it needs a grant; `invalid` a value cannot be sent; `timeout`; `protocol`.
---<!-- in a session -->
---```lua
---s:answer()
---log.info("%s is %s", s.channel, s:channel_status())
---s:verbose("from " .. (s.callerid.number or "nobody"), 1)
---s:noop("a line for the PBX's own log")
---s:stream_file("hello-world", "#")
---s:say_digits("47")
---s:say_number(12)
---local key = s:wait_for_digit(1)
---local keys = s:get_data("vm-password", { timeout = 1, max_digits = 4 })
---s:database_put("docs", "keys", keys or key or "none")
---local kept = s:database_get("docs", "keys")
---s:database_del("docs", "keys")
---s:set_callerid { name = "Ann", number = "+14155550101" }
---s:set_variable("KEPT", kept)
---local value = s:get_variable("KEPT")
---local both = s:get_full_variable("${KEPT} and ${EXTEN}")
---s:exec("NoOp", value, both)
---s:command("SAY", "ALPHA", "abc", "")
---s:set_context("voicemail")
---s:set_extension("support")
---s:set_priority(1)
---```
---<!-- in a session -->
---```lua
---s:hangup()
---```
---@class calluna.agi.session
---@field script string the path
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
---@field gone boolean the caller has hung up, or the session has ended
local session = {}

---Answers the call.
---Where: task. Errors: a command's.
---@return true? answered
---@return calluna.error? err
function session:answer() end

---Hangs up.
---Where: task. Errors: a command's.
---@return true? hung_up
---@return calluna.error? err
function session:hangup() end

---How the channel is.
---Where: task. Errors: a command's.
---@return "up"|"ring"|"ringing"|"down"|"reserved"|"offhook"|"dialing"|"busy"|nil status
---@return calluna.error? err
function session:channel_status() end

---The value of a variable, or of a function such as `"CALLERID(num)"`.
---Where: task, also after the hang-up. Errors: a command's.
---@param name string
---@return string? value nil without an error: it is not set
---@return calluna.error? err
function session:get_variable(name) end

---What an expression of the dialplan is: `"${CALLERID(num)} of ${CHANNEL(language)}"`.
---Where: task, also after the hang-up. Errors: a command's.
---@param expression string
---@return string? value
---@return calluna.error? err
function session:get_full_variable(expression) end

---Sets a variable or function.
---Where: task, also after the hang-up. Errors: a command's.
---@param name string
---@param value string|number|boolean|nil nil: the empty text
---@return true? set
---@return calluna.error? err
function session:set_variable(name, value) end

---Sets who calls.
---Where: task. Errors: a command's.
---@param caller string|{ name: string?, number: string? } `'"Name" <number>'`, a name, or a number
---@return true? set
---@return calluna.error? err
function session:set_callerid(caller) end

---The context in which the dialplan goes on.
---Where: task. Errors: a command's.
---@param name string
---@return true? set
---@return calluna.error? err
function session:set_context(name) end

---The extension at which the dialplan goes on.
---Where: task. Errors: a command's.
---@param name string|number
---@return true? set
---@return calluna.error? err
function session:set_extension(name) end

---The priority at which the dialplan goes on.
---Where: task. Errors: a command's.
---@param priority string|number a number or a label
---@return true? set
---@return calluna.error? err
function session:set_priority(priority) end

---Plays a file and waits for its end.
---Where: task. Errors: a command's.
---@param file string
---@param escape_digits string? keys that end it; default: none
---@return string? key that ended it, `""` if none
---@return calluna.error? err
function session:stream_file(file, escape_digits) end

---Says digits.
---Where: task. Errors: a command's.
---@param digits string|number
---@param escape_digits string? keys that end it; default: none
---@return string? key that ended it, `""` if none
---@return calluna.error? err
function session:say_digits(digits, escape_digits) end

---Says a number.
---Where: task. Errors: a command's.
---@param number string|number
---@param escape_digits string? keys that end it; default: none
---@return string? key that ended it, `""` if none
---@return calluna.error? err
function session:say_number(number, escape_digits) end

---The next key.
---Where: task. Errors: `timeout` none came; a command's.
---@param timeout calluna.seconds|false|nil default 10; false: endless
---@return string? key
---@return calluna.error? err
function session:wait_for_digit(timeout) end

---@class (exact) calluna.agi.get_data_options
---@field timeout calluna.seconds? from key to key, default 5; at most 3600
---@field max_digits integer? default 255; at most 1024

---Plays a file and collects keys up to `#`.
---Where: task. Errors: `timeout` none came; a command's.
---@param file string
---@param opts calluna.agi.get_data_options?
---@return string? keys
---@return calluna.error? err
function session:get_data(file, opts) end

---Runs an application of the dialplan to its end. Several arguments are joined by commas, and may hold none; a single one goes
---as it is: `s:exec("Dial", "PJSIP/101,20")`.
---Where: task, also after the hang-up. Errors: a command's.
---@param application string
---@param ... string|number
---@return true? done
---@return calluna.error? err
function session:exec(application, ...) end

---Writes a line on the PBX's console.
---Where: task, also after the hang-up. Errors: a command's.
---@param message string|number
---@param level integer? 1 to 4, default 1
---@return true? done
---@return calluna.error? err
function session:verbose(message, level) end

---Does nothing; a line in the PBX's debug log.
---Where: task. Errors: a command's.
---@param message string|number|nil
---@return true? done
---@return calluna.error? err
function session:noop(message) end

---A value of Asterisk's database.
---Where: task, also after the hang-up. Errors: a command's.
---@param family string|number
---@param name string|number
---@return string? value nil without an error: there is none
---@return calluna.error? err
function session:database_get(family, name) end

---Puts a value into Asterisk's database.
---Where: task, also after the hang-up. Errors: a command's.
---@param family string|number
---@param name string|number
---@param value string|number
---@return true? done
---@return calluna.error? err
function session:database_put(family, name, value) end

---Takes a value out of Asterisk's database.
---Where: task, also after the hang-up. Errors: a command's.
---@param family string|number
---@param name string|number
---@return true? done
---@return calluna.error? err
function session:database_del(family, name) end

---Any other command, word by word.
---Where: task. Errors: a command's.
---@param ... string|number
---@return { result: string, value: string?, endpos: integer? }? reply
---@return calluna.error? err
function session:command(...) end

return agi
