#pragma once
#include <calluna/result.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::runtime {

/// The example apps a new one can begin as, sorted.
std::vector<std::string> app_template_names();

/// Makes a new app in `folder`: the files of the example, a configuration with what they need, and
/// an office for `calluna sim` to try it in. Nothing is written if the folder has something in it,
/// or no name for an app. Returns what was written, relative to the folder.
result<std::vector<std::filesystem::path>> new_app(std::filesystem::path const& folder,
                                                   std::string_view from);

}  // namespace calluna::runtime
