#pragma once
#include <calluna/error.hpp>

#include <array>
#include <string_view>

namespace calluna::runtime {

/// The kind that to_string calls so; `protocol` if none is.
inline error_kind kind_named(std::string_view word) {
  constexpr std::array kinds{error_kind::timeout,  error_kind::busy,       error_kind::noanswer,
                             error_kind::offline,  error_kind::congestion, error_kind::rejected,
                             error_kind::gone,     error_kind::cancelled,  error_kind::refused,
                             error_kind::protocol, error_kind::invalid,    error_kind::ambiguous};
  for (auto const kind : kinds)
    if (to_string(kind) == word) return kind;
  return error_kind::protocol;
}

}  // namespace calluna::runtime
