--- Asks the stage on which a test case plays; what it refuses fails the case at the test's line.
local expectation = require "calluna.test_expectation"
local core = require "calluna.test_core"

return function(verb, argument)
  local answer, problem = core(verb, argument)
  if problem then expectation.fail(problem) end
  return answer
end
