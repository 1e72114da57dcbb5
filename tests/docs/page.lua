-- The blocks of code of a page: a list of { kind, text, line, directive }. The directive is what a comment on the lines
-- just above the block says.
return function(path)
  local blocks, block, comment, number = {}, nil, nil, 0
  for line in io.lines(path) do
    number = number + 1
    local kind = line:match("^```(%l*)")
    if block then
      if kind then
        block.text = table.concat(block.lines, "\n") .. "\n"
        blocks[#blocks + 1] = block
        block = nil
      else
        table.insert(block.lines, line)
      end
    elseif kind then
      local directive = (comment or ""):match("^<!%-%-%s*(.-)%s*%-%->$")
      block = { kind = kind, lines = {}, line = number, directive = directive or "" }
      comment = nil
    elseif comment and not comment:find("-->", 1, true) then
      comment = comment .. "\n" .. line
    elseif line:find("^<!%-%-") then
      comment = line
    elseif line ~= "" then
      comment = nil
    end
  end
  return blocks
end
