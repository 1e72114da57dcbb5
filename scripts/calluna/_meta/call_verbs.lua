---@meta _
---The verbs of a call, all tasks. A call's verb chooses the leg (our person; for `park` and `send_dtmf` the other side; for
---`set_variable` the caller), `leg = call.legs[2]` says another, and a leg has the same methods for itself.
---
--- | verb | in the dialplan (AMI) | in Stasis (ARI) |
--- |---|---|---|
--- | `hangup` | `Hangup`, all legs | the same by ARI |
--- | `transfer` | `BlindTransfer`; a caller who talks to nobody: `Redirect` | the other side continues at `to`, who transferred is hung up |
--- | `transfer`, attended | `Atxfer`: the PBX's own feature. `features.conf` needs `atxfer` and `atxferabort`, Dial() the options `t` and `T`; else `refused`, and the other side has heard the keys | of a leg this app has dialled; else `refused` |
--- | `hold`, `resume` | the phone is asked, by NOTIFY with `Event: hold` and `talk`. One that does not obey: `refused` | the other side hears music |
--- | `park` | `Park` | the same |
--- | `pickup` | PickupChan() while it rings, ParkedCall() when it is parked | parked: the same |
--- | `spy` | ChanSpy(): `listen`, `whisper` (our person hears), `barge` (both) | the same |
--- | `record` | `MixMonitor`, both sides; while paused, silence | the bridge; a channel that is in none |
--- | `play` | by a whispering snoop channel of ARI; needs `[pbx.NAME.ari]` and an `ari.app` in this app, else `refused` | the channel, or its bridge |
--- | `send_dtmf` | `PlayDTMF`; `w`: half a second | by ARI |
--- | `set_variable` | `Setvar` | by ARI |
---
---The AMI account needs `write = call,originate,system` (`system`: for `hold` and `record`), and `read = call`. What ends in an
---application's arguments, an extension, a header or a file's name is checked first: `invalid` says what is wrong, and nothing is
---sent. *A verb's errors*: `gone` the call or leg has ended; `invalid`; `refused` the account, the phone or the PBX does not
---permit it; `offline`; `timeout`; `rejected`.
---<!-- with a call -->
---```lua
---call:set_variable("SEEN", "yes")
---call:hold()
---call:resume()
---call:send_dtmf("12w#")
---call:play("hello-world", { to = "both" })
---local recording, err = call:record { name = "docs", format = "wav" }
---if recording then
---  recording:pause()
---  recording:resume()
---  recording:stop()
---end
---log.info("%s", recording and recording.name or err.message)
---call:hangup { reason = "normal" }
---```
---<!-- with a call -->
---```lua
---local asked, why = call:transfer { to = "102", attended = true }
---if not asked then return log.info("%s", why.kind) end
---if call.remote_number == "anonymous" then asked:cancel() else asked:complete() end
---```
---<!-- with a call -->
---```lua
---local spy, err = call:spy { user = "boss", mode = "whisper", auto_answer = "yealink" }
---if not spy then return log.info("%s", err.message) end
---if not spy:wait_end(5) then spy:stop() end
---```
---<!-- with a call -->
---```lua
---timer.after(0, function()                        -- a task of the app: one of the call ends where it leaves Stasis
---  local place, err = call:park()
---  if place then call:pickup { device = "PJSIP/102" } else log.info("%s", err.message) end
---end)
---ch:wait_end()
---```
---@class calluna.call.verbs
local call = {}

---@class (exact) calluna.hangup_options
---@field reason "normal"|"busy"|"rejected"|"congestion"|"no_answer"|nil default `normal`
---@field cause integer? instead: of Q.850

---@class (exact) calluna.leg_options
---@field leg calluna.call.leg? of a call: which leg

---Hangs up; of a call all its legs. True also if it has ended meanwhile.
---Where: task. Errors: a verb's.
---@param opts calluna.hangup_options?
---@return true? ok
---@return calluna.error? err
function call:hangup(opts) end

---@class (exact) calluna.transfer_options
---@field to string|number|calluna.phone.number
---@field context string? default: where the leg's own phone dials
---@field attended boolean? `to` is asked first; default false
---@field timeout calluna.seconds? for the one who is asked, default 30
---@field leg calluna.call.leg? who transfers; default: our person

---Hands the other side on. With `attended` it waits until `to` has answered.
---Where: task. Errors: a verb's; attended: `busy`, `noanswer`, ..., and both talk again.
---@param opts calluna.transfer_options
---@return true|calluna.consultation|nil ok with `attended`: what completes or cancels it
---@return calluna.error? err
function call:transfer(opts) end

