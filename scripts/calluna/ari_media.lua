--- What a caller hears and keys in: play, say, ask, wait_digit, record.
local native = ...
local channel = require "calluna.ari_channel"
local latch = require "calluna.latch"
local misuse = require "calluna.misuse"
local options = require "calluna.options"
local playback = require "calluna.ari_playback"
local request = require "calluna.ari_request"
local core, tasks = native.ari, native.task

local class = channel.class
local play_options = {
  lang = "string", offsetms = "number", skipms = "number", interrupt = "string", timeout = "number|boolean",
}

local function interrupts(keys, digit) return keys == "any" or keys:find(digit, 1, true) ~= nil end

--- Begins to play and returns the playback (`stop`, `cut`, `ended`), or nil, err.
function class:start_playback(media, opts)
  if self.gone then return nil, self.gone end
  local arguments = { channel_id = self.id, media = playback.media("channel:play", media) }
  if opts then arguments.lang, arguments.offsetms, arguments.skipms = opts.lang, opts.offsetms, opts.skipms end
  local playing, err = playback.start("channels.playWithId", arguments, self.pbx or nil)
  if not playing then return nil, self:check_gone(err) end
  return playing
end

--- Plays and waits for the end. media: "hello", "sound:hello", "number:12", "digits:47", "recording:x", "tone:ring",
--- or a list of these. opts: lang; interrupt = "any" or the digits that end it ("#"); timeout (seconds, default 600).
--- Returns true (and the digit that ended it), or nil, err: kind "gone", or "invalid" if there is no such sound.
function class:play(media, opts)
  opts = options.check("channel:play", opts, play_options)
  if self.gone then return nil, self.gone end
  local keyed, playing
  local listener = opts.interrupt and self:listen("ChannelDtmfReceived", function(_, ev)
    if keyed or not interrupts(opts.interrupt, ev.digit) then return end
    keyed = ev.digit
    if playing then playing:cut() end
  end)
  local err
  playing, err = self:start_playback(media, opts)
  if playing then
    if keyed then playing:cut() end
    self.playing = playing
  end
  local state
  if playing then
    state, err = self:await(playing.ended, opts.timeout == nil and 600 or opts.timeout, "channel:play")
    if self.playing == playing then self.playing = nil end
  end
  if listener then self:unlisten("ChannelDtmfReceived", listener) end
  if not playing then return nil, err end
  if not state then
    playing:cut()
    playing:finish()
    return nil, err
  end
  local ok, problem = playing:outcome(state)
  if not ok then return nil, self:why_failed(problem) end
  return true, keyed
end

-- Asterisk tells of a hang-up in this order: ChannelHangupRequest, the failure of what was played, the end.
function class:why_failed(problem)
  if self.hangup_requested and not self.gone then self:await(latch.new(), 5, "channel:play") end
  return self.gone or problem
end
class.playing = false

--- Ends what `play` plays to this channel; that returns true.
function class:stop()
  if self.gone then return nil, self.gone end
  return not self.playing or self.playing:stop()
end

--- Says a number (12: "twelve"), or text as opts.as = "digits" or "characters" or "number". Other options as for
--- play.
function class:say(what, opts)
  options.argument("channel:say", 1, what, "string|number")
  local rest = {}
  for key, value in pairs(opts or rest) do rest[key] = value end
  local as = rest.as or (tonumber(what) and "number" or "characters")
  rest.as = nil
  if as ~= "number" and as ~= "digits" and as ~= "characters" then
    misuse("channel:say: as is 'number', 'digits' or 'characters', not '%s'", tostring(as))
  end
  options.check("channel:say", rest, play_options)
  return self:play(as .. ":" .. what, rest)
end

