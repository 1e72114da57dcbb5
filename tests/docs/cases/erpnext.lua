-- luacheck: ignore
-- The ERPNext of erp.md.
  local erp = pbx:server "https://erp.example"
  erp:answers("GET", "/api/method/*", { json = { message = { erpnext = { version = "15.1" } } } })
  local ann = { name = "Ann", full_name = "Ann Archer", modified = "2026-01-01 09:00:00", phone = "+493012345" }
  erp:answers("GET", "/api/resource/Contact", { json = { data = { ann } } })
  erp:answers("PUT", "/api/resource/*", { json = { data = { name = "test-1" } } })
