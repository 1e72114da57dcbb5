#pragma once
#include <calluna/result.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace calluna::erp {

/// Bytes that are read piece by piece. One thread at a time.
class byte_source {
 public:
  virtual ~byte_source() = default;
  virtual std::size_t size() const noexcept = 0;
  /// Exactly `count` bytes from `at` on, into `to`; false if they cannot be had.
  virtual bool read(std::size_t at, std::size_t count, char* to) = 0;
};

/// The text itself.
std::shared_ptr<byte_source> memory_source(std::string text);
/// The file as it is now: one that shrinks while it is read fails. Errors: `invalid`, code `file`.
result<std::shared_ptr<byte_source>> file_source(std::string const& path);

/// A body in three parts, `head + base64(data) + tail`, produced in pieces of at most 64 KiB, so
/// that a large file is never whole in memory. Pure but for the source.
class streamed_body {
 public:
  streamed_body(std::string head, std::shared_ptr<byte_source> data, std::string tail);

  std::size_t size() const noexcept { return head_.size() + encoded_ + tail_.size(); }
  /// The next bytes from `at` on: at least one while `at < size()`, valid until the next call.
  /// Empty: the source failed, or the end is reached.
  std::string_view piece(std::size_t at);

 private:
  std::string_view encoded_piece(std::size_t at);

  std::string head_;
  std::shared_ptr<byte_source> data_;
  std::string tail_;
  std::size_t encoded_;
  std::string raw_, text_;
};

}  // namespace calluna::erp
