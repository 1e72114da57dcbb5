---@meta _
---What a caller hears and keys in. *A request's errors* are those of channel.
---@class calluna.ari.channel
local channel = {}

---@class (exact) calluna.ari.play_options
---@field lang string?
---@field offsetms integer? where to begin
---@field skipms integer? how far Asterisk's own controls go
---@field interrupt string? `"any"`, or the digits that end it
---@field timeout calluna.seconds|false|nil default 600; false: endless

---Plays and waits until it has been played.
---Where: task. Errors: a request's; `invalid` there is no such sound; `timeout`.
---<!-- in a call, the caller keys 1 -->
---```lua
---ch:answer()
---local off = ch:on("ChannelDtmfReceived", function(ev)
---  if ev.digit == "0" then ch:stop() end
---end)
---local ok, digit = ch:play("hello-world", { interrupt = "12" })
---off()
---ch:say("4711", { as = "digits" })
---if digit == "1" then log.info("sales") end
---```
---@param media calluna.media `"hello"`, `"number:12"`, `"digits:47"`, `"recording:x"`, `"tone:ring"`, or a list
---@param opts calluna.ari.play_options?
---@return true? ok
---@return string|calluna.error|nil digit_or_err the digit that ended it
function channel:play(media, opts) end

---Ends what `play` or `say` plays; that returns true.
---Where: task. Errors: a request's.
---@return true? ok
---@return calluna.error? err
function channel:stop() end

---@class (exact) calluna.ari.say_options: calluna.ari.play_options
---@field as "number"|"digits"|"characters"|nil default `number` for what is one, else `characters`

---Says a number ("twelve"), digits or characters.
---Where: task. Errors: as `play`.
---@param what string|number
---@param opts calluna.ari.say_options?
---@return true? ok
---@return string|calluna.error|nil digit_or_err the digit that ended it
function channel:say(what, opts) end

---@class (exact) calluna.ari.ask_options
---@field play calluna.media? the prompt; a digit ends it
---@field digits integer? how many at most
---@field terminator string? the digit that ends the entry, default `"#"`; `""`: none
---@field first_timeout calluna.seconds? from the prompt's end to the first digit, default 10
---@field timeout calluna.seconds? from digit to digit, default 5
---@field lang string?

---Plays a prompt and collects digits, which may be keyed while it plays.
---Where: task. Errors: `timeout` nothing was keyed; as `play`.
---<!-- in a call, the caller keys 12345 -->
---```lua
---ch:answer()
---local pin, err = ch:ask { play = "vm-password", digits = 4, first_timeout = 5 }
---if not pin then return log.info("no PIN: %s", err.kind) end
---local again = ch:wait_digit(5)
---```
---@param opts calluna.ari.ask_options
---@return string? digits without the terminator; maybe `""` or too few
---@return calluna.error? err
function channel:ask(opts) end

---The next digit.
---Where: task. Errors: `timeout`, `gone`.
---@param timeout calluna.seconds|false|nil default 10; false: endless
---@return string? digit `"0"` to `"9"`, `"*"`, `"#"`
---@return calluna.error? err
function channel:wait_digit(timeout) end

---@class (exact) calluna.record_options
---@field name string
---@field format string? default `wav`
---@field max_seconds integer? default 300
---@field max_silence integer? seconds of silence that end it
---@field if_exists "fail"|"overwrite"|"append"|nil
---@field beep boolean?
---@field terminate_on "none"|"any"|"*"|"#"|nil

---Records the caller until silence, a digit, the time's end or the call's.
---Where: task. Errors: a request's; `invalid` also if the recording failed.
---<!-- in a call -->
---```lua
---ch:answer()
---local recording, err = ch:record { name = "hint", max_seconds = 5, beep = true, if_exists = "overwrite" }
---log.info("%s", recording and recording.name or err.message)
---```
---@param opts calluna.record_options
---@return calluna.ari.model.LiveRecording? recording what Asterisk says of it: `name`, `format`, `duration`, ...
---@return calluna.error? err
function channel:record(opts) end
