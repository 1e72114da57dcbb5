#pragma once
#include <cstdint>
#include <string>

namespace calluna::bindings {

/// Which calls of FastAGI one handler of an app takes.
struct agi_script {
  /// "caller/name", the path in agi://host/caller/name: see agi::environment.
  std::string path;
  /// The app's own number of its handler.
  std::uint32_t handler = 0;
};

}  // namespace calluna::bindings
