#pragma once
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace calluna::runtime {

/// What is wrong with these files, found without running them: "FILE:LINE: what". They may not
/// compile, use globals that an app with these grants does not have, or give options that a
/// function of the library does not take.
std::vector<std::string> check_sources(std::vector<std::filesystem::path> const& files,
                                       std::vector<std::string> const& grants);

/// What luacheck says of them; nothing if it is not installed, which `missing` says.
std::vector<std::string> run_luacheck(std::vector<std::filesystem::path> const& files,
                                      bool& missing);

}  // namespace calluna::runtime
