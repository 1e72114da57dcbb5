---@meta _
-- What all modules share. How these files are written: every module has a file of its own, which an editor reads and
-- from which docs/lua/*.md are made (cmake/lua_manual.lua). Above each function stand what it does, a line
-- "Where: task. Errors: `kind` why", its parameters with defaults and its results; a block of Lua is an example, and is
-- run by the tests (tests/docs_test.lua tells how).

---An expected failure: what functions return after nil. Its tostring is the message.
---@class calluna.error
---@field kind "timeout"|"busy"|"noanswer"|"offline"|"congestion"|"rejected"|"gone"|"cancelled"|"refused"|"protocol"|"invalid"|"ambiguous"
---@field message string
---@field retryable boolean doing the same again is safe and may help
---@field code integer|string|nil the protocol's own: an HTTP status, or a word of calluna.odoo
---@field candidates calluna.partner[]? of `ambiguous`

---@alias calluna.seconds number fractions allowed
---@alias calluna.media string|string[] "hello", "sound:hello", "number:12", "digits:47", "recording:x", "tone:ring", or a list
