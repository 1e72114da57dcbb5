-- Run in the repository's root: luacheck scripts examples
std = "luajit"
max_line_length = 120
exclude_files = { "scripts/calluna/_meta" }
-- The library's chunks get their C++ functions as `...`; an app's globals are strict at run time anyway.
