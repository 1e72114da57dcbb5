-- luajit cmake/lua_manual.lua [--check]: makes docs/lua/*.md and the list of modules in docs/lua-api.md from the stubs,
-- in the repository's root. With --check it changes nothing, shows what differs and fails. A function without a line on
-- where it may be called, what errors it gives, or an example on its page is a mistake here as well.
package.path = "cmake/?.lua;" .. package.path
local stubs = require "lua_stubs"
local checking = arg[1] == "--check"

-- The pages: name, and the stubs on it with a heading for those which are no module.
local pages = {
  { "ari", { "ari" }, { "channel", "Channel" }, { "channel_media", "Channel: sound and keys" },
    { "dial", "Channel: dialling" }, { "bridge", "Bridge" } },
  { "queue", { "queue" } },
  { "app_queue", { "app_queue" } },
  { "calls", { "calls" }, { "call", "Call and leg" }, { "call_verbs", "Verbs on calls" },
    { "click", "Click-to-call" } },
  { "partners", { "partners" }, { "users" }, { "phone" } },
  { "http", { "http" }, { "http_request", "Requests to other servers" }, { "push" }, { "popup" } },
  { "odoo", { "odoo" }, { "odoo_toast" }, { "adapter" }, { "adapter_contract" } },
  { "ami", { "ami" } },
  { "agi", { "agi" } },
  { "task", { "task" }, { "timer" }, { "log" }, { "json" } },
  { "test", { "test" }, { "test_pbx", "The PBX of a case" }, { "sim" } },
}

local mistakes = {}
local function mistake(...) mistakes[#mistakes + 1] = string.format(...) end

local classes = {} -- all of all stubs, by name
local function read_all()
  for _, page in ipairs(pages) do
    for i = 2, #page do
      local section = page[i]
      section.stub = stubs.read("scripts/calluna/_meta", section[1])
      for _, item in ipairs(section.stub.items) do
        if item.kind == "class" then classes[item.name] = classes[item.name] or item end
      end
    end
  end
end

-- ---- words

local function short(type_name) return (type_name:gsub("calluna%.", "")) end
local function cell(text) return (text:gsub("|", "\\|")) end
local function code(text) return text == "" and "" or "`" .. cell(text) .. "`" end
local function plain(name) return (name:gsub("%?$", ""):gsub("|nil$", "")) end

-- `text` in a sentence of its own.
local function sentence(text)
  if text == "" then return "" end
  return text:sub(1, 1):upper() .. text:sub(2) .. (text:find("[.:]$") and "" or ".")
end

-- ---- pieces of a page

local function add_examples(out, examples)
  for _, example in ipairs(examples) do
    out[#out + 1] = ""
    if example.directive then out[#out + 1] = example.directive end
    out[#out + 1] = "```lua"
    for _, line in ipairs(example.lines) do out[#out + 1] = line end
    out[#out + 1] = "```"
  end
end

local function fields_of(class, all)
  local list, parent = {}, (all or classes)[class.parents]
  for _, field in ipairs(parent and fields_of(parent, all) or {}) do list[#list + 1] = field end
  for _, field in ipairs(class.fields) do list[#list + 1] = field end
  return list
end

local function add_rows(out, heading, rows)
  out[#out + 1] = ""
  out[#out + 1] = ("| %s | type | |"):format(heading)
  out[#out + 1] = "|---|---|---|"
  for _, row in ipairs(rows) do
    out[#out + 1] = ("| %s | %s | %s |"):format(code(row.name), code(short(row.type)), cell(row.text))
  end
end

-- The class of options that a parameter takes, if it is one: a class that nothing is called on.
local function options_of(param)
  for name in param.type:gmatch("calluna[%w_.]+") do
    local class = classes[plain(name)]
    if class and not class.variable and class.is_options then return class end
  end
end

-- Classes that some function takes as a whole table of options are told with it.
local of_options = { opts = true, given = true, config = true, filter = true }
local function find_options()
  for _, page in ipairs(pages) do
    for i = 2, #page do
      for _, item in ipairs(page[i].stub.items) do
        for _, param in ipairs(item.params or {}) do
          for name in param.type:gmatch("calluna[%w_.]+") do
            local class = classes[plain(name)]
            if class and not class.variable and of_options[param.name] then class.is_options = true end
          end
        end
      end
    end
  end
end

local function add_arguments(out, func)
  local rows = {}
  for _, param in ipairs(func.params) do
    rows[#rows + 1] = param
    local class = options_of(param)
    for _, field in ipairs(class and fields_of(class) or {}) do
      rows[#rows + 1] = { name = "." .. field.name, type = field.type, text = field.text }
    end
  end
  if #rows > 0 then add_rows(out, "argument", rows) end
end

local function results(func)
  local parts = {}
  for _, one in ipairs(func.returns) do
    if one.type:find("error%?$") and one.name == "err" then
      parts[#parts + 1] = "or `nil, err`"
    else
      local name = one.name ~= "" and one.name ~= "..." and " " .. one.name or ""
      local text = one.text ~= "" and (name ~= "" and ": " or " ") .. one.text or ""
      parts[#parts + 1] = ("`%s`%s%s"):format(short(one.type), name, text)
    end
  end
  return table.concat(parts, "; ")
end

local function called_in(page, func)
  local name = func.name:match("[.:]([%w_]+)$")
  for _, example in ipairs(page.examples) do
    for _, line in ipairs(example.lines) do
      if line:find("[.:]" .. name .. "%f[^%w_]") then return true end
    end
  end
  return false
end

local function check_function(page, stub, func)
  local doc = func.doc
  if #doc.text == 0 then mistake("%s.lua: %s: what does it do?", stub.name, func.name) end
  if not doc.where then mistake("%s.lua: %s: where may it be called?", stub.name, func.name) end
  local fails = stubs.fails(func)
  if fails and not doc.errors then mistake("%s.lua: %s: which errors?", stub.name, func.name) end
  if not called_in(page, func) then mistake("%s.lua: %s: no example on its page calls it", stub.name, func.name) end
  local named = {}
  for name in func.arguments:gmatch("[%w_.]+") do named[#named + 1] = name end
  for i = 1, math.max(#named, #func.params) do
    local param = func.params[i]
    if not param or param.name ~= named[i] then
      mistake("%s.lua: %s: its parameters are not those that are told", stub.name, func.name)
      break
    end
  end
end

local function add_text(out, lines)
  if #lines > 0 then out[#out + 1] = "" end
  for _, line in ipairs(lines) do out[#out + 1] = line end
end

-- The parameters' names of a type such as "fun(name: string, fn: fun(ev: table)): handle".
local function names_of(overload)
  local inner, names = overload:match("^fun(%b())"):sub(2, -2):gsub("%b()", ""):gsub("%b{}", ""), {}
  for part in inner:gmatch("[^,]+") do names[#names + 1] = part:match("^%s*([%w_]+)%??:") end
  return table.concat(names, ", ")
end

local function add_function(out, page, stub, func)
  check_function(page, stub, func)
  out[#out + 1] = ""
  out[#out + 1] = ("### %s(%s)"):format(func.name, func.arguments)
  for _, overload in ipairs(func.overloads) do
    out[#out + 1] = ("or `%s(%s)`"):format(func.name, names_of(overload))
  end
  add_text(out, func.doc.text)
  add_arguments(out, func)
  out[#out + 1] = ""
  local facts = { "**Where:** " .. (func.doc.where or "") }
  if #func.returns > 0 then facts[#facts + 1] = "**Returns:** " .. sentence(results(func)) end
  if func.doc.errors then facts[#facts + 1] = "**Errors:** " .. func.doc.errors end
  out[#out + 1] = table.concat(facts, "<br>\n")
  add_examples(out, func.doc.examples)
end

local function add_class(out, class)
  local fields, is_told = fields_of(class), class.has_prose
  if not is_told and (class.variable or #fields > 0) then
    if #class.doc.text == 0 and #fields == 0 then return end
    out[#out + 1] = ""
    out[#out + 1] = ("### %s"):format(class.variable and class.variable:gsub("_", " ") or short(class.name))
    add_text(out, class.doc.text)
    if class.text ~= "" then add_text(out, { sentence(class.text) }) end
  end
  if #fields > 0 then add_rows(out, "field", fields) end
  if not is_told then add_examples(out, class.doc.examples) end
end

local function add_section(out, page, section)
  local stub = section.stub
  if #page > 2 then
    out[#out + 1] = ""
    out[#out + 1] = "## " .. (stub.module and "calluna." .. stub.module or section[2])
  end
  if stub.module then
    out[#out + 1] = ""
    out[#out + 1] = ('`local %s = require "calluna.%s"`'):format(stub.items[1].variable, stub.module)
  end
  add_text(out, stub.prose.text)
  add_examples(out, stub.prose.examples)
  for _, item in ipairs(stub.items) do
    if item.kind == "func" then
      add_function(out, page, stub, item)
    elseif item.kind == "class" and not item.is_options then
      add_class(out, item)
    elseif item.kind == "alias" and item.type ~= "" then
      out[#out + 1] = ""
      local text = item.text ~= "" and ": " .. item.text or ""
      local values = item.type:gsub("^| ", ""):gsub("| ", "|")
      out[#out + 1] = ("`%s` is `%s`%s"):format(short(item.name), short(values), text)
    end
  end
end

local function page_text(page)
  page.examples = {}
  local function collect(doc)
    for _, example in ipairs(doc and doc.examples or {}) do table.insert(page.examples, example) end
  end
  local names = {}
  for i = 2, #page do
    collect(page[i].stub.prose)
    for _, item in ipairs(page[i].stub.items) do collect(item.doc) end
    names[#names + 1] = page[i].stub.module and "calluna." .. page[i].stub.module or nil
  end
  local out = {
    "<!-- Made by cmake/lua_manual.lua from scripts/calluna/_meta: change it there. -->",
    "# " .. table.concat(names, ", "),
    "What *task*, errors and seconds mean is told in [The Lua modules](../lua-api.md).",
  }
  for i = 2, #page do add_section(out, page, page[i]) end
  return table.concat(out, "\n") .. "\n"
end

-- ---- ARI's operations, of sdk/ari

local function operation_row(func, all)
  local options = {}
  for _, param in ipairs(func.params) do
    local class = all[plain(param.type)]
    for _, field in ipairs(class and fields_of(class, all) or {}) do
      options[#options + 1] = "`" .. field.name .. "`" .. field.text:gsub("^since", " since")
    end
  end
  local name = func.name:match("[.:]([%w_]+)$")
  local result = plain(func.returns[1].type):gsub("^%((.*)%)$", "%1")
  local request = table.concat(func.doc.text, " ")
  return ("| `%s` | %s | %s | %s |"):format(name, request, table.concat(options, ", "), code(short(result)))
end

local function operations_page()
  local stub, all = stubs.ari_operations(), {}
  for _, item in ipairs(stub.items) do
    if item.kind == "class" then all[item.name] = item end
  end
  local out, resource = {
    "<!-- Made by cmake/lua_manual.lua from sdk/ari. -->", "# ARI's operations",
    "`ari.<resource>.<operation>(parameters, { pbx = })`, a task, gives what the last column says, or `nil, err`: see",
    "[calluna.ari](ari.md). Of a method of a handle (channel, bridge, ...) the handle is the first parameter:",
    '`ch:mute { direction = "in" }`, `ari.channels.mute { channel_id = id, direction = "in" }`.',
  }, nil
  for _, func in ipairs(stub.items) do
    if func.kind == "func" and func.name:find(".", 1, true) then
      local of = func.name:match("^([%w_]+)")
      if of ~= resource then
        resource = of
        out[#out + 1] = "\n## ari." .. of
        out[#out + 1] = "| operation | request | parameters | gives |\n|---|---|---|---|"
      end
      out[#out + 1] = operation_row(func, all)
    end
  end
  return table.concat(out, "\n") .. "\n"
end

-- ---- the list of modules in lua-api.md

local function first_sentence(lines)
  local text = table.concat(lines, " ")
  return text:match("^(.-[.:])%s") or text
end

local function module_list()
  local out = { "", "| module | |", "|---|---|" }
  for _, page in ipairs(pages) do
    for i = 2, #page do
      local stub = page[i].stub
      if stub.module then
        local what = first_sentence(stub.prose.text):gsub(":$", ".")
        out[#out + 1] = ("| [%s](lua/%s.md) | %s |"):format(stub.module, page[1], cell(what))
      end
    end
  end
  return table.concat(out, "\n") .. "\n\n"
end

-- ---- writing, or comparing

local function content(path)
  local file = io.open(path)
  if not file then return nil end
  local text = file:read("*a")
  file:close()
  return text
end

local differs = false
local function put(path, text)
  if content(path) == text then return end
  local target = checking and os.tmpname() or path
  local file = assert(io.open(target, "w"))
  file:write(text)
  file:close()
  if not checking then return end
  differs = true
  io.stderr:write(path, " is not what the stubs say; luajit cmake/lua_manual.lua makes it anew\n")
  os.execute(("diff -u %s %s >&2"):format(path, target))
  os.remove(target)
end

read_all()
find_options()
for _, page in ipairs(pages) do put(("docs/lua/%s.md"):format(page[1]), page_text(page)) end
put("docs/lua/ari_operations.md", operations_page())
local index = assert(content "docs/lua-api.md")
local from, to = index:match("<!%-%- modules [^\n]*%-%->\n()"), index:match("()<!%-%- end of modules %-%->")
if from then
  put("docs/lua-api.md", index:sub(1, from - 1) .. module_list() .. index:sub(to))
else
  mistake("docs/lua-api.md: where is its list of modules?")
end
for _, text in ipairs(mistakes) do io.stderr:write(text, "\n") end
os.exit((differs or #mistakes > 0) and 1 or 0)
