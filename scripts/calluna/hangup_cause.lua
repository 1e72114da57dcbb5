--- What a hang-up cause (Q.850) says of a phone that was called and did not answer, in the words apps decide on.
local hangup_cause = {}

local kinds = {
  [17] = "busy", [21] = "rejected", [18] = "noanswer", [19] = "noanswer", [16] = "noanswer", [26] = "noanswer",
  [1] = "offline", [3] = "offline", [20] = "offline", [27] = "offline", [102] = "offline",
}

--- A kind, as a sentence.
hangup_cause.words = {
  busy = "the phone is busy", rejected = "the phone rejected the call", noanswer = "nobody answered",
  offline = "the phone cannot be reached", congestion = "there is no way through",
}

--- The kind of a cause (a number, or nil); nil if it says nothing.
function hangup_cause.kind(cause) return kinds[cause or 0] end

return hangup_cause
