#include "served_sim.hpp"

#include <calluna/runtime/cli.hpp>
#include <calluna/runtime/sim.hpp>

#include <ostream>

namespace calluna::runtime {

int serve_sim(scenario const& what, std::ostream& out, std::ostream& err) {
  served_sim served(what.pbx, out);
  auto ready = set_up(served.pbx(), what);
  if (ready) ready = served.listen();
  if (!ready) {
    err << "calluna sim: " << ready.error().message << '\n';
    return exit_failure;
  }
  served.run();
  served.tell_missing();
  return exit_done;
}

}  // namespace calluna::runtime
