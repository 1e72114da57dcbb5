--- Telephone numbers, as libphonenumber understands them. A number without a country code is read by a region ("DE"):
--- the argument, else that of the call the task serves (its trunk's, else its PBX's), else the one all PBXs share; they
--- are set in the configuration.
local native = ...
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local core, tasks = native.phone, native.task

local phone = {}

local class = {}

local function check_region(what, region)
  if region ~= nil and not core.is_region(region) then
    misuse("%s: '%s' is no region; it takes two capital letters, such as \"DE\"", what, region)
  end
end

local function check_text(what, text, region)
  options.argument(what, 1, text, "string|nil", 2)
  options.argument(what, 2, region, "string|nil", 2)
  if region ~= nil then check_region(what, region) end
end

local function no_text() return nil, tasks.error("invalid", "there is no number") end

-- -- a number

local lazy = {}
function lazy.e164(n) return "+" .. n.country_code .. n.national_number end
function lazy.region(n) return core.region(n.country_code, n.national_number, n.extension) end
function lazy.kind(n) return core.kind(n.country_code, n.national_number, n.extension) end

function class.__index(n, key)
  local method = class[key]
  if method ~= nil then return method end
  local get = lazy[key]
  return get and get(n)
end

function class.__tostring(n) return n.e164 end

function class.__eq(a, b) return a.e164 == b.e164 and a.extension == b.extension end

local function is_number(value) return type(value) == "table" and getmetatable(value) == class end

local styles = { e164 = true, international = true, national = true, rfc3966 = true, out_of_country = true }

local function check_style(what, style, from, at)
  options.argument(what, at, style, "string", 2)
  options.argument(what, at + 1, from, "string|nil", 2)
  if not styles[style] then
    local near = options.suggest(style, styles)
    misuse("%s: unknown style '%s'%s", what, style, near and (" (did you mean '%s'?)"):format(near) or "")
  end
  if style ~= "out_of_country" and from ~= nil then misuse("%s: only out_of_country takes a region", what) end
  if style == "out_of_country" and from == nil then
    misuse("%s: out_of_country needs the region from which it is dialled", what)
  end
  check_region(what, from)
end

local function write(n, style, from)
  if style == "out_of_country" then return core.format_from(n.country_code, n.national_number, n.extension, from) end
  return core.format(n.country_code, n.national_number, n.extension, style)
end

--- The number as text. style: "e164" (+49305550000), "international" (+49 30 5550000), "national" (030 5550000),
--- "rfc3966" (tel:+49-30-5550000;ext=7), or "out_of_country" with the region it is dialled from
--- (`n:format("out_of_country", "US")`: 011 49 30 5550000).
function class:format(style, from)
  check_style("number:format", style, from, 1)
  return write(self, style, from)
end

--- Whether its length can exist in its country: cheap, and true of ranges given out tomorrow. Returns a boolean and a
--- word: "possible", "local_only" (the area code is missing), "too_short", "invalid_length", "too_long",
--- "invalid_country_code".
function class:is_possible() return core.is_possible(self.country_code, self.national_number, self.extension) end

--- Whether it lies in a range that its country has given out.
function class:is_valid() return core.is_valid(self.country_code, self.national_number, self.extension) end

--- As phone.match(n, other).
function class:match(other) return phone.match(self, other) end

-- -- the module

--- Understands a number as it is written or dialled. Returns it: `country_code` (49), `national_number` ("305550000"),
--- `extension` ("7" or nil), `e164`, `region` ("DE"), `kind` ("mobile", "fixed_line", ...), the methods `format`,
--- `is_possible`, `is_valid`, `match`; its tostring is E.164. What is no number gives nil, err (invalid).
--- That it is understood does not mean that it exists: an extension such as "101" is a short number of its region.
function phone.parse(text, region)
  check_text("phone.parse", text, region)
  if text == nil then return no_text() end
  local country_code, national_number, extension = core.parse(text, region)
  if not country_code then return nil, national_number end
  return setmetatable(
    { country_code = country_code, national_number = national_number, extension = extension }, class)
end

--- The number as E.164 text ("+49305550000"), without its extension; or nil, err (invalid). The same few numbers again
--- and again are remembered.
function phone.normalize(text, region)
  check_text("phone.normalize", text, region)
  if text == nil then return no_text() end
  return core.normalize(text, region)
end

--- phone.parse(text), then number:format(style, from); or nil, err (invalid).
function phone.format(text, style, from)
  options.argument("phone.format", 1, text, "string|nil")
  check_style("phone.format", style, from, 2)
  local n, err = phone.parse(text)
  if not n then return nil, err end
  return write(n, style, from)
end

--- How much two numbers (texts, or what parse returned) are the same: "exact"; "nsn", the same but for a country code
--- that one lacks; "short_nsn", one may be a shorter form of the other; "none". nil, err (invalid) if one is no number.
--- Texts are compared as they are, without a region.
function phone.match(a, b)
  local function check(position, value)
    if not is_number(value) then options.argument("phone.match", position, value, "string", 2) end
  end
  check(1, a)
  check(2, b)
  if not is_number(a) then a, b = b, a end
  if not is_number(a) then return core.match(a, b) end
  if not is_number(b) then return core.match(a.country_code, a.national_number, a.extension, b) end
  return core.match(
    a.country_code, a.national_number, a.extension, b.country_code, b.national_number, b.extension)
end

--- The region of a call: of its trunk, else of its PBX; nil if none is set. `of`: a channel handle, or an AMI event
--- (its Channel).
function phone.region_of(of)
  options.argument("phone.region_of", 1, of, "table|userdata")
  return core.region_of(of.pbx or nil, of.name or of.Channel)
end

return phone
