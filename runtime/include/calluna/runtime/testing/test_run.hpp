#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace calluna::runtime::testing {

class staged_pbx;
struct stage_parts;

/// What `calluna test` is told.
struct test_run_options {
  /// Apps (folders with a test.lua), test files, or folders with such apps below.
  std::vector<std::filesystem::path> targets;
  /// Only cases whose "app: name" holds this.
  std::string filter;
  std::uint64_t seed = 1;
  /// Each case with so many seeds, from `seed` on.
  std::uint64_t seeds = 1;
  /// Each case twice with the same seed; it fails if the second tells another story.
  bool twice = false;
  /// Threads; 0: as many as there are processors.
  std::size_t jobs = 0;
  /// Real time one case may take, then it is interrupted.
  std::chrono::milliseconds limit{10'000};
  bool tap = false;      ///< instead of lines for people: Test Anything Protocol, version 13
  bool verbose = false;  ///< passed cases, too
  /// A report in JUnit's XML; empty: none.
  std::filesystem::path junit;

  /// Makes the PBX on which worker n, from 0, plays a case; else it is an offline one.
  std::function<std::unique_ptr<staged_pbx>(std::size_t worker, stage_parts const&)> make_pbx = {};
  /// t.everywhere lets its fault strike at so many of the app's waits at most.
  std::uint64_t most_strikes = 400;
  /// Cases that are not played, "app: name", and why not; each is told of.
  std::map<std::string, std::string> left_out = {};
};

/// Runs them and tells on `out`; mistakes of the arguments on `err`. Returns an exit_code:
/// exit_failure if a case failed or a file could not be read, exit_usage if there is nothing to
/// run.
int run_tests(test_run_options const& options, std::ostream& out, std::ostream& err);

/// The same now and whenever something in or beside the targets has changed, until SIGTERM or
/// SIGINT. Returns exit_done; exit_failure if it cannot watch.
int watch_tests(test_run_options const& options, std::ostream& out, std::ostream& err);

}  // namespace calluna::runtime::testing
