#pragma once
#include <calluna/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace calluna::ami {

/// The first CRLF CRLF in `text` at or behind `from`; npos if there is none. A bare LF before it
/// does not count.
std::size_t find_block_end(std::string_view text, std::size_t from) noexcept;

/// Cuts the bytes of one connection into its banner line and its blocks. Holds no bytes, only how
/// far it has looked, so that no byte is looked at twice however small the reads are. Pure.
class framer {
 public:
  static constexpr std::size_t default_limit = 1024 * 1024;
  static constexpr std::size_t banner_limit = 256;

  /// `limit`: the largest block taken, in bytes. The longest real ones (Command output) have some
  /// 100 KB.
  explicit framer(std::size_t limit = default_limit) noexcept : limit_(limit) {}

  /// The first line of `unread` with its end; "" as long as it is not whole. `protocol` if it is
  /// not an AMI's.
  result<std::string_view> banner(std::string_view unread) const;

  /// The block at the head of `unread`: its lines without the empty one, which is two bytes more to
  /// consume. "" if it is not whole yet; then call again with the same bytes and those that follow.
  /// `too_long()` tells afterwards whether it never will be.
  std::string_view next(std::string_view unread) noexcept {
    auto const end = block_end(unread);
    if (end == std::string_view::npos) return {};
    looked_ = 0;
    return unread.substr(0, end + 2);
  }
  bool too_long() const noexcept { return looked_ > limit_; }
  error too_long_error(std::string_view unread) const;

 private:
  std::size_t block_end(std::string_view unread) noexcept;

  std::size_t limit_;
  std::size_t looked_ = 0;
};

/// At most `most` bytes of `text` for an error message: what is not printable ASCII becomes '.'.
std::string printable(std::string_view text, std::size_t most = 60);

}  // namespace calluna::ami
