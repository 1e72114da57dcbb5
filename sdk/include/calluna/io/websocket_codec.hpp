#pragma once
#include <calluna/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

/// RFC 6455 without any input or output of its own: the client's side, and as much of the server's
/// as the offline PBX needs.
///
/// Why not Beast's stream: Boost 1.74's reads about 1.5 KB at a time through a buffer of its own,
/// and needs one asynchronous operation per message. An Asterisk under load sends thousands of
/// small messages a second. With a codec, one read of 64 KB gives all messages in it at once, as
/// views into the read buffer.
namespace calluna::io {

/// How a peer can break RFC 6455.
enum class websocket_errc {
  not_upgraded = 1,         ///< the answer to the upgrade request is not a valid 101
  wrong_accept,             ///< Sec-WebSocket-Accept does not belong to our key
  reserved_bits,            ///< a reserved bit is set; no extension was agreed on
  unknown_opcode,           ///< an opcode that RFC 6455 does not define
  masked,                   ///< a server must not mask, a client must
  length_not_minimal,       ///< a length in more bytes than it needs, or above 2^63
  control_too_long,         ///< a control frame above 125 bytes
  control_fragmented,       ///< a control frame in fragments
  unexpected_continuation,  ///< a continuation of nothing
  missing_continuation,     ///< a new message inside an unfinished one
  too_big,                  ///< a message above the bound
  bad_close,                ///< a close frame with one byte, or a code that may not be sent
};

std::error_code make_error_code(websocket_errc code) noexcept;

/// An error_code holding an HTTP status (its message is "HTTP status 404").
std::error_code http_status(int status) noexcept;

/// The opening handshake.
class websocket_upgrade {
 public:
  /// `host` as the Host header has it; `target` begins with a slash; `authorization` is the
  /// header's whole value or empty. A fresh random key each time.
  websocket_upgrade(std::string_view host, std::string_view target, std::string_view authorization);
  /// With a key of the caller's choice: 24 characters of base64.
  websocket_upgrade(std::string_view host, std::string_view target, std::string_view authorization,
                    std::string key);

  /// What to send. Holds the authorization: not for any log.
  std::string const& request() const noexcept { return request_; }

  /// Reads the answer from its first byte; call again with more while it gives 0. Otherwise how
  /// many bytes belong to the answer: what follows are frames already. Errors: `protocol`; for an
  /// answer with another status than 101 with `http_status` as its code.
  result<std::size_t> read_answer(std::string_view bytes) const;

 private:
  std::string key_;
  std::string request_;
};

enum class websocket_kind : std::uint8_t { text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct websocket_message {
  websocket_kind kind = websocket_kind::text;
  /// Text is not checked to be UTF-8: a broken name in one event must not cost the connection.
  std::string_view payload;
  /// Holds a payload that came in fragments; null if it is a view into the bytes given.
  std::shared_ptr<void const> owner;
};

/// What a close frame says. Code 1005: it says nothing.
struct websocket_close {
  int code = 1005;
  std::string_view reason;
};
websocket_close read_close(std::string_view payload) noexcept;

/// Which end of the connection we are.
enum class websocket_role : std::uint8_t { client, server };

/// The Sec-WebSocket-Accept that belongs to a client's key.
std::string websocket_accept(std::string const& key);

/// Takes messages out of the other end's bytes.
class websocket_decoder {
 public:
  explicit websocket_decoder(std::size_t max_message = 16 * 1024 * 1024,
                             websocket_role role = websocket_role::client)
      : max_message_(max_message), role_(role) {}

  /// Takes the next message off the front of `bytes`; true if there was one, false if more bytes
  /// are needed. Fragments are taken off and kept. An unfinished frame stays: give it again, with
  /// more. After an error (kind `protocol`, code `websocket_errc`) the connection has to be closed.
  result<bool> next(std::string_view& bytes, websocket_message& into);

  /// How many bytes the unfinished frame at the front needs in all; at least 1. Valid after `next`
  /// said false.
  std::size_t wanted() const noexcept { return wanted_; }

 private:
  struct header {
    std::size_t length = 0;  ///< of the header itself
    std::uint64_t payload = 0;
    int opcode = 0;
    bool last = false;
  };
  std::optional<websocket_errc> violation(header const& h) const noexcept;

  std::size_t max_message_;
  websocket_role role_;
  std::size_t wanted_ = 1;
  std::shared_ptr<std::string> fragments_;
  websocket_kind fragments_kind_ = websocket_kind::text;
};

/// Writes frames: a client's, each with a fresh mask, or a server's.
class websocket_encoder {
 public:
  explicit websocket_encoder(websocket_role role = websocket_role::client);
  /// Appends one whole frame to `to`.
  void append(std::string& to, websocket_kind kind, std::string_view payload);
  void append_close(std::string& to, int code, std::string_view reason);

 private:
  websocket_role role_;
  std::uint64_t random_;
};

/// Base64 with padding, as HTTP headers want it.
std::string base64(std::string_view bytes);

/// The value of an Authorization header.
std::string basic_authorization(std::string_view user, std::string_view password);

}  // namespace calluna::io

template <>
struct std::is_error_code_enum<calluna::io::websocket_errc> : std::true_type {};
