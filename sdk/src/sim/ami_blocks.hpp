#pragma once
#include <calluna/sim/ami_front.hpp>

namespace calluna::sim {

/// Appends the headers that say what a channel is, each key behind `prefix`.
void append_channel(ami_block& to, channel const& c, std::string const& prefix = {});
/// Appends the headers that say what a bridge is.
void append_bridge(ami_block& to, bridge const& b, std::string const& prefix = {});
/// As Asterisk escapes names and values in events.
std::string escaped(std::string_view text);
std::string or_unknown(std::string const& text);

}  // namespace calluna::sim
