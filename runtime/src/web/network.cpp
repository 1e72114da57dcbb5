#include <calluna/runtime/web/network.hpp>

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace calluna::runtime::web {
namespace {

namespace ip = boost::asio::ip;

constexpr std::array<std::uint8_t, 12> v4_mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Some proxies add the port: "10.0.0.1:1234", "[::1]:1234".
std::optional<address> read_forwarded(std::string_view text) {
  if (!text.empty() && text.front() == '[') {
    auto const end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    return address::read(text.substr(1, end - 1));
  }
  if (std::count(text.begin(), text.end(), ':') == 1) text = text.substr(0, text.find(':'));
  return address::read(text);
}

}  // namespace

std::optional<address> address::read(std::string_view text) {
  boost::system::error_code code;
  if (text.find('%') != std::string_view::npos) return std::nullopt;
  auto const read = ip::make_address(std::string{text}, code);
  if (code) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  if (read.is_v6()) {
    auto const given = read.to_v6().to_bytes();
    std::copy(given.begin(), given.end(), bytes.begin());
  } else {
    auto const given = read.to_v4().to_bytes();
    std::copy(v4_mapped.begin(), v4_mapped.end(), bytes.begin());
    std::copy(given.begin(), given.end(), bytes.begin() + 12);
  }
  return address{bytes};
}

bool address::is_v4() const noexcept {
  return std::equal(v4_mapped.begin(), v4_mapped.end(), bytes_.begin());
}

std::string address::text() const {
  if (is_v4()) return fmt::format("{}.{}.{}.{}", bytes_[12], bytes_[13], bytes_[14], bytes_[15]);
  ip::address_v6::bytes_type bytes;
  std::copy(bytes_.begin(), bytes_.end(), bytes.begin());
  return ip::address_v6{bytes}.to_string();
}

std::string address::group() const {
  if (is_v4()) return text();
  auto bytes = bytes_;
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return address{bytes}.text() + "/64";
}

result<network> network::read(std::string_view text) {
  auto const slash = text.find('/');
  auto const base = address::read(text.substr(0, slash));
  if (!base)
    return fail(
        error_kind::invalid,
        fmt::format("'{}' is no network: expected an address such as 10.0.0.0/8 or ::1", text));
  unsigned const most = text.find(':') == std::string_view::npos ? 32 : 128;
  unsigned bits = most;
  if (slash != std::string_view::npos) {
    auto const digits = text.substr(slash + 1);
    auto const [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (code != std::errc{} || end != digits.data() + digits.size() || bits > most)
      return fail(
          error_kind::invalid,
          fmt::format("'{}' is no network: its prefix is a number from 0 to {}", text, most));
  }
  bits += 128 - most;
  for (unsigned i = bits; i < 128; ++i)
    if ((base->bytes()[i / 8] >> (7 - i % 8) & 1) != 0)
      return fail(error_kind::invalid,
                  fmt::format("'{}' is no network: it has bits set behind its prefix", text));
  return network{*base, bits};
}

bool network::contains(address const& one) const noexcept {
  auto const whole = bits_ / 8;
  auto const& a = base_.bytes();
  auto const& b = one.bytes();
  if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
  auto const rest = bits_ % 8;
  return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

bool any_contains(std::vector<network> const& networks, address const& one) noexcept {
  return std::any_of(networks.begin(), networks.end(),
                     [&](network const& n) { return n.contains(one); });
}

address client_behind(address const& peer, std::string_view forwarded_for,
                      std::vector<network> const& trusted_proxies) {
  auto client = peer;
  // From the right: each proxy appends whom it spoke with, so what stands left of the first one
  // that is not ours may be anything.
  while (any_contains(trusted_proxies, client) && !forwarded_for.empty()) {
    auto const comma = forwarded_for.rfind(',');
    auto const last =
        comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1);
    forwarded_for = comma == std::string_view::npos ? "" : forwarded_for.substr(0, comma);
    auto const named = read_forwarded(trimmed(last));
    if (!named) break;
    client = *named;
  }
  return client;
}

}  // namespace calluna::runtime::web
