#pragma once
#include <calluna/runtime/config.hpp>
#include <calluna/runtime/service.hpp>

#include <functional>
#include <iosfwd>

namespace calluna::runtime {

/// What the commands `run` and `check` do once the configuration is read.
struct cli_actions {
  std::function<int(config const&, run_options const&)> run;
  std::function<int(config const&)> check;
};

/// Exit codes of `calluna`.
enum exit_code : int {
  exit_done = 0,     ///< it worked
  exit_failure = 1,  ///< it was tried and failed: no runtime there, an app does not load, ...
  exit_usage = 2,    ///< wrong arguments or configuration: nothing was tried
};

/// The command line of `calluna`: understands the arguments, reads the configuration, acts. Every
/// mistake of the user is a line on `err` that says what is wrong and where. Returns the exit code.
int run_cli(int argc, char const* const* argv, cli_actions const& actions, std::ostream& out,
            std::ostream& err);

}  // namespace calluna::runtime
