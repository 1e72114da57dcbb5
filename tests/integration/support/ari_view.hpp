#pragma once
#include "asterisk.hpp"

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <string>
#include <vector>

namespace calluna::integration {

/// What a PBX itself says over ARI: an eye that shares no code with what is tested.
class ari_view {
 public:
  explicit ari_view(asterisk const& pbx);
  ~ari_view();

  /// GET; `path` without /ari: "/channels". Throws if the answer is not 200.
  nlohmann::json get(std::string const& path);
  /// The status of the answer; 0 if there is none.
  int status_of(std::string const& path);
  /// DELETE, whether it is there or not.
  void remove(std::string const& path);
  std::vector<std::string> channels();
  /// Bridges whose id we have chosen.
  std::vector<std::string> our_bridges();

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace calluna::integration
