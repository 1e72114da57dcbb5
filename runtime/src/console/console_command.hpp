#pragma once
#include "../cli_arguments.hpp"

#include <calluna/result.hpp>

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <iosfwd>

namespace calluna::runtime {

namespace console {

/// Asks the runtime.
using asking = std::function<result<nlohmann::json>(nlohmann::json request)>;

/// Reads lines from descriptor `input`, has them run and tells how they went, until the input ends
/// or says `quit`. `prompts`: somebody types. Returns the exit code: 1 if the console could not be
/// had, or, without prompts, if a line failed. While it runs, SIGINT breaks off a line.
int talk(asking const& ask, bool write, int input, bool prompts, std::ostream& out,
         std::ostream& err);

}  // namespace console

int do_console(cli_arguments const& a, std::ostream& out, std::ostream& err);

}  // namespace calluna::runtime
