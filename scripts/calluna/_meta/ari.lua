---@meta calluna.ari
---Stasis applications and ARI. ARI objects keep ARI's own keys: `ch.caller.number`, `ch.state`, `ch.dialplan.context`.
---
---`ari.<resource>.<operation>(parameters, { pbx = })`, a task, is every operation of ARI, as `ari.channels.originate`,
---`ari.bridges.create`, `ari.endpoints.list`, ...: see [ARI's operations](ari_operations.md); parameters by ARI's names in snake_case or as ARI
---spells them. Channels, bridges and the other objects come back as handles; ids are chosen here, so no event of theirs can
---be missed.
---<!-- in a call -->
---```lua
---local other, err = ari.channels.originate { endpoint = "PJSIP/101", app = "support" }
---if not other then log.info("101: %s", err.kind) end
---```
---@class calluna.ari: calluna.ari.operations
local ari = {}

---@class (exact) calluna.ari.app_options
---@field fallback string? "context,extension,priority": where the call goes if `fn` raises or the app is replaced by force; default: the next step of its dialplan

---Serves `Stasis(name)`: `fn(ch)` runs as a task for each call. `ch.args` are the arguments of Stasis(). When `fn` returns,
---the call is hung up, unless it was handed on. When the call ends, its waits give `nil, err` (`gone`).
---Where: a file's top level, or start.
---```lua
---local ari, log = require "calluna.ari", require "calluna.log"
---ari.app("support", function(ch)
---  log.info("%s has dialled %s", ch.caller.number, ch.dialplan.exten)
---  ch:answer()
---  ch:play("hello-world")
---end, { fallback = "fallback,s,1" })
---ari.on("PeerStatusChange", function(ev) log.info("%s is %s", ev.endpoint.resource, ev.peer.peer_status) end)
---```
---@param name string
---@param fn fun(ch: calluna.ari.channel)
---@param opts calluna.ari.app_options?
function ari.app(name, fn, opts) end

---Runs `fn(ev)` as a task for each ARI event of that type that reaches the app.
---Where: a file's top level, or start.
---@param type calluna.ari.event_name
---@param fn fun(ev: table) with ARI's own keys
function ari.on(type, fn) end

return ari
