#pragma once
#include <nlohmann/json_fwd.hpp>

#include <iosfwd>

namespace calluna::runtime {

/// Writes an answer of the runtime for people: "key: value" lines, the entries of a list of objects
/// a line each. Nothing in it can move the terminal's cursor.
void show_answer(std::ostream& out, nlohmann::json const& answer);

}  // namespace calluna::runtime
