#pragma once
#include <calluna/sim/channel.hpp>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace calluna::sim {

/// What AMI's and ARI's originate ask for. One of `app`, `application` and `exten` says what the
/// channel does when it is answered.
struct originate_request {
  std::string dial_string;  ///< "PJSIP/101", "PJSIP/0171...@trunk"
  std::string id;           ///< empty: the machine makes one
  std::string app;          ///< a Stasis application
  std::vector<std::string> app_args;
  std::string context, exten;
  int priority = 1;
  std::string application, data;
  party callerid;
  bool sets_callerid = false;  ///< as AMI does: `callerid` becomes the channel's own as well
  std::optional<span> timeout = std::chrono::seconds(30);
  std::vector<std::pair<std::string, std::string>> variables;
  std::string originator;  ///< the id of a channel whose linkedid it takes over
  /// Told once: whether it was answered, the reason as AMI's OriginateResponse has it (4 answered,
  /// 3 nobody did, 0 no way), and the channel if there is one.
  std::function<void(bool answered, int reason, channel const*)> done = {};
};

}  // namespace calluna::sim
