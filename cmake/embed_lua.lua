-- luajit embed_lua.lua OUT FILE...: writes a C++ source that holds each Lua file as text, by its base name.
local out_path = arg[1]
local parts = {
  '#include "embedded_scripts.hpp"\n\n#include <calluna/bindings/library.hpp>\n\nnamespace calluna::bindings {\nnamespace {\nusing namespace std::string_view_literals;\n',
  "struct script {\n  std::string_view name, text;\n};\nconstexpr script scripts[] = {\n",
}
for i = 2, #arg do
  local file = assert(io.open(arg[i], "rb"))
  local text = file:read("*a")
  file:close()
  local _, problem = loadstring(text, "@" .. arg[i])
  if problem then
    io.stderr:write(problem, "\n")
    os.exit(1)
  end
  local name = arg[i]:match("([^/]+)%.lua$")
  -- Long literals are split: compilers limit the length of one. sv: nobody has to count, for which clang has a limit.
  parts[#parts + 1] = ('{"%s",'):format(name)
  for at = 1, math.max(#text, 1), 8000 do
    parts[#parts + 1] = '\nR"__lua__(' .. text:sub(at, at + 7999) .. ')__lua__"sv'
  end
  parts[#parts + 1] = "},\n"
end
parts[#parts + 1] = [[
};
}  // namespace

std::string_view const* find_embedded_script(std::string_view name) noexcept {
  for (auto const& s : scripts)
    if (s.name == name) return &s.text;
  return nullptr;
}

std::vector<std::string_view> library_texts() {
  std::vector<std::string_view> all;
  for (auto const& s : scripts) all.push_back(s.text);
  return all;
}

}  // namespace calluna::bindings
]]
local out = assert(io.open(out_path, "wb"))
out:write(table.concat(parts))
out:close()
