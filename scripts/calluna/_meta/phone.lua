---@meta _
-- Telephone numbers.

---@alias calluna.region string two capital letters (ISO 3166), such as "DE"
---@alias calluna.number_style "e164"|"international"|"national"|"rfc3966"|"out_of_country"
---@alias calluna.number_kind "fixed_line"|"mobile"|"fixed_line_or_mobile"|"toll_free"|"premium_rate"|"shared_cost"|"voip"|"personal_number"|"pager"|"uan"|"voicemail"|"unknown"
---@alias calluna.number_length "possible"|"local_only"|"invalid_country_code"|"too_short"|"invalid_length"|"too_long"
---@alias calluna.number_match "exact"|"nsn"|"short_nsn"|"none"

---@class calluna.phone
local phone = {}

---A telephone number; its tostring is E.164.
---@class calluna.phone.number
---@field e164 string "+49305550000"
---@field country_code integer 49
---@field national_number string "305550000"
---@field extension string?
---@field region calluna.region? "001" for numbers of no country
---@field kind calluna.number_kind
local number = {}
---@param style calluna.number_style
---@param from calluna.region? where it is dialled; of out_of_country alone
---@return string
function number:format(style, from) end
---@return boolean possible
---@return calluna.number_length why
function number:is_possible() end
---@return boolean
function number:is_valid() end
---@param other string|calluna.phone.number
---@return calluna.number_match? match
---@return calluna.error? err
function number:match(other) end

---@param text string?
---@param region calluna.region? absent: that of the call, of its PBX, or of all PBXs
---@return calluna.phone.number? number
---@return calluna.error? err
function phone.parse(text, region) end
---@param text string?
---@param region calluna.region?
---@return string? e164
---@return calluna.error? err
function phone.normalize(text, region) end
---@param text string?
---@param style calluna.number_style
---@param from calluna.region? where it is dialled; of out_of_country alone
---@return string? text
---@return calluna.error? err
function phone.format(text, style, from) end
---@param a string|calluna.phone.number
---@param b string|calluna.phone.number
---@return calluna.number_match? match
---@return calluna.error? err
function phone.match(a, b) end
---@param of calluna.ari.channel|calluna.ami.event
---@return calluna.region? region
function phone.region_of(of) end
