#pragma once
#include "test_script.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace calluna::runtime::testing {

/// One case, played with one seed.
struct reported_case {
  test_file const* file;
  std::string name;
  std::uint64_t seed;
  case_outcome outcome;
};

// Each: all of a run, in the order of files and cases.
void report_to_people(std::vector<reported_case> const& all, bool verbose,
                      std::chrono::milliseconds took, std::ostream& out);
void report_as_tap(std::vector<reported_case> const& all, std::ostream& out);
void report_as_junit(std::vector<reported_case> const& all, std::ostream& out);

}  // namespace calluna::runtime::testing
