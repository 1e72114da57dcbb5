#pragma once
#include <calluna/result.hpp>

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace calluna::io {

/// A range of IP addresses: "127.0.0.0/8", "10.1.2.3", "fd00::/8", "::1". One of IPv4 also holds
/// its form in IPv6 (::ffff:10.1.2.3).
class network {
 public:
  /// Errors: `invalid`, also for bits behind the prefix ("10.1.2.3/8").
  static result<network> read(std::string_view text);
  /// `address` without port, brackets or zone; false for what is none.
  bool contains(std::string_view address) const noexcept;

 private:
  using bytes = std::array<std::uint8_t, 16>;
  network(bytes const& base, unsigned bits) : base_(base), bits_(bits) {}
  bytes base_;
  unsigned bits_;
};

bool any_contains(std::vector<network> const& all, std::string_view address) noexcept;

}  // namespace calluna::io
