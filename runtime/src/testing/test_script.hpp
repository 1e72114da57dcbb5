#pragma once
#include "stage.hpp"
#include "stuck_guard.hpp"

#include <calluna/result.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace calluna::runtime::testing {

/// A file of tests, and the app it is about.
struct test_file {
  std::filesystem::path script;
  std::filesystem::path app;  ///< the folder with init.lua
  std::string name;           ///< for people: the app's
};

/// A case as its file tells it.
struct test_case {
  std::string name;
  int line = 0;
  fault everywhere = fault::none;
  std::string replay;  ///< the recording it plays, beside the test; empty: the offline PBX
  std::string pbx;     ///< which of the recording's, or empty
};

/// How one case went.
struct case_outcome {
  bool passed = false;
  /// What was expected and what was, with file and line.
  std::string message;
  /// What happened to the calls it is about, a line each.
  std::vector<std::string> story;
  /// All that happened, whether it passed or not.
  std::vector<std::string> everything;
  /// Real time it took.
  std::chrono::microseconds took{0};
  /// How often it was played: once, or once more for each wait of the app.
  std::uint64_t times = 1;
};

/// The cases of a file. Errors: the file's own line, or that it has none.
result<std::vector<test_case>> list_cases(test_file const& of, stuck_guard& guard);

/// How a case is played.
struct play_options {
  std::uint64_t seed = 1;
  /// See stage_options.
  std::function<std::unique_ptr<staged_pbx>(stage_parts const&)> make_pbx = {};
  /// With more waits than this not all are struck, but so many among them.
  std::uint64_t most_strikes = 400;
};

/// Plays one case, on this thread, on a stage of its own; for t.everywhere on as many as the app
/// has waits, and one more.
case_outcome play_case(test_file const& of, std::size_t index, test_case const& which,
                       play_options const& how, stuck_guard& guard);

}  // namespace calluna::runtime::testing
