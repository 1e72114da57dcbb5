#pragma once
#include <calluna/sim/channel.hpp>

#include <string>

namespace calluna::sim {

/// A phone or a trunk that the PBX knows.
struct endpoint {
  std::string name;                     ///< "PJSIP/101"
  std::string context = "from-phones";  ///< where its calls begin
  /// What it is called by; without a number: whoever is called through it has the number dialled.
  party callerid;
  bool online = true;
  std::string device_state = "NOT_INUSE";
};

}  // namespace calluna::sim
