#include <calluna/io/network.hpp>

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace calluna::io {
namespace {

namespace ip = boost::asio::ip;

std::optional<std::array<std::uint8_t, 16>> bytes_of(std::string_view text) {
  boost::system::error_code code;
  auto const read = ip::make_address(std::string(text), code);
  if (code || text.find('%') != std::string_view::npos) return std::nullopt;
  if (read.is_v6()) return read.to_v6().to_bytes();
  std::array<std::uint8_t, 16> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  auto const four = read.to_v4().to_bytes();
  std::copy(four.begin(), four.end(), mapped.begin() + 12);
  return mapped;
}

bool bit(std::array<std::uint8_t, 16> const& of, unsigned at) noexcept {
  return (of[at / 8] >> (7 - at % 8) & 1) != 0;
}

}  // namespace

result<network> network::read(std::string_view text) {
  auto const bad = [&](std::string const& why) {
    return fail(error_kind::invalid, "'" + std::string(text) + "' is no network: " + why);
  };
  auto const slash = text.find('/');
  auto const base = bytes_of(text.substr(0, slash));
  if (!base)
    return bad("it is an address, with a prefix or without, like \"10.0.0.0/8\" or \"::1\"");
  unsigned const most = text.find(':') == std::string_view::npos ? 32 : 128;
  unsigned bits = most;
  if (slash != std::string_view::npos) {
    auto const digits = text.substr(slash + 1);
    auto const* const end = digits.data() + digits.size();
    auto const [stopped, code] = std::from_chars(digits.data(), end, bits);
    if (code != std::errc() || stopped != end || bits > most)
      return bad("its prefix is from 0 to " + std::to_string(most));
  }
  bits += 128 - most;
  for (unsigned at = bits; at < 128; ++at)
    if (bit(*base, at)) return bad("it has bits set behind its prefix");
  return network(*base, bits);
}

bool network::contains(std::string_view address) const noexcept {
  auto const one = bytes_of(address);
  if (!one) return false;
  for (unsigned at = 0; at < bits_; ++at)
    if (bit(*one, at) != bit(base_, at)) return false;
  return true;
}

bool any_contains(std::vector<network> const& all, std::string_view address) noexcept {
  return std::any_of(all.begin(), all.end(),
                     [&](network const& one) { return one.contains(address); });
}

}  // namespace calluna::io
