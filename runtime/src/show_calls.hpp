#pragma once
#include <nlohmann/json_fwd.hpp>

#include <iosfwd>
#include <string>

namespace calluna::runtime {

/// The live calls as a table, a line each: what the control command `calls` answers.
std::string calls_table(nlohmann::json const& answer);
/// One line of a call's timeline: "12:00:01.250  answered by PJSIP/101".
std::string timeline_line(nlohmann::json const& line);

}  // namespace calluna::runtime
