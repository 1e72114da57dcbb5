#pragma once
#include "asterisk.hpp"

#include <calluna/ami/client.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace calluna::integration {

/// A manager connection of the test's own, on a thread of its own: sees every event, sends actions.
/// Any thread; one at a time.
class ami_view {
 public:
  using headers = std::map<std::string, std::string>;

  /// Returns when it is logged in; throws if that takes more than 10 s.
  explicit ami_view(asterisk const& pbx);
  ~ami_view();

  /// Sends an action and waits for its answer.
  result<ami::response> send(ami::action const& what);
  /// A UserEvent, which comes back to everybody.
  void user_event(std::string const& name, headers const& more = {});

  /// How many events there have been: the place to start looking from.
  std::size_t position() const;
  /// The events called `name` ("UserEvent" for all of those) from `from` on that have all `wanted`.
  std::vector<ami::message> events(std::string const& name, headers const& wanted = {},
                                   std::size_t from = 0) const;
  /// Waits until there are `times` of them.
  bool wait_for(std::string const& name, headers const& wanted, std::chrono::milliseconds bound,
                std::size_t times = 1, std::size_t from = 0) const;
  /// Called on its thread with each event.
  void on_event(std::function<void(ami::message_view)> visit);

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace calluna::integration
