---@meta _
-- Popups on people's screens.

---@class calluna.popup
local popup = {}

---@class (exact) calluna.popup_options
---@field key string
---@field title string
---@field text string?
---@field number string?
---@field company string?
---@field url string? http or https
---@field tags string[]|table<string, true>|nil
---@field lines string[]?
---@field state "ringing"|"talking"|"ended"|"notice"|nil
---@field sticky boolean?
---@field ttl calluna.seconds?

---@param user calluna.user|string
---@return string topic of calluna.push
function popup.topic(user) end
---@param user calluna.user|string
---@param opts calluna.popup_options
---@return integer? listeners
---@return calluna.error? err
function popup.show(user, opts) end
---@param user calluna.user|string
---@param key string
---@return integer listeners
function popup.close(user, key) end
---@param key string
---@param user calluna.user|string
---@return integer closed
function popup.close_others(key, user) end
---@param key string
---@return integer closed
function popup.close_all(key) end
---@param user calluna.user|string
---@return integer
function popup.listeners(user) end
