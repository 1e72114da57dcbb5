#pragma once
#include <calluna/sim/agi_front.hpp>

#include <string_view>

namespace calluna::sim {

/// A command of AGI, and how it is written.
struct agi_talk::command {
  std::string_view name;   ///< "GET VARIABLE"
  std::string_view usage;  ///< what follows the name
  std::size_t least;       ///< words that have to follow
  bool after_hangup;       ///< may be used when the channel has hung up
  void (agi_talk::*does)(words const&);
};

}  // namespace calluna::sim
