#include <calluna/erp/erp_error.hpp>
#include <calluna/erp/streamed_body.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace calluna::erp {
namespace {

class memory final : public byte_source {
 public:
  explicit memory(std::string text) : text_(std::move(text)) {}
  std::size_t size() const noexcept override { return text_.size(); }
  bool read(std::size_t at, std::size_t count, char* to) override {
    if (at > text_.size() || count > text_.size() - at) return false;
    std::memcpy(to, text_.data() + at, count);
    return true;
  }

 private:
  std::string text_;
};

class file final : public byte_source {
 public:
  file(std::ifstream stream, std::size_t size) : stream_(std::move(stream)), size_(size) {}
  std::size_t size() const noexcept override { return size_; }
  bool read(std::size_t at, std::size_t count, char* to) override {
    stream_.clear();
    stream_.seekg(static_cast<std::streamoff>(at));
    stream_.read(to, static_cast<std::streamsize>(count));
    return static_cast<std::size_t>(stream_.gcount()) == count;
  }

 private:
  std::ifstream stream_;
  std::size_t size_;
};

// Appends the base64 form (RFC 4648) of `bytes`.
void encode(std::string_view bytes, std::string& to) {
  static constexpr char digits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::size_t const left = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < left ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) to += k <= left ? digits[group >> (18 - 6 * k) & 63U] : '=';
  }
}

}  // namespace

std::shared_ptr<byte_source> memory_source(std::string text) {
  return std::make_shared<memory>(std::move(text));
}

result<std::shared_ptr<byte_source>> file_source(std::string const& path) {
  std::error_code problem;
  auto const is_file = std::filesystem::is_regular_file(path, problem);
  std::ifstream stream(path, std::ios::binary);
  auto const size = is_file ? std::filesystem::file_size(path, problem) : 0;
  if (!is_file || !stream || problem)
    return fail(error_kind::invalid,
                fmt::format("{} cannot be read{}", path,
                            problem   ? ": " + problem.message()
                            : is_file ? ""
                                      : ": it is no file"),
                false, erp_errc::file);
  return std::make_shared<file>(std::move(stream), static_cast<std::size_t>(size));
}

streamed_body::streamed_body(std::string head, std::shared_ptr<byte_source> data, std::string tail)
    : head_(std::move(head)),
      data_(std::move(data)),
      tail_(std::move(tail)),
      encoded_(data_ ? (data_->size() + 2) / 3 * 4 : 0) {}

std::string_view streamed_body::piece(std::size_t at) {
  if (at < head_.size()) return std::string_view(head_).substr(at);
  at -= head_.size();
  if (at < encoded_) return encoded_piece(at);
  at -= encoded_;
  return at < tail_.size() ? std::string_view(tail_).substr(at) : std::string_view();
}

std::string_view streamed_body::encoded_piece(std::size_t at) {
  constexpr std::size_t raw_piece = 48 * 1024;  // a multiple of 3: 64 KiB of text
  std::size_t const from = at / 4 * 3;
  raw_.resize(std::min(raw_piece, data_->size() - from));
  if (!data_->read(from, raw_.size(), raw_.data())) return {};
  text_.clear();
  encode(raw_, text_);
  return std::string_view(text_).substr(at % 4);
}

}  // namespace calluna::erp
