#pragma once
#include <cstdint>
#include <string_view>

namespace calluna::calls {

/// What a channel is, by its name. `party`: somebody may be behind it. `helper`: belongs to a call
/// but is no party (Local, Snoop, ...). `machinery`: belongs to no call (announcers, recorders).
enum class channel_sort : std::uint8_t { party, local, helper, machinery };

channel_sort sort_of(std::string_view name) noexcept;
/// "PJSIP/101-0000001f" -> "PJSIP/101".
std::string_view endpoint_of(std::string_view name) noexcept;
/// What both halves of a Local channel's name have in common; "" if it is none.
std::string_view local_stem(std::string_view name) noexcept;
/// "Local/102@from-phones-00000001;1" -> "102".
std::string_view local_exten(std::string_view name) noexcept;
/// Whether a number as presented is one of the world outside, and no extension: '+', 7 digits, or
/// "anonymous" and its like.
bool looks_outside(std::string_view number) noexcept;

}  // namespace calluna::calls
