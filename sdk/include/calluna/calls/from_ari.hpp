#pragma once
#include <calluna/calls/fact.hpp>

#include <optional>
#include <string>

namespace calluna::ari {
struct event_view;
}

namespace calluna::calls {

/// What an ARI event says about calls; nothing if it says nothing, or is not known. The fact's
/// texts are views into the event's. Any thread.
std::optional<fact_body> fact_from(ari::event_view const& event);

}  // namespace calluna::calls
