#include <calluna/io/receive_buffer.hpp>
#include <calluna/io/sole_owner.hpp>

#include <algorithm>
#include <cstring>

namespace calluna::io {

std::span<char> receive_buffer::prepare(std::size_t least) {
  auto const unread = end_ - begin_;
  bool const ours_alone = block_ && sole_owner(block_);
  if (ours_alone && unread == 0) begin_ = end_ = 0;
  // Behind bytes that others still look at is room too; but not so little that reads become small.
  if (!block_ || size_ - end_ < std::max(least, block_bytes_ / 4)) {
    auto const wanted = std::max(block_bytes_, unread + least);
    if (ours_alone && size_ >= wanted) {
      std::memmove(block_.get(), block_.get() + begin_, unread);
    } else {
      auto fresh = std::shared_ptr<char[]>(new char[wanted]);
      if (unread > 0) std::memcpy(fresh.get(), block_.get() + begin_, unread);
      block_ = std::move(fresh);
      size_ = wanted;
    }
    begin_ = 0;
    end_ = unread;
  }
  return {block_.get() + end_, size_ - end_};
}

std::string_view receive_buffer::readable() const noexcept {
  return block_ ? std::string_view{block_.get() + begin_, end_ - begin_} : std::string_view{};
}

}  // namespace calluna::io
