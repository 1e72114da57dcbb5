#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace calluna::io {

/// The bytes read from a stream and not yet consumed, in storage that views may outlive.
///
/// Who keeps a view keeps `owner()` with it; the next `prepare` then leaves that block alone and
/// goes on in a fresh one, so what was handed out never moves and is never copied. Blocks nobody
/// holds are reused. Not for several threads at once; the owners themselves may be released on any
/// thread.
class receive_buffer {
 public:
  /// `block_bytes`: the size of a block, and so of the largest single read.
  explicit receive_buffer(std::size_t block_bytes = 64 * 1024) : block_bytes_(block_bytes) {}

  /// Room for the next read, at least `least` bytes. Earlier views without their owner die here.
  std::span<char> prepare(std::size_t least = 4096);
  /// Says that `count` bytes were written into what `prepare` gave.
  void commit(std::size_t count) noexcept { end_ += count; }

  /// What is there, oldest byte first.
  std::string_view readable() const noexcept;
  /// Forgets the first `count` readable bytes. Their block stays as long as anyone holds it.
  void consume(std::size_t count) noexcept { begin_ += count; }
  /// Holds the current block.
  std::shared_ptr<void const> owner() const noexcept { return block_; }
  void clear() noexcept { begin_ = end_ = 0; }

 private:
  std::size_t block_bytes_;
  std::shared_ptr<char[]> block_;
  std::size_t size_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace calluna::io
