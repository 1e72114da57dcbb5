#pragma once
#include <calluna/runtime/config.hpp>

#include <functional>
#include <string>

namespace calluna::runtime::doctor {

enum class severity {
  good,
  note,  ///< works, and somebody should know
  bad,   ///< does not, or not as it is meant
};

/// One thing that was looked at.
struct finding {
  severity how = severity::good;
  std::string where;   ///< the section of the configuration: "pbx.main.ami"
  std::string what;    ///< one line
  std::string advice;  ///< what to do; empty if nothing is to be done
};
using teller = std::function<void(finding const&)>;

/// Looks at everything a configuration names, as `calluna run` would reach it, and changes nothing:
/// logs in to each PBX by AMI and ARI (rights, versions, clock), to each business system, binds the
/// addresses it is to listen at, loads the apps and compares what their text asks of AMI with what
/// the account may do. Blocks; makes loops and threads of its own. Each wait has an end, ten
/// seconds at most.
void examine(config const& settings, teller const& tell);

}  // namespace calluna::runtime::doctor
