#pragma once
#include <calluna/calls/fact.hpp>

#include <optional>

namespace calluna::ami {
class message_view;
}

namespace calluna::calls {

/// What an AMI event says about calls; nothing if it says nothing, or is not known. The fact's
/// texts are views into the event's. Any thread.
std::optional<fact_body> fact_from(ami::message_view const& event);

}  // namespace calluna::calls