---The other side hears music until `resume`.
---Where: task. Errors: a verb's.
---@param opts calluna.leg_options? who holds; default: our person
---@return true? ok
---@return calluna.error? err
function call:hold(opts) end

---Both talk again.
---Where: task. Errors: a verb's.
---@param opts calluna.leg_options? who held; default: our person
---@return true? ok
---@return calluna.error? err
function call:resume(opts) end

---@class (exact) calluna.park_options
---@field lot string? default: the PBX's
---@field leg calluna.call.leg? who is parked; default: the other side

---Parks the other side. A task of the channel that is parked ends with `gone`: it has left the application.
---Where: task. Errors: a verb's.
---@param opts calluna.park_options?
---@return string? place `"701"`
---@return calluna.error? err
function call:park(opts) end

---@class (exact) calluna.phone_options
---@field device string? whose phone is rung
---@field user string|integer|calluna.user|nil or: whose
---@field auto_answer boolean|string|nil as of `calls.click`; default false
---@field timeout calluna.seconds? how long the phone rings, default 20
---@field callerid string?
---@field leg calluna.call.leg?

---Takes the call to another phone, while it rings or is parked.
---Where: task. Errors: a verb's.
---@param opts calluna.phone_options
---@return true? ok
---@return calluna.error? err
function call:pickup(opts) end

---@class (exact) calluna.spy_options: calluna.phone_options
---@field mode "listen"|"whisper"|"barge"|nil default `listen`; `whisper`: our person hears; `barge`: both

---A supervisor's phone listens, whispers or joins.
---Where: task. Errors: a verb's; what the phone says: `busy`, `noanswer`, ...
---@param opts calluna.spy_options
---@return calluna.spy? spy when the supervisor's phone was answered
---@return calluna.error? err
function call:spy(opts) end

---@class (exact) calluna.call_record_options
---@field name string? below the PBX's folder for recordings, without `..`; default: made of the leg's id
---@field format string? default `wav`
---@field leg calluna.call.leg?

---Records both sides.
---Where: task. Errors: a verb's.
---@param opts calluna.call_record_options?
---@return calluna.call_recording? recording
---@return calluna.error? err
function call:record(opts) end

---@class (exact) calluna.call_play_options
---@field to "leg"|"both"|nil default `leg`: our person alone
---@field timeout calluna.seconds? default 600
---@field leg calluna.call.leg?

---Plays and waits for the end.
---Where: task. Errors: a verb's.
---@param media calluna.media
---@param opts calluna.call_play_options?
---@return true? ok
---@return calluna.error? err
function call:play(media, opts) end

---Sends digits to the other side; `w` is half a second.
---Where: task. Errors: a verb's.
---@param digits string|integer
---@param opts calluna.leg_options?
---@return true? ok
---@return calluna.error? err
function call:send_dtmf(digits, opts) end

---Sets a variable of the caller's channel.
---Where: task. Errors: a verb's.
---@param name string
---@param value string|number|boolean|nil nil: the empty text
---@param opts calluna.leg_options?
---@return true? ok
---@return calluna.error? err
function call:set_variable(name, value, opts) end

---What an attended transfer gives: the one who was asked has answered.
---@class calluna.consultation
local consultation = {}

---Joins the other side and the one who was asked.
---Where: task. Errors: a verb's.
---@return true? ok
---@return calluna.error? err
function consultation:complete() end

---The one who was asked is hung up; both talk again.
---Where: task. Errors: a verb's.
---@return true? ok
---@return calluna.error? err
function consultation:cancel() end

---A supervisor who listens.
---@class calluna.spy
---@field id string the supervisor's channel
---@field mode "listen"|"whisper"|"barge"
local spy = {}

---Hangs up the supervisor's phone.
---Where: anywhere.
---@return true
function spy:stop() end

---Waits until the supervisor has hung up, or the call has ended.
---Where: task. Errors: `timeout`, `gone`.
---@param timeout calluna.seconds? default: endless
---@return true? ended
---@return calluna.error? err
function spy:wait_end(timeout) end

---A recording that goes on.
---@class calluna.call_recording
---@field name string the file's
local recording = {}

---Silence from now on.
---Where: task. Errors: a verb's.
---@return true? ok
---@return calluna.error? err
function recording:pause() end

---Sound again.
---Where: task. Errors: a verb's.
---@return true? ok
---@return calluna.error? err
function recording:resume() end

---Ends it.
---Where: task. Errors: a verb's.
---@return true? ok
---@return calluna.error? err
function recording:stop() end
