#pragma once
#include <calluna/log.hpp>
#include <calluna/runtime/config.hpp>

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace calluna::runtime {

/// What `run` needs besides the configuration.
struct run_options {
  std::shared_ptr<log_sink> log;
};

namespace service {

/// Serves until SIGTERM or SIGINT; the exit code: 0 after a clean stop, 1 if it could not serve
/// (the log says why).
int run(config const& settings, run_options const& options);

/// Compiles every app and loads it without a PBX. Tells each mistake on standard error, a line
/// each; the exit code: 0 if there was none, 1 otherwise.
int check(config const& settings);

/// A line of what `check` says, and the app it is about.
struct mistake {
  std::string app, line;
};
/// What loading the apps shows.
struct loaded_apps {
  std::vector<mistake> mistakes;
  /// Those that have a `check` of their own, which a running one can be asked.
  std::set<std::string> with_check;
};
loaded_apps load_apps(config const& settings);

}  // namespace service
}  // namespace calluna::runtime
