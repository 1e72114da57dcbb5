-- Run by host_with_own_module: asks the host's own module, which takes its time to answer.
local invoices, log, task = require "invoices", require "calluna.log", require "calluna.task"

return {
  start = function()
    local amounts = assert(task.all { -- both at the same time
      function() return invoices.open_amount("Ann Archer") end,
      function() return invoices.open_amount("Bob Baker") end,
    })
    log.info("Ann Archer owes %.2f, Bob Baker owes %.2f", amounts[1], amounts[2])

    local _, err = invoices.open_amount("Nobody")
    log.info("Nobody: %s", err)
  end,
}
