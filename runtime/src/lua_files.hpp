#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace calluna::runtime {

/// The .lua files of an app: its one file, or those of its folder, hidden ones aside; sorted.
std::vector<std::filesystem::path> lua_files(std::filesystem::path const& app);

/// What is in a file; empty if it cannot be read.
std::string text_of(std::filesystem::path const& file);

}  // namespace calluna::runtime
