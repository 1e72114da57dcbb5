#pragma once
#include <memory>

namespace calluna::io {

/// Whether `held` is the only owner left, so that its object may be written to again. What other
/// threads did with the object before they let go of it has then happened: `use_count` alone would
/// not say so.
template <class T>
bool sole_owner(std::shared_ptr<T> const& held) noexcept {
  if (held.use_count() != 1) return false;
  auto const acquired = held;  // changing the count joins the order of the releases before
  return true;
}

}  // namespace calluna::io
