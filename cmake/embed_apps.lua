-- luajit embed_apps.lua OUT ROOT FILE...: writes a C++ source that holds each file below ROOT as text, by its app
-- and its path in that.
local out_path, root = arg[1], arg[2]
local parts = {
  '#include "app_templates.hpp"\n\n#include <array>\n\nnamespace calluna::runtime {\nnamespace {\n',
  "using namespace std::string_view_literals;\n",
  ("constexpr std::array<template_file, %d> files{{\n"):format(#arg - 2),
}
for i = 3, #arg do
  local file = assert(io.open(arg[i], "rb"))
  local text = file:read("*a")
  file:close()
  local app, path = arg[i]:sub(#root + 2):match("^([^/]+)/(.+)$")
  assert(app, arg[i] .. " is in no app's folder")
  parts[#parts + 1] = ('{"%s", "%s",'):format(app, path)
  -- Long literals are split: compilers limit the length of one.
  for at = 1, math.max(#text, 1), 8000 do
    parts[#parts + 1] = '\nR"__app__(' .. text:sub(at, at + 7999) .. ')__app__"sv'
  end
  parts[#parts + 1] = "},\n"
end
parts[#parts + 1] = [[
}};
}  // namespace

std::span<template_file const> app_templates() noexcept { return files; }

}  // namespace calluna::runtime
]]
local out = assert(io.open(out_path, "wb"))
out:write(table.concat(parts))
out:close()
