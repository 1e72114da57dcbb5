#pragma once
#include <calluna/error.hpp>

#include <tl/expected.hpp>

#include <utility>

namespace calluna {

/// A value, or the reason why there is none. Expected failures travel this way; exceptions are
/// bugs.
template <class T>
using result = tl::expected<T, error>;

/// Shorthand for the failing branch: `return fail(error_kind::invalid, "...")`.
inline tl::unexpected<error> fail(error_kind kind, std::string message, bool retryable = false,
                                  std::error_code code = {}) {
  return tl::unexpected<error>(error{kind, std::move(message), retryable, code});
}

/// Hands an error on: `if (!r) return fail(std::move(r).error())`.
inline tl::unexpected<error> fail(error e) {
  return tl::unexpected<error>(std::move(e));
}

}  // namespace calluna
