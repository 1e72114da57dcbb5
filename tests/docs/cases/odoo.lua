-- luacheck: ignore
-- A business system.
  pbx:odoo()
