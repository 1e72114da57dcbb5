---@meta calluna.phone
---Telephone numbers: parsed, formatted and compared by libphonenumber, whose answers these are. A number without a country code
---is read by a *region* ("DE", two capital letters): the argument; else that of the call which the task serves, its trunk's before
---its PBX's; else the one that all PBXs share. They are set by `region` in `[pbx.NAME]`. Without any only international numbers are
---understood, and the error says so.
---
---*Possible* is a matter of length; *valid* means a range that has been given out, as far as libphonenumber knows. To be
---understood is neither: `"101"` parses in most regions, so ask one of both before dialling.
---<!-- in a request: local text = "+1 415 555 0101" -->
---```lua
---local n, err = phone.parse(text)
---if not n or not n:is_valid() then return 422, { error = tostring(err or "no such number") } end
---log.info("calling %s (%s, %s)", n:format "international", n.region, n.kind)
---```
---<!-- in a call -->
---```lua
---local e164, err = phone.normalize("030 555-0000", "DE")
---local dialled = phone.format(e164, "out_of_country", "US")
---local n = phone.parse("(415) 555-0101", phone.region_of(ch))
---local possible, why = n:is_possible()
---if not possible then log.info("%s", why) end
---log.info("%s: %s, %s, %s", dialled, phone.match(n, "+14155550101"), n:match("555-0101"), err or n.e164)
---```
---@class calluna.phone
local phone = {}

---@alias calluna.region string two capital letters (ISO 3166), such as "DE"
---@alias calluna.number_style "e164"|"international"|"national"|"rfc3966"|"out_of_country"
---@alias calluna.number_kind "fixed_line"|"mobile"|"fixed_line_or_mobile"|"toll_free"|"premium_rate"|"shared_cost"|"voip"|"personal_number"|"pager"|"uan"|"voicemail"|"unknown"
---@alias calluna.number_length "possible"|"local_only"|"invalid_country_code"|"too_short"|"invalid_length"|"too_long"
---@alias calluna.number_match "exact"|"nsn"|"short_nsn"|"none"

---A telephone number; its tostring is E.164.
---@class calluna.phone.number
---@field e164 string "+49305550000"
---@field country_code integer 49
---@field national_number string "305550000"
---@field extension string?
---@field region calluna.region? "001" for numbers of no country
---@field kind calluna.number_kind
local number = {}

---As text.
---Where: anywhere.
---@param style calluna.number_style
---@param from calluna.region? where it is dialled; of `out_of_country` alone
---@return string
function number:format(style, from) end

---Whether it has the length of a number.
---Where: anywhere.
---@return boolean possible
---@return calluna.number_length why
function number:is_possible() end

---Whether it is in a range that has been given out.
---Where: anywhere.
---@return boolean
function number:is_valid() end

---Whether another number is the same: see `phone.match`.
---Where: anywhere. Errors: `invalid` the text is no number.
---@param other string|calluna.phone.number
---@return calluna.number_match? match
---@return calluna.error? err
function number:match(other) end

---The number that a text says: `"+49 (30) 555-0000 x101"`, `"tel:+49-30-555;ext=7"`, `"0049..."`, `"1-800-FLOWERS"`, full-width
---digits.
---Where: anywhere. Errors: `invalid`.
---@param text string?
---@param region calluna.region? default: that of the call, of its PBX, or of all PBXs
---@return calluna.phone.number? number
---@return calluna.error? err
function phone.parse(text, region) end

---The number in E.164: `"+49305550000"`.
---Where: anywhere. Errors: `invalid`.
---@param text string?
---@param region calluna.region? default: as `parse`
---@return string? e164
---@return calluna.error? err
function phone.normalize(text, region) end

---The number in another style.
---Where: anywhere. Errors: `invalid`.
---@param text string?
---@param style calluna.number_style
---@param from calluna.region? where it is dialled; of `out_of_country` alone
---@return string? text
---@return calluna.error? err
function phone.format(text, style, from) end

---Whether two numbers are the same: `exact`; `nsn`: the same, but one has no country code; `short_nsn`: one may be a shorter form;
---`none`.
---Where: anywhere. Errors: `invalid` a text is no number.
---@param a string|calluna.phone.number
---@param b string|calluna.phone.number
---@return calluna.number_match? match
---@return calluna.error? err
function phone.match(a, b) end

---The region of a channel, or of an AMI event's `Channel`.
---Where: anywhere.
---@param of calluna.ari.channel|calluna.ami.event
---@return calluna.region? region nil if none is set
function phone.region_of(of) end

return phone