-- Digits as they come, into a list; `pressed` is set with each, what is `playing` is cut by the first.
local function collect(self)
  local digits = {}
  digits.listener = self:listen("ChannelDtmfReceived", function(_, ev)
    digits[#digits + 1] = ev.digit
    if digits.playing then digits.playing:cut() end
    if digits.pressed then digits.pressed:set(true) end
  end)
  return digits
end

local function next_digit(self, digits, timeout, what)
  if not digits[1] then
    digits.pressed = latch.new()
    local ok, err = self:await(digits.pressed, timeout, what)
    if not ok then return nil, err end
  end
  return table.remove(digits, 1)
end

--- Waits for the next digit. timeout: seconds, default 10; false: endless. Returns "0".."9", "*", "#"; nil, err.
function class:wait_digit(timeout)
  options.argument("channel:wait_digit", 1, timeout, "number|boolean|nil")
  if self.gone then return nil, self.gone end
  local digits = collect(self)
  local digit, err = next_digit(self, digits, timeout == nil and 10 or timeout, "channel:wait_digit")
  self:unlisten("ChannelDtmfReceived", digits.listener)
  return digit, err
end

-- Plays until the end or the first digit.
local function prompt(self, digits, opts)
  local playing, err = self:start_playback(opts.play, { lang = opts.lang })
  if not playing then return nil, err end
  digits.playing = playing
  if digits[1] then playing:cut() end
  local state
  state, err = self:await(playing.ended, 600, "channel:ask")
  digits.playing = nil
  if not state then
    playing:finish()
    return nil, err
  end
  local ok, problem = playing:outcome(state)
  if not ok then return nil, self:why_failed(problem) end
  return true
end

local function entry(self, digits, opts)
  if opts.play then
    local ok, err = prompt(self, digits, opts)
    if not ok then return nil, err end
  end
  local terminator, text = opts.terminator or "#", ""
  while #text < (opts.digits or math.huge) do
    local patience = text == "" and (opts.first_timeout or 10) or opts.timeout or 5
    local digit, err = next_digit(self, digits, patience, "channel:ask")
    if not digit then
      if err.kind == "timeout" and text ~= "" then break end
      return nil, err
    end
    if digit == terminator then break end
    text = text .. digit
  end
  return text
end

--- Plays a prompt and collects digits, which may be keyed while it plays (that ends the prompt).
--- opts: play (media); digits (how many at most); terminator (the digit that ends the entry, default "#"; "" for
--- none);
--- first_timeout (seconds from the prompt's end to the first digit, default 10); timeout (from digit to digit,
--- default 5); lang. Returns the digits without the terminator, maybe "" or too few; nil, err: kind "timeout" if
--- nothing was keyed, "gone" if the caller hung up.
function class:ask(opts)
  opts = options.check("channel:ask", opts, {
    play = "string|table", digits = "number", terminator = "string", timeout = "number", first_timeout = "number",
    lang = "string",
  })
  if self.gone then return nil, self.gone end
  local digits = collect(self)
  local text, err = entry(self, digits, opts)
  self:unlisten("ChannelDtmfReceived", digits.listener)
  return text, err
end

local record_options = {
  name = "!string", format = "string", max_seconds = "number", max_silence = "number", if_exists = "string",
  beep = "boolean", terminate_on = "string",
}

-- Starts a recording under its name and waits for its end; `target` has send and await.
local function record(target, operation, opts)
  local name, seconds, ended = opts.name, opts.max_seconds or 300, latch.new()
  core.watch(name, function(ev)
    if ev.type == "RecordingFinished" then
      ended:set(ev.recording)
    elseif ev.type == "RecordingFailed" then
      local why = tostring(ev.recording.cause or "no cause given")
      ended:set(nil, tasks.error("invalid", "the recording failed: " .. why))
    end
  end)
  local ok, err = target:send(operation, {
    name = name, format = opts.format or "wav", max_duration_seconds = seconds, max_silence_seconds = opts.max_silence,
    if_exists = opts.if_exists, beep = opts.beep, terminate_on = opts.terminate_on,
  })
  local recording
  if ok then recording, err = target:await(ended, seconds + 30, "record") end
  core.unwatch(name)
  if ok and not recording and err.kind ~= "invalid" and err.kind ~= "gone" then
    request.start("recordings.stop", { recording_name = name }, target.pbx or nil)
  end
  return recording, err
end
class.record_and_wait, class.record_options = record, record_options

--- Records the caller until silence, a digit, the time's end or the call's. opts: name; format (default "wav");
--- max_seconds (default 300), max_silence (seconds), terminate_on ("none", "any", "*", "#"), beep, if_exists ("fail",
--- "overwrite", "append"). Returns what Asterisk says of it (name, format, duration, ...), or nil, err.
function class:record(opts)
  opts = options.check("channel:record", opts, record_options)
  if self.gone then return nil, self.gone end
  return record(self, "channels.record", opts)
end

return class
