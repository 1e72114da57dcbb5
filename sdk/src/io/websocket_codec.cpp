#include <calluna/io/websocket_codec.hpp>

#include <cstring>
#include <random>

namespace calluna::io {
namespace {

class websocket_category final : public std::error_category {
 public:
  char const* name() const noexcept override { return "websocket"; }
  std::string message(int code) const override {
    switch (static_cast<websocket_errc>(code)) {
      case websocket_errc::not_upgraded:
        return "the server did not switch to WebSocket";
      case websocket_errc::wrong_accept:
        return "Sec-WebSocket-Accept does not belong to our key";
      case websocket_errc::reserved_bits:
        return "a reserved bit is set";
      case websocket_errc::unknown_opcode:
        return "unknown opcode";
      case websocket_errc::masked:
        return "a masked frame from a server, or an unmasked one from a client";
      case websocket_errc::length_not_minimal:
        return "a length in more bytes than it needs";
      case websocket_errc::control_too_long:
        return "a control frame above 125 bytes";
      case websocket_errc::control_fragmented:
        return "a control frame in fragments";
      case websocket_errc::unexpected_continuation:
        return "a continuation of nothing";
      case websocket_errc::missing_continuation:
        return "a new message inside an unfinished one";
      case websocket_errc::too_big:
        return "a message above the size bound";
      case websocket_errc::bad_close:
        return "a close frame that may not be sent";
    }
    return "unknown";
  }
};

class status_category final : public std::error_category {
 public:
  char const* name() const noexcept override { return "http"; }
  std::string message(int code) const override { return "HTTP status " + std::to_string(code); }
};

std::uint64_t big_endian(std::string_view bytes) noexcept {
  std::uint64_t value = 0;
  for (unsigned char c : bytes) value = value << 8 | c;
  return value;
}

bool may_be_sent(int code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

tl::unexpected<error> broken(websocket_errc code) {
  auto const c = make_error_code(code);
  return fail(error_kind::protocol, "WebSocket: " + c.message(), false, c);
}

std::shared_ptr<std::string const> unmasked(std::string_view payload, std::string_view mask) {
  auto text = std::make_shared<std::string>(payload);
  for (std::size_t i = 0; i < text->size(); ++i)
    (*text)[i] = static_cast<char>((*text)[i] ^ mask[i % 4]);
  return text;
}

}  // namespace

std::error_code make_error_code(websocket_errc code) noexcept {
  static websocket_category const category;
  return {static_cast<int>(code), category};
}

std::error_code http_status(int status) noexcept {
  static status_category const category;
  return {status, category};
}

std::optional<websocket_errc> websocket_decoder::violation(header const& h) const noexcept {
  bool const control = h.opcode >= 8;
  if (h.opcode > 10 || (h.opcode > 2 && !control)) return websocket_errc::unknown_opcode;
  if (control && !h.last) return websocket_errc::control_fragmented;
  if (control && h.payload > 125) return websocket_errc::control_too_long;
  if (h.opcode == 0 && !fragments_) return websocket_errc::unexpected_continuation;
  if (!control && h.opcode != 0 && fragments_) return websocket_errc::missing_continuation;
  auto const kept = !control && fragments_ ? fragments_->size() : 0;
  if (h.payload > max_message_ - kept) return websocket_errc::too_big;
  return std::nullopt;
}

result<bool> websocket_decoder::next(std::string_view& bytes, websocket_message& into) {
  for (;;) {
    wanted_ = 2;
    if (bytes.size() < 2) return false;
    auto const first = static_cast<unsigned char>(bytes[0]);
    auto const second = static_cast<unsigned char>(bytes[1]);
    if ((first & 0x70) != 0) return broken(websocket_errc::reserved_bits);
    bool const masked = (second & 0x80) != 0;
    if (masked != (role_ == websocket_role::server)) return broken(websocket_errc::masked);
    header h{2, second & 0x7fU, first & 0x0f, (first & 0x80) != 0};
    if (h.payload >= 126) {
      h.length = h.payload == 126 ? 4 : 10;
      wanted_ = h.length;
      if (bytes.size() < h.length) return false;
      h.payload = big_endian(bytes.substr(2, h.length - 2));
      auto const least = h.length == 4 ? 126U : 65536U;
      if (h.payload < least || h.payload >> 63 != 0)
        return broken(websocket_errc::length_not_minimal);
    }
    if (auto const wrong = violation(h)) return broken(*wrong);
    if (masked) h.length += 4;
    wanted_ = h.length + static_cast<std::size_t>(h.payload);
    if (bytes.size() < wanted_) return false;

    auto payload = bytes.substr(h.length, static_cast<std::size_t>(h.payload));
    std::shared_ptr<std::string const> owner;
    if (masked) {
      owner = unmasked(payload, bytes.substr(h.length - 4, 4));
      payload = *owner;
    }
    bytes.remove_prefix(wanted_);
    if (h.opcode >= 8 || (h.last && h.opcode != 0)) {
      if (h.opcode == 8 && !payload.empty() &&
          (payload.size() == 1 || !may_be_sent(read_close(payload).code)))
        return broken(websocket_errc::bad_close);
      into = {static_cast<websocket_kind>(h.opcode), payload, std::move(owner)};
      return true;
    }
    if (!fragments_) {
      fragments_ = std::make_shared<std::string>();
      fragments_kind_ = static_cast<websocket_kind>(h.opcode);
    }
    fragments_->append(payload);
    if (!h.last) continue;
    into = {fragments_kind_, *fragments_, fragments_};
    fragments_ = nullptr;
    return true;
  }
}

websocket_close read_close(std::string_view payload) noexcept {
  if (payload.size() < 2) return {};
  return {static_cast<int>(big_endian(payload.substr(0, 2))), payload.substr(2)};
}

websocket_encoder::websocket_encoder(websocket_role role) : role_(role) {
  std::random_device chance;
  random_ = (static_cast<std::uint64_t>(chance()) << 32 | chance()) | 1;
}

void websocket_encoder::append(std::string& to, websocket_kind kind, std::string_view payload) {
  to += static_cast<char>(0x80 | static_cast<int>(kind));
  auto const size = payload.size();
  auto const length_bytes = size < 126 ? 0 : size < 65536 ? 2 : 8;
  auto const mask_bit = role_ == websocket_role::client ? 0x80 : 0;
  to += static_cast<char>(mask_bit | (length_bytes == 0   ? static_cast<int>(size)
                                      : length_bytes == 2 ? 126
                                                          : 127));
  for (int i = length_bytes - 1; i >= 0; --i)
    to += static_cast<char>(static_cast<std::uint64_t>(size) >> (8 * i) & 0xff);

  if (role_ == websocket_role::server) {
    to.append(payload);
    return;
  }
  // xorshift64 from a random seed: the mask keeps proxies from reading requests into our payload;
  // it is no secret.
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  char mask[8];
  auto const bits = static_cast<std::uint32_t>(random_ >> 32);
  std::memcpy(mask, &bits, 4);
  std::memcpy(mask + 4, &bits, 4);
  to.append(mask, 4);

  auto const start = to.size();
  to.append(payload);
  char* p = to.data() + start;
  std::uint64_t wide = 0;
  std::memcpy(&wide, mask, 8);
  std::size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, p + i, 8);
    word ^= wide;
    std::memcpy(p + i, &word, 8);
  }
  for (; i < size; ++i) p[i] = static_cast<char>(p[i] ^ mask[i % 4]);
}

void websocket_encoder::append_close(std::string& to, int code, std::string_view reason) {
  std::string payload;
  payload += static_cast<char>(code >> 8 & 0xff);
  payload += static_cast<char>(code & 0xff);
  payload += reason.substr(0, 123);
  append(to, websocket_kind::close, payload);
}

}  // namespace calluna::io
