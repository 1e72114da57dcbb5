--- AMI as the library's verbs use it: one channel's actions and events.
local native = ...
local dial_text = require "calluna.dial_text"
local core, tasks = native.ami, native.task

local manager = {}

-- What Asterisk's actions say of a channel that is not there (any more).
local function says_no_channel(message)
  message = message:lower()
  return message:find("no such channel", 1, true) or message:find("channel not found", 1, true)
    or message:find("channel does not exist", 1, true) or message:find("channel specified does not exist", 1, true)
end

--- Whether that PBX (the first, if nil) has AMI.
function manager.has(pbx) return core.has(pbx) end

--- Sends an action. Returns the response, or nil, err: kind "gone" if its channel is not there. own: it starts an
--- application which the library has chosen, with arguments it has checked.
function manager.send(pbx, headers, own)
  if not core.has(pbx) then
    return nil, tasks.error("refused", ("PBX '%s' has no AMI in the configuration"):format(tostring(pbx or "?")))
  end
  local response, err = core.send(headers, false, nil, pbx, own)
  if response then return response end
  if err.kind == "rejected" and says_no_channel(err.message) then
    return nil, tasks.error("gone", "the channel has ended")
  end
  return nil, err
end

--- The same for an action on a channel { pbx, channel, id }: by its id, which no masquerade changes.
function manager.act(channel, action, headers)
  local name, err = dial_text.channel("the channel", channel.id or channel.channel)
  if not name then return nil, err end
  headers = headers or {}
  headers.Action, headers.Channel = action, name
  return manager.send(channel.pbx, headers)
end

--- Where the calls of an endpoint begin, as the PBX itself knows it of PJSIP. nil if it does not.
function manager.context_of(pbx, endpoint)
  local name = (endpoint or ""):match("^[Pp][Jj][Ss][Ii][Pp]/([%w_.-]+)$")
  if not name then return nil end
  local answer = manager.send(pbx, { Action = "Getvar", Variable = ("PJSIP_ENDPOINT(%s,context)"):format(name) })
  return answer and answer.Value ~= "" and answer.Value or nil
end

--- Calls fn(ev) with each event called one of `names` whose headers equal `filter`, also when a newer generation of the
--- app serves: this belongs to a call. It must not wait. Returns a function that ends this.
function manager.listen(pbx, names, filter, fn)
  local handles = {}
  for i, name in ipairs(names) do handles[i] = core.on(name, filter, fn, pbx, true) end
  return function()
    for i, handle in ipairs(handles) do
      core.off(handle)
      handles[i] = nil
    end
  end
end

return manager
