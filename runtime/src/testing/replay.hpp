#pragma once
#include "../recording/recording.hpp"
#include "stage.hpp"

#include <calluna/runtime/config.hpp>

#include <filesystem>
#include <iosfwd>
#include <memory>
#include <string>

namespace calluna::runtime::testing {

/// What a stage needs to have a recording's PBX: `pbx` by its name, or the only one. Added to
/// `options`. Errors: there is no such PBX, or several and none is named.
result<void> put_on_stage(std::shared_ptr<recording::recording const> const& what,
                          std::string const& pbx, stage_options& options);

/// What `calluna replay` is told.
struct replay_options {
  std::filesystem::path file;
  std::string pbx;
  bool at_pace = false;  ///< as slowly as it was; else at once
};

/// Plays the recording to each app of the configuration, one after the other, and tells on `out`
/// what happens. Returns an exit_code: exit_failure if an app broke, exit_usage for a recording
/// that cannot be read.
int replay(config const& settings, replay_options const& options, std::ostream& out,
           std::ostream& err);

}  // namespace calluna::runtime::testing
