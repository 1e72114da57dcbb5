#include "pair_search.hpp"

#include <calluna/ami/framer.hpp>

namespace calluna::ami {
namespace {

constexpr std::string_view banner_begin = "Asterisk Call Manager/";
constexpr std::string_view old_command_begin = "Response: Follows\r\n";
constexpr std::string_view old_command_end = "--END COMMAND--";

}  // namespace

std::size_t find_block_end(std::string_view text, std::size_t from) noexcept {
  for (;; ++from) {
    from = find_pair(text, from, '\r', 2, '\r');
    if (from == std::string_view::npos || from + 4 > text.size()) return std::string_view::npos;
    if (text.compare(from, 4, "\r\n\r\n") == 0) return from;
  }
}

std::size_t framer::block_end(std::string_view unread) noexcept {
  for (std::size_t from = looked_;;) {
    auto const end = find_block_end(unread, from);
    if (end == std::string_view::npos) {
      // The last three bytes may be the beginning of the mark.
      looked_ = unread.size() > 3 ? unread.size() - 3 : 0;
      return end;
    }
    // Before Asterisk 14 the output of a Command stands raw in the block and may hold empty lines.
    if (!unread.starts_with(old_command_begin) || unread.substr(0, end).ends_with(old_command_end))
      return end;
    from = end + 2;
  }
}

error framer::too_long_error(std::string_view unread) const {
  return {error_kind::protocol, "a block of more than " + std::to_string(limit_) +
                                    " bytes; it begins with \"" + printable(unread) + "\""};
}

result<std::string_view> framer::banner(std::string_view unread) const {
  auto const end = unread.find('\n');
  if (end == std::string_view::npos && unread.size() <= banner_limit) return std::string_view{};
  if (end == std::string_view::npos || !unread.starts_with(banner_begin))
    return fail(error_kind::protocol, "this is not an Asterisk Manager Interface: it says \"" +
                                          printable(unread.substr(0, end)) + "\"");
  return unread.substr(0, end + 1);
}

std::string printable(std::string_view text, std::size_t most) {
  std::string out;
  for (char const c : text.substr(0, most)) {
    if (c == '\r' || c == '\n') break;
    out += c >= 0x20 && c < 0x7f ? c : '.';
  }
  return out;
}

}  // namespace calluna::ami
