local t = require "calluna.test"

t.case("a caller is greeted and told their number", function(pbx)
  local ann = pbx:call { from = "14155550101" }
  t.expect(ann):up()
  pbx:advance(10)
  t.expect(ann):heard("hello-world")
  t.expect(ann):heard("digits:14155550101")
  t.expect(ann):ended()
  t.expect(pbx):logged("a call from 14155550101")
end)

t.case("who hides their number is only greeted", function(pbx)
  local somebody = pbx:call { from = "" }
  pbx:advance(10)
  t.expect(somebody):heard("hello-world")
  t.expect(somebody):ended()
end)

t.case("a caller who hangs up in the middle leaves nothing behind", function(pbx)
  local ann = pbx:call { from = "14155550101", stays = 1 }
  pbx:advance(10)
  t.expect(ann):ended()
  t.expect_not(ann):heard("digits:14155550101")
end)
