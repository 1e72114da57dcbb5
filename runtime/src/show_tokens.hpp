#pragma once
#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>

namespace calluna::runtime {

/// The answer of `token list` as a table; `now` in seconds since 1970.
std::string tokens_table(nlohmann::json const& answer, std::int64_t now);

}  // namespace calluna::runtime
