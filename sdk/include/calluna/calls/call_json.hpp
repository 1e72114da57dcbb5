#pragma once
#include <calluna/calls/call.hpp>
#include <calluna/result.hpp>

#include <nlohmann/json_fwd.hpp>

namespace calluna::calls {

/// A call as JSON: everything in it, in the words of its fields; times as microseconds since the
/// epoch, what is empty left out. Reading it back gives an equal call.
nlohmann::json to_json(call const& c);
/// Fails with `invalid` if it is not such an object. Unknown keys are ignored.
result<call> call_from_json(nlohmann::json const& j);

}  // namespace calluna::calls
