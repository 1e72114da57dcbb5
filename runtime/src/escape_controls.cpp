#include <calluna/runtime/log.hpp>

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <iterator>

namespace calluna::runtime {
namespace {

/// A code point and its bytes; no bytes if `text` does not begin with well-formed UTF-8.
struct decoded {
  std::uint32_t point = 0;
  std::size_t bytes = 0;
};

decoded decode(std::string_view text) {
  auto const at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  auto const lead = at(0);
  if (lead < 0x80) return {lead, 1};
  std::size_t const bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return {};
  std::uint32_t point = lead & (0xffu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((at(i) & 0xc0) != 0x80) return {};
    point = point << 6 | (at(i) & 0x3fu);
  }
  constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  bool const surrogate = point >= 0xd800 && point < 0xe000;
  if (point < least[bytes] || point > 0x10ffff || surrogate) return {};
  return {point, bytes};
}

bool is_hidden(std::uint32_t point) {
  return point < 0x20 || (point >= 0x7f && point < 0xa0)  // controls
         || (point >= 0x200e && point <= 0x200f)          // marks of writing direction
         || (point >= 0x2028 && point <= 0x202e)          // separators, direction overrides
         || (point >= 0x2066 && point <= 0x2069) || point == 0xfeff;
}

}  // namespace

std::string escape_controls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    auto const [point, bytes] = decode(text);
    auto const to = std::back_inserter(out);
    if (bytes == 0)
      fmt::format_to(to, "\\x{:02x}", static_cast<unsigned char>(text[0]));
    else if (!is_hidden(point))
      out.append(text.substr(0, bytes));
    else if (point == '\n')
      out += "\\n";
    else if (point == '\r')
      out += "\\r";
    else if (point == '\t')
      out += "\\t";
    else
      fmt::format_to(to, fmt::runtime(point < 0x80 ? "\\x{:02x}" : "\\u{:04x}"), point);
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return out;
}

}  // namespace calluna::runtime
