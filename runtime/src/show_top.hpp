#pragma once
#include <nlohmann/json_fwd.hpp>

#include <string>

namespace calluna::runtime {

/// What goes on in a runtime, an app a line: two answers to `status`, `seconds` apart. Without
/// `before` (null) there are no rates.
std::string top_table(nlohmann::json const& before, nlohmann::json const& now, double seconds);

}  // namespace calluna::runtime
