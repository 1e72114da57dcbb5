---@meta _
---Click-to-call: a call that begins at the user's phones.
---@class calluna.calls
local calls = {}

---@class (exact) calluna.click_device
---@field channel string "PJSIP/101"
---@field context string? where its calls begin; default: the PBX is asked
---@field auto_answer string? a family of phones, or a header
---@field originate boolean? false: a user's device that is not rung

---@class (exact) calluna.click_options
---@field user string|integer|calluna.user|nil a user or a key: those devices that have `originate`; needed, or
---@field devices string|(string|calluna.click_device)[]|nil these
---@field to string|number|calluna.phone.number a text, dialled as it is: put the outside line's prefix before it; or a number of `phone.parse`, dialled as E.164 (`+49...`)
---@field pbx string? default: the user's
---@field context string? default: the device's; else the PBX is asked for that of the PJSIP endpoint
---@field callerid string? what the devices show: `'"Ann" <+49305550000>'`, a name, or a number; default: `to`
---@field outbound_callerid string? what the dialplan has as caller id, and the far side sees unless the dialplan changes it; default: the user's name and extension
---@field auto_answer boolean|string|nil `true`: each device by its own `auto_answer`; or one for all; default false
---@field ring_timeout calluna.seconds? for the devices, default 20
---@field timeout calluna.seconds? for the far side, default 60. What is up after it with nobody being dialled (a prompt, a conference) counts as answered
---@field id string? asked for again, the same id is the same call, for ten minutes, also when the script is loaded anew; the second one waits for the same result
---@field dtmf_after_answer string? digits for the far side once it has answered: `"ww101"`, `w` is half a second
---@field variables table<string, string|number>? of the devices' channels

---@class calluna.click_error: calluna.error
---@field side "user"|"remote"|nil whose side it was

---Rings all the user's devices at once; the first to answer is connected with `to`, which the PBX's own dialplan dials, so its
---trunks and rules count. Returns when the far side has answered. After a failure nothing rings any more, and the user's phone is
---hung up. Needs AMI (`write = call,originate`).
---
---`auto_answer` names a family of phones: `yealink` `grandstream` `snom` `polycom` `cisco` `fanvil` `microsip` `zoiper` `linphone`;
---or it is a header, `"Call-Info: <sip:x>;answer-after=0"`. The header goes onto the INVITE, so the device must be PJSIP; most
---phones have a setting that must allow it.
---Where: task. Errors: `busy`, `noanswer`, `offline`, `congestion`, `rejected`; `cancelled` the user hung up first; `invalid`;
---`refused`; `err.side` is `user` or `remote`.
---<!-- in a call: local number, key = require "calluna.phone".parse "+14155550123", "click-1" -->
---```lua
---local call, why = calls.click { user = "anna", to = "0" .. number.e164, auto_answer = true, id = key }
---if not call then log.info("%s: %s", why.side, why.kind) end
---```
---@param opts calluna.click_options
---@return calluna.call? call
---@return calluna.click_error? err
function calls.click(opts) end
