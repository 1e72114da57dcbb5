#pragma once
#include <calluna/sim/agenda.hpp>

#include <cstdint>
#include <string>

namespace calluna::sim {

/// Where calls wait for somebody to take them. Whoever includes `context` can dial `park`, and each
/// space to take the call there.
struct parking_lot {
  std::string name = "default";
  std::string context = "parkedcalls", park = "700";
  int first = 701, last = 720;
  span timeout = std::chrono::seconds(45);
  std::string bridge = {};  ///< the machine's; there once somebody has waited
};

/// A call that waits in one.
struct parked_call {
  std::string lot;
  int space = 0;
  std::string parker;  ///< who is dialled when nobody takes it: "PJSIP/101"
  moment since{};
  span timeout{};
};

}  // namespace calluna::sim
