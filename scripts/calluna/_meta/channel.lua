---@meta _
---A channel of ARI: the caller of `ari.app`, a leg of `ch:dial`, what `ari.channels` gives. All methods but `on` are tasks,
---and give `nil, err` on failure; on a channel that has ended always `gone`.
---
---Beside these every operation of ARI on channels is a method: `ch:mute { direction = "in" }`, `ch:hold()`, `ch:ring()`,
---`ch:stop_moh()`, `ch:rtpstatistics()`. *A request's errors* below: `gone`; `offline` the PBX is away; `timeout` no answer,
---whether it took effect is unknown; `refused` ari.conf does not permit it; `invalid` Asterisk says the request is wrong;
---`rejected` it cannot be done now; `protocol`.
---<!-- in a call -->
---```lua
---ch:set_variable("CHANNEL(language)", "de")
---local language = ch:get_variable("CHANNEL(language)")
---ch:set_callerid_name("Ann (VIP)")
---ch:set_callerid_number("+14155550101")
---ch:answer()
---ch:start_moh("default")
---ch:stop_moh()
---ch:play({ "hello-world", "digits:47" }, { lang = language, interrupt = "#" })
---ch:say(12)
---ch:dtmf("12#")
---log.info("%s", ch.state)
---```
---@class calluna.ari.channel
---@field args string[] the arguments of Stasis()
---@field app string the Stasis application it is in
---@field pbx string
---@field gone calluna.error|false why there is no such channel any more
---@field endpoint string of a leg: what was dialled
local channel = {}

---Answers the call; true also if it is answered already.
---Where: task. Errors: a request's.
---@return true? ok
---@return calluna.error? err
function channel:answer() end

---@class (exact) calluna.ari.hangup_options
---@field reason string? `normal`, `busy`, `congestion`, `no_answer`, `rejected`, ...; default `normal`
---@field reason_code integer? instead: a cause of Q.850

---Hangs up.
---Where: task. Errors: a request's.
---<!-- in a call -->
---```lua
---if ch.caller.number == "anonymous" then return ch:hangup { reason = "rejected" } end
---```
---@param opts calluna.ari.hangup_options?
---@return true? ok
---@return calluna.error? err
function channel:hangup(opts) end

---@class (exact) calluna.ari.continue_options
---@field context string?
---@field extension string|number|nil
---@field priority integer?
---@field label string? instead of a priority

---Hands the call back to the dialplan; without any option: to the step after Stasis().
---Where: task. Errors: a request's.
---<!-- in a call -->
---```lua
---ch:continue_in_dialplan { context = "voicemail", extension = "support" }
---```
---@param opts calluna.ari.continue_options?
---@return true? ok
---@return calluna.error? err
function channel:continue_in_dialplan(opts) end

---@class (exact) calluna.ari.move_options
---@field app string
---@field app_args string? separated by commas

---Hands the call on to another Stasis application.
---Where: task. Errors: a request's.
---<!-- in a call -->
---```lua
---ch:move { app = "survey", app_args = "support,en" }
---```
---@param opts calluna.ari.move_options
---@return true? ok
---@return calluna.error? err
function channel:move(opts) end

---@class (exact) calluna.ari.redirect_options
---@field endpoint string

---Sends the caller elsewhere with the channel's own means (SIP: 302, REFER).
---Where: task. Errors: a request's.
---<!-- in a call -->
---```lua
---local ok, err = ch:redirect { endpoint = "PJSIP/102" }
---if not ok then log.info("not redirected: %s", err.message) end
---```
---@param opts calluna.ari.redirect_options
---@return true? ok
---@return calluna.error? err
function channel:redirect(opts) end

---Sets a channel variable, or a function such as `"CHANNEL(language)"`.
---Where: task. Errors: a request's.
---@param name string
---@param value string|number|boolean|nil nil: the empty text
---@return true? ok
---@return calluna.error? err
function channel:set_variable(name, value) end

---The value of a channel variable or function.
---Where: task. Errors: a request's.
---@param name string
---@return string? value nil without an error: it is not set
---@return calluna.error? err
function channel:get_variable(name) end

---The name that phones show for this caller from now on.
---Where: task. Errors: a request's.
---@param name string?
---@return true? ok
---@return calluna.error? err
function channel:set_callerid_name(name) end

---The number that phones show for this caller from now on.
---Where: task. Errors: a request's.
---@param number string|number|nil
---@return true? ok
---@return calluna.error? err
function channel:set_callerid_number(number) end

---@class (exact) calluna.ari.moh_options
---@field moh_class string? default: Asterisk's

---Music on hold, until `ch:stop_moh()`.
---Where: task. Errors: a request's.
---@param opts string|calluna.ari.moh_options|nil a class, or options
---@return true? ok
---@return calluna.error? err
function channel:start_moh(opts) end

---@class (exact) calluna.ari.dtmf_options milliseconds
---@field before integer?
---@field between integer?
---@field duration integer?
---@field after integer?

---Sends digits.
---Where: task. Errors: a request's.
---@param digits string|number
---@param opts calluna.ari.dtmf_options?
---@return true? ok
---@return calluna.error? err
function channel:dtmf(digits, opts) end

---@class (exact) calluna.ari.snoop_options
---@field spy string? what it hears of the channel: `none`, `both`, `out`, `in`
---@field whisper string? whom it talks to: likewise
---@field app string? the Stasis application of the new channel; default: this app's
---@field app_args string?

---A second channel that listens to this one or whispers; it belongs to this app.
---Where: task. Errors: a request's.
---<!-- in a call -->
---```lua
---local snoop, err = ch:snoop { spy = "both" }
---if snoop then snoop:hangup() else log.info("%s", err.message) end
---```
---@param opts calluna.ari.snoop_options?
---@return calluna.ari.channel? snoop
---@return calluna.error? err
function channel:snoop(opts) end

---Runs `fn(ev)` as a task of the call for each event of that type.
---Where: anywhere.
---@param type calluna.ari.event_name
---@param fn fun(ev: table)
---@return fun() off ends this
function channel:on(type, fn) end

---The next event of that type.
---Where: task. Errors: `timeout`, `gone`.
---@param type calluna.ari.event_name
---@param timeout calluna.seconds|false|nil default 30; false: endless
---@return table? event
---@return calluna.error? err
function channel:wait(type, timeout) end
