-- What the examples of tests play: orders come by HTTP, are noted in Odoo, and their customer is shown to who ordered.
local http, odoo, popup = require "calluna.http", require "calluna.odoo", require "calluna.popup"
local log = require "calluna.log"

http.post("/orders", function(req)
  local customer = http.request { url = "https://crm.example/people" }
  local id, err = odoo:create("sale.order", { item = req.json.item })
  if not id then
    log.error("cannot note the order: %s", err.message)
    return 503, { error = err.kind }
  end
  popup.show(req.auth.user, { key = "order-" .. id, title = customer and customer.json.name or "?" })
  return 201, { id = id }
end)

http.websocket("/orders/live", function(ws)
  for text in function() return ws:receive() end do ws:send { seen = text } end
end)
