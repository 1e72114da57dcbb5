-- Reads the stubs of the Lua library (scripts/calluna/_meta): what an editor shows, as tables. Their form is told in
-- _meta/calluna.lua. Used by lua_manual.lua, which makes pages of them, and by tests/stubs_test.lua
-- and tests/api_names_test.lua.
--
-- A stub is { name, module (what `require "calluna.<module>"` takes, nil if it adds to others), prose, items }.
-- Items, in their order, have a kind:
--   class     name, parents, fields = { { name, type, text } }, doc; `variable` stands for it in functions below;
--             has_prose: the stub's prose stands above it
--   alias     name, type, doc
--   func      name ("channel:play"), class (its name), arguments ("media, opts"), params, returns, doc
-- A doc is { text = lines, where, errors, examples = { { directive, lines } } }. params and returns are
-- { { name, type, text } }.
local stubs = {}

-- A type ends at the first blank outside of brackets and texts; after `|`, `:` and `,` it goes on.
local function split_type(text)
  local depth, at, quoted = 0, 1, false
  while at <= #text do
    local c = text:sub(at, at)
    if c == '"' then
      quoted = not quoted
    elseif not quoted then
      if c:find("[%(%[{<]") then depth = depth + 1 end
      if c:find("[%)%]}>]") then depth = depth - 1 end
      if c == " " and depth == 0 and not text:sub(1, at - 1):find("[|:,]$") and not text:find("^ ?|", at) then break end
    end
    at = at + 1
  end
  return text:sub(1, at - 1), (text:sub(at + 1):gsub("^%s+", ""))
end

-- "Where: task. Errors: `gone`." may run over several lines; it ends with the paragraph.
local function take_where(doc, paragraph)
  local where, errors = paragraph:match("^Where: (.-) Errors: (.+)$")
  doc.where, doc.errors = where or paragraph:match("^Where: (.+)$"), errors
end

local function doc_of(lines)
  local doc, example, where, directive = { text = {}, examples = {} }, nil, nil, nil
  for _, line in ipairs(lines) do
    if example then
      if line == "```" then example = nil else table.insert(example.lines, line) end
    elseif line == "```lua" then
      example = { directive = directive, lines = {} }
      table.insert(doc.examples, example)
      directive = nil
    elseif line:find("^<!%-%-") then
      directive = line
    elseif line:find("^Where: ") then
      where = line
    elseif where and not doc.where and line ~= "" then
      where = where .. " " .. line
    else
      table.insert(doc.text, line)
    end
    if where and (directive or example or line == "") then
      take_where(doc, where)
      where = nil
    end
  end
  if where then take_where(doc, where) end
  while doc.text[#doc.text] == "" do table.remove(doc.text) end
  return doc
end

local function tagged(rest, named)
  local name
  if named then name, rest = rest:match("^(%[?[%w_.]+%]?%??)%s+(.*)$") end
  local type_name, text = split_type(rest)
  if name and name:sub(-1) == "?" then name, type_name = name:sub(1, -2), type_name .. "?" end
  if not named then name, text = text:match("^([%w_.]*)%s*(.*)$") end
  return { name = name, type = type_name, text = text }
end

local readers = {}
function readers.class(block, rest)
  local name, parents, text = rest:match("^%(exact%) ([%w_.]+)(:?[^%s]*)(.*)$")
  if not name then name, parents, text = rest:match("^([%w_.]+)(:?)(.*)$") end
  if parents == ":" then parents, text = text:match("^%s*([%w_.]+)(.*)$") end
  block.class = { kind = "class", name = name, parents = parents ~= "" and parents or nil, fields = {},
    text = text:gsub("^%s+", "") }
end
function readers.alias(block, rest)
  local name, type_name = rest:match("^([%w_.]+)%s*(.*)$")
  block.alias = { kind = "alias", name = name }
  block.alias.type, block.alias.text = split_type(type_name)
end
function readers.field(block, rest)
  if rest:find("^%[") then return end
  table.insert(block.class.fields, tagged(rest, true))
end
function readers.param(block, rest) table.insert(block.params, tagged(rest, true)) end
readers["return"] = function(block, rest) table.insert(block.returns, tagged(rest, false)) end
function readers.overload(block, rest) table.insert(block.overloads, rest) end

local function new_block() return { lines = {}, params = {}, returns = {}, overloads = {} } end

--- What the text of a stub says; its name, without .lua.
function stubs.parse(name, text)
  local stub, variables, block, first = { name = name, items = {} }, {}, new_block(), true
  local function finish(item)
    local doc = doc_of(block.lines)
    if first and #block.lines > 0 then
      stub.prose, first = doc, false
      doc = { text = {}, examples = {} }
      if item then item.has_prose = true end
    end
    if item then
      item.doc = doc
      table.insert(stub.items, item)
    end
  end
  for line in (text .. "\n"):gmatch("(.-)\n") do
    local tag, rest = line:match("^%-%-%-@(%a+)%s*(.*)$")
    local variable = line:match("^local ([%w_]+) = {}$")
    local called, arguments = line:match("^function ([%w_.:]+)%((.-)%) end$")
    if tag == "meta" then
      stub.module = rest:match("^calluna%.([%w_]+)$")
    elseif tag then
      if tag == "alias" and block.alias then -- aliases may follow each other
        finish(block.alias)
        block = new_block()
      end
      if readers[tag] then readers[tag](block, rest) end
    elseif line:find("^%-%-%-|") then
      block.alias.type = block.alias.type .. line:match("^%-%-%-(.*)$")
    elseif line:find("^%-%-%-") then
      -- A table's rows have a space before them: editors take "---|" for more of an alias.
      table.insert(block.lines, line:match("^%-%-%- (|.*)$") or line:sub(4))
    elseif variable then
      if block.class then
        block.class.variable = variable
        variables[variable] = block.class.name
        finish(block.class)
      end
      block = new_block()
    elseif called then
      local owner = called:match("^([%w_]+)[.:]")
      finish { kind = "func", name = called, class = variables[owner], arguments = arguments, params = block.params,
        returns = block.returns, overloads = block.overloads }
      block = new_block()
    elseif line == "" then
      finish(block.class or block.alias)
      block = new_block()
    end
  end
  return stub
end

--- The stub in that file.
function stubs.read(folder, name)
  local file = assert(io.open(("%s/%s.lua"):format(folder, name)))
  local text = file:read("*a")
  file:close()
  return stubs.parse(name, text)
end

--- The stub of ARI's operations, made anew of sdk/ari (in the repository's root).
function stubs.ari_operations()
  local pipe = assert(io.popen("mktemp -d"))
  local folder = pipe:read("*l")
  pipe:close()
  os.execute(("mkdir %s/meta && luajit sdk/ari/generate.lua sdk/ari %s"):format(folder, folder))
  local stub = stubs.read(folder .. "/meta", "ari_operations")
  os.execute("rm -rf " .. folder)
  return stub
end

--- Whether a result may be `nil, err`.
function stubs.fails(func)
  for _, one in ipairs(func.returns) do
    if one.type:find("calluna[%w_.]*error") then return true end
  end
  return false
end

return stubs
