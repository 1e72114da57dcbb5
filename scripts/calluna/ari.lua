--- Asterisk's REST Interface: Stasis applications, and every operation as `ari.channels.*`, `ari.bridges.*`, ...
--- and as methods of handles. ARI objects keep ARI's JSON keys (`ch.caller.number`).
local native = ...
local channel = require "calluna.ari_channel"
local handle = require "calluna.ari_handle"
local options = require "calluna.options"
require "calluna.ari_verbs"
require "calluna.ari_media"
require "calluna.ari_bridge"
require "calluna.dial"
local core, tasks, timers = native.ari, native.task, native.timer

local ari = {}
for name, functions in pairs(handle.resources) do ari[name] = functions end

local no_args = setmetatable({}, { __newindex = function() error("ch.args is read-only", 2) end })

-- A call whose script has come to its end is hung up, as the dialplan does.
local function finish(ch)
  if ch.gone or ch.hanging_up then return end
  if not ch.left then return ch:drop() end
  if ch:was_redirected() then timers.after(60, function() ch:drop() end) end
end

local function serve(fn, ch)
  ch.task = tasks.current()
  core.hold(ch.id, ch.pbx or nil, ch.name)
  fn(ch)
  finish(ch)
end

--- Serves a Stasis application: fn(ch) runs as a task for each call that enters it, and ends with the call: all its
--- waits
--- then give nil, err (kind "gone"). When fn returns, the call is hung up, unless it was handed on
--- (ch:continue_in_dialplan). ch.args: the arguments of Stasis(). opts: fallback = "context,extension,priority",
--- where
--- the call goes if fn raises an error or the app is replaced by force; without it, to the next step of its dialplan.
function ari.app(name, fn, opts)
  options.argument("ari.app", 1, name, "string")
  options.argument("ari.app", 2, fn, "function")
  opts = options.check("ari.app", opts, { fallback = "string" })
  if opts.fallback and not opts.fallback:find("^[^,]+,[^,]+,[^,]+$") then
    error(("ari.app: fallback is 'context,extension,priority', not '%s'"):format(opts.fallback), 2)
  end
  -- A task of its own, whose stack does not keep the event: a parked call is small.
  core.serve(name, function(ev)
    local snapshot, args, replaced = ev.channel, ev.args, ev.replace_channel
    local ours = replaced and channel.find(replaced.id)
    if ours then return ours:become(snapshot) end -- no new call
    local ch = channel.listen(snapshot.id, ev.pbx, name, snapshot)
    ch.args = args and args[1] ~= nil and args or no_args
    tasks.spawn(0, serve, fn, ch)
  end, opts.fallback)
  channel.applications[#channel.applications + 1] = name
end

--- Calls fn(ev), as a task, for each ARI event of that type that reaches this app.
function ari.on(type, fn)
  options.argument("ari.on", 1, type, "string")
  options.argument("ari.on", 2, fn, "function")
  if not channel.events[type] then
    local near = options.suggest(type, channel.events)
    error(("ari.on: ARI has no event '%s'%s"):format(type, near and (" (did you mean '%s'?)"):format(near) or ""), 2)
  end
  core.on(type, fn)
end

return ari
