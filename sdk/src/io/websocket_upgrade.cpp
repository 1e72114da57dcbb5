#include "http_answer.hpp"

#include <calluna/io/websocket_codec.hpp>

#include <openssl/evp.h>

#include <array>
#include <random>

namespace calluna::io {
namespace {

std::string random_key() {
  std::random_device chance;
  std::string bytes;
  for (int i = 0; i < 16; ++i) bytes += static_cast<char>(chance() & 0xff);
  return base64(bytes);
}

constexpr std::size_t max_head = 16 * 1024;

}  // namespace

/// RFC 6455, 4.2.2: SHA-1 over the key and a fixed GUID.
std::string websocket_accept(std::string const& key) {
  std::string const text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  return base64({reinterpret_cast<char const*>(digest.data()), size});
}

std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  auto const size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                    reinterpret_cast<unsigned char const*>(bytes.data()),
                                    static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string basic_authorization(std::string_view user, std::string_view password) {
  std::string pair{user};
  pair += ':';
  pair += password;
  return "Basic " + base64(pair);
}

websocket_upgrade::websocket_upgrade(std::string_view host, std::string_view target,
                                     std::string_view authorization)
    : websocket_upgrade(host, target, authorization, random_key()) {}

websocket_upgrade::websocket_upgrade(std::string_view host, std::string_view target,
                                     std::string_view authorization, std::string key)
    : key_(std::move(key)) {
  request_.append("GET ").append(target).append(" HTTP/1.1\r\nHost: ").append(host);
  request_ += "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13";
  request_.append("\r\nSec-WebSocket-Key: ").append(key_);
  if (!authorization.empty()) request_.append("\r\nAuthorization: ").append(authorization);
  request_ += "\r\n\r\n";
}

result<std::size_t> websocket_upgrade::read_answer(std::string_view bytes) const {
  auto const all = bytes.size();
  http_answer_parser answer(max_head, max_head);
  answer.begin(true);
  if (auto const put = answer.put(bytes); !put) return fail(put.error());
  if (!answer.head_done()) return 0;
  if (answer.status() != 101)
    return fail(error_kind::protocol,
                "no WebSocket there: " + std::to_string(answer.status()) + " " +
                    std::string(answer.reason()),
                false, http_status(answer.status()));
  auto const refused = [](websocket_errc code) {
    auto const c = make_error_code(code);
    return fail(error_kind::protocol, "WebSocket: " + c.message(), false, c);
  };
  if (!answer.header_has("Upgrade", "websocket") || !answer.header_has("Connection", "Upgrade") ||
      !answer.header("Sec-WebSocket-Extensions").empty())
    return refused(websocket_errc::not_upgraded);
  if (answer.header("Sec-WebSocket-Accept") != websocket_accept(key_))
    return refused(websocket_errc::wrong_accept);
  return all - bytes.size();
}

}  // namespace calluna::io
