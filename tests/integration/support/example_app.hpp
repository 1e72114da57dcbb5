#pragma once
#include "scratch.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace calluna::integration {

/// The folder of examples/apps/<name>.
inline std::filesystem::path example_app(std::string const& name) {
  return std::filesystem::path{CALLUNA_SOURCE_DIR} / "examples/apps" / name;
}

/// The same app with `instead` in the place of `text` in its script, for what no setting brings
/// about: that a line of it fails.
inline std::filesystem::path broken_app(scratch const& folder, std::string const& name,
                                        std::string const& text, std::string const& instead) {
  std::ifstream file(example_app(name) / "init.lua");
  std::string script{std::istreambuf_iterator<char>(file), {}};
  auto const at = script.find(text);
  if (at == script.npos) throw std::runtime_error(name + " has no '" + text + "'");
  script.replace(at, text.size(), instead);
  return folder.write(name + "/init.lua", script).parent_path();
}

}  // namespace calluna::integration
