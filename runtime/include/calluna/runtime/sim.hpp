#pragma once
#include <calluna/result.hpp>
#include <calluna/runtime/config.hpp>
#include <calluna/sim/pbx.hpp>

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

namespace calluna::runtime {

/// What a scenario file says: a PBX, its dialplan, and the people around it.
struct scenario {
  sim::pbx_options pbx;
  std::vector<sim::endpoint> endpoints;
  std::string dialplan;
  std::vector<sim::queue> queues;
  std::vector<std::pair<std::string, sim::behaviour>> phones;   ///< by endpoint
  std::vector<std::pair<std::string, sim::behaviour>> numbers;  ///< outside
  std::vector<sim::caller> callers;
};

/// Reads a TOML file; every mistake in it with its place.
tl::expected<scenario, config_problems> load_scenario(std::filesystem::path const& file);
/// Two phones, a trunk, and extension 100 for the application `vip-queue`: for a first look.
scenario default_scenario();
/// Puts it all into a PBX. Errors: a mistake in the dialplan.
result<void> set_up(sim::pbx& pbx, scenario const& what);

/// Serves the scenario until SIGTERM or SIGINT and tells on `out` where, and what to write into a
/// configuration. Returns the exit code.
int serve_sim(scenario const& what, std::ostream& out, std::ostream& err);
/// The same with a scenario in Lua (calluna.sim), which acts while it is served.
int serve_sim_script(std::filesystem::path const& file, std::ostream& out, std::ostream& err);

}  // namespace calluna::runtime
