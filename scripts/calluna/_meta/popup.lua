---@meta calluna.popup
---Who calls, on people's screens; the example app `popup` has the page. What is shown is kept under a key, in the topic
---`popup.topic(user)` of push, so a browser that comes later shows the same. `user` is one of `users`, or a key of theirs. Nothing
---here waits; it needs `[http]`.
---<!-- in a request -->
---```lua
---local shown, err = popup.show("anna", { key = "call-7", title = "Ann Archer", number = "+14155550101", tags = { "VIP" } })
---if not shown then log.info("%s", err.message) end
---popup.close_others("call-7", "anna")
---popup.close("anna", "call-7")
---popup.close_all("call-7")
---return { topic = popup.topic("anna"), listeners = popup.listeners("anna") }
---```
---@class calluna.popup
local popup = {}

---@class (exact) calluna.popup_options
---@field key string
---@field title string
---@field text string?
---@field number string?
---@field company string?
---@field url string? http or https
---@field tags string[]|table<string, true>|nil a list, or a partner's set
---@field lines string[]?
---@field state "ringing"|"talking"|"ended"|"notice"|nil default `ringing`
---@field sticky boolean? only the user closes it; default false
---@field ttl calluna.seconds? default 4 hours

---The topic of push that a user's popups are on.
---Where: anywhere.
---@param user calluna.user|string
---@return string topic
function popup.topic(user) end

---Shows a popup, or changes the one with that key. Texts are shown as they are and cut to what a screen has room for.
---Where: anywhere. Errors: `refused` there is no room.
---@param user calluna.user|string
---@param opts calluna.popup_options
---@return integer? listeners how many browsers listen
---@return calluna.error? err
function popup.show(user, opts) end

---Closes that user's.
---Where: anywhere.
---@param user calluna.user|string
---@param key string
---@return integer listeners
function popup.close(user, key) end

---Closes everybody's but theirs.
---Where: anywhere.
---@param key string
---@param user calluna.user|string
---@return integer closed for how many
function popup.close_others(key, user) end

---Closes everybody's.
---Where: anywhere.
---@param key string
---@return integer closed for how many
function popup.close_all(key) end

---How many browsers of theirs are there.
---Where: anywhere.
---@param user calluna.user|string
---@return integer
function popup.listeners(user) end

return popup
