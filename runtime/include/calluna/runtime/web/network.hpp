#pragma once
#include <calluna/result.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::runtime::web {

/// An IP address. One of IPv4 is kept as IPv6 has it (::ffff:a.b.c.d), so that a client is the same
/// whichever socket it came by.
class address {
 public:
  /// "10.0.0.1", "::1", "::ffff:10.0.0.1"; without port, brackets or zone.
  static std::optional<address> read(std::string_view text);
  explicit address(std::array<std::uint8_t, 16> const& bytes) : bytes_(bytes) {}

  bool is_v4() const noexcept;
  std::array<std::uint8_t, 16> const& bytes() const noexcept { return bytes_; }
  std::string text() const;
  /// Who is counted as one client: the address itself, of IPv6 its /64, since one household or
  /// machine has as many addresses in there as it likes.
  std::string group() const;

  friend bool operator==(address const&, address const&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_;
};

/// A range of addresses: "10.0.0.0/8", "::1", "fd00::/8".
class network {
 public:
  /// Errors (`invalid`): not an address, a prefix that is too long, or bits set behind the prefix
  /// ("10.1.2.3/8" is a mistake more often than it is meant).
  static result<network> read(std::string_view text);
  bool contains(address const& one) const noexcept;

 private:
  network(address base, unsigned bits) : base_(base), bits_(bits) {}
  address base_;
  unsigned bits_;
};

bool any_contains(std::vector<network> const& networks, address const& one) noexcept;

/// Who the client is: `peer`, or, as long as that one is a trusted proxy, the last address it names
/// in `forwarded_for` (the values of X-Forwarded-For joined by commas).
address client_behind(address const& peer, std::string_view forwarded_for,
                      std::vector<network> const& trusted_proxies);

}  // namespace calluna::runtime::web
