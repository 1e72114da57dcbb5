---@meta _
-- The verbs on calls and legs, and click-to-call.

---@class (exact) calluna.click_device
---@field channel string "PJSIP/101"
---@field context string? where its calls begin; default: the PBX is asked
---@field auto_answer string? a family of phones, or a header
---@field originate boolean? false: a user's device that is not rung

---@class (exact) calluna.click_options
---@field user string|integer|calluna.user|nil
---@field devices string|(string|calluna.click_device)[]|nil
---@field to string|number|calluna.phone.number what the dialplan takes; a parsed number as E.164
---@field pbx string?
---@field context string?
---@field callerid string? what the devices show: '"Name" <number>', a name, or a number
---@field outbound_callerid string? what the far side sees
---@field auto_answer boolean|string|nil true: each device by its own profile
---@field ring_timeout calluna.seconds?
---@field timeout calluna.seconds? for the far side
---@field id string? the same id is the same call
---@field dtmf_after_answer string? "ww101"
---@field variables table<string, string|number>?

---@class calluna.click_error: calluna.error
---@field side "user"|"remote"|nil whose side it was

---@class (exact) calluna.hangup_options
---@field reason "normal"|"busy"|"rejected"|"congestion"|"no_answer"|nil
---@field cause integer? Q.850

---@class (exact) calluna.transfer_options
---@field to string|number|calluna.phone.number
---@field context string?
---@field attended boolean?
---@field timeout calluna.seconds? for the one who is asked
---@field leg calluna.call.leg? who transfers

---@class calluna.consultation
local consultation = {}
---@return true? ok
---@return calluna.error? err
function consultation:complete() end
---@return true? ok
---@return calluna.error? err
function consultation:cancel() end

---@class (exact) calluna.phone_options
---@field device string? whose phone is rung
---@field user string|integer|calluna.user|nil
---@field auto_answer boolean|string|nil
---@field timeout calluna.seconds?
---@field callerid string?
---@field leg calluna.call.leg?

---@class (exact) calluna.spy_options: calluna.phone_options
---@field mode "listen"|"whisper"|"barge"|nil

---@class calluna.spy
---@field id string the supervisor's channel
---@field mode "listen"|"whisper"|"barge"
local spy = {}
---@return true
function spy:stop() end
---@param timeout calluna.seconds?
---@return true? ended
---@return calluna.error? err
function spy:wait_end(timeout) end

---@class calluna.call_recording
---@field name string the file's
local recording = {}
---@return true? ok
---@return calluna.error? err
function recording:pause() end
---@return true? ok
---@return calluna.error? err
function recording:resume() end
---@return true? ok
---@return calluna.error? err
function recording:stop() end

---@class calluna.call
local call = {}
---@param opts calluna.hangup_options?
---@return true? ok
---@return calluna.error? err
function call:hangup(opts) end
---@param opts calluna.transfer_options
---@return true|calluna.consultation|nil ok with attended: what completes or cancels it
---@return calluna.error? err
function call:transfer(opts) end
---@param opts { leg?: calluna.call.leg }?
---@return true? ok
---@return calluna.error? err
function call:hold(opts) end
---@param opts { leg?: calluna.call.leg }?
---@return true? ok
---@return calluna.error? err
function call:resume(opts) end
---@param opts { lot?: string, leg?: calluna.call.leg }?
---@return string? place
---@return calluna.error? err
function call:park(opts) end
---@param opts calluna.phone_options
---@return true? ok
---@return calluna.error? err
function call:pickup(opts) end
---@param opts calluna.spy_options
---@return calluna.spy? spy
---@return calluna.error? err
function call:spy(opts) end
---@param opts { name?: string, format?: string, leg?: calluna.call.leg }?
---@return calluna.call_recording? recording
---@return calluna.error? err
function call:record(opts) end
---@param media calluna.media
---@param opts { to?: "leg"|"both", timeout?: calluna.seconds, leg?: calluna.call.leg }?
---@return true? ok
---@return calluna.error? err
function call:play(media, opts) end
---@param digits string|integer
---@param opts { leg?: calluna.call.leg }?
---@return true? ok
---@return calluna.error? err
function call:send_dtmf(digits, opts) end
---@param name string
---@param value string|number|boolean|nil
---@param opts { leg?: calluna.call.leg }?
---@return true? ok
---@return calluna.error? err
function call:set_variable(name, value, opts) end
---@param endpoints string|string[]
---@param opts calluna.dial_options?
---@return calluna.ari.channel? leg
---@return calluna.error? err
function call:dial(endpoints, opts) end

---@class calluna.call.leg
local leg = {}
---@param opts calluna.hangup_options?
---@return true? ok
---@return calluna.error? err
function leg:hangup(opts) end
---@param opts calluna.transfer_options
---@return true|calluna.consultation|nil ok
---@return calluna.error? err
function leg:transfer(opts) end
---@return true? ok
---@return calluna.error? err
function leg:hold() end
---@return true? ok
---@return calluna.error? err
function leg:resume() end
---@param opts { lot?: string }?
---@return string? place
---@return calluna.error? err
function leg:park(opts) end
---@param opts calluna.phone_options
---@return true? ok
---@return calluna.error? err
function leg:pickup(opts) end
---@param opts calluna.spy_options
---@return calluna.spy? spy
---@return calluna.error? err
function leg:spy(opts) end
---@param opts { name?: string, format?: string }?
---@return calluna.call_recording? recording
---@return calluna.error? err
function leg:record(opts) end
---@param media calluna.media
---@param opts { to?: "leg"|"both", timeout?: calluna.seconds }?
---@return true? ok
---@return calluna.error? err
function leg:play(media, opts) end
---@param digits string|integer
---@return true? ok
---@return calluna.error? err
function leg:send_dtmf(digits) end
---@param name string
---@param value string|number|boolean|nil
---@return true? ok
---@return calluna.error? err
function leg:set_variable(name, value) end

---@class calluna.calls
local calls = {}
---@param opts calluna.click_options
---@return calluna.call? call
---@return calluna.click_error? err
function calls.click(opts) end
