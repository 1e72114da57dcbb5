-- Another app, which answers each LabPing at once: how long that takes tells how well it is served.
local ami = require "calluna.ami"

ami.on("UserEvent", { UserEvent = "LabPing" }, function(ev)
  ami.action { Action = "UserEvent", UserEvent = "LabPong", n = ev.n }
end)
