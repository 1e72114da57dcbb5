#pragma once
#include "temporary_folder.hpp"

#include <calluna/runtime/config.hpp>

#include <string>

namespace calluna::runtime::test {

/// Writes an app of one file into the folder, and configures it.
inline void add_app(config& settings, temporary_folder const& folder, std::string const& name,
                    std::string const& source) {
  app_config made;
  made.name = name;
  made.path = folder.write(name + "/init.lua", source).parent_path();
  settings.apps.push_back(made);
}

}  // namespace calluna::runtime::test
