#pragma once
#include <calluna/calls/call_event.hpp>

#include <memory>
#include <optional>
#include <string>

namespace calluna::calls {

/// A call_event that outlives its telling. Immutable, shared by everybody who hears of it.
struct call_news {
  /// Nothing: nothing happened that has a name, only the call's state is newer.
  std::optional<call_event_kind> kind;
  unsigned pbx = 0;
  moment at;
  bool synthetic = false;
  /// As it was right after that. Null for `gap`.
  std::shared_ptr<calls::call const> call;
  /// Index in `call->legs`, or -1.
  int leg = -1;
  std::string other;
  moment from;
};

}  // namespace calluna::calls
