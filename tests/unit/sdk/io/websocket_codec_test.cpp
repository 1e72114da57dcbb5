#include <calluna/io/websocket_codec.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace calluna::io {
namespace {

std::string frame(int opcode, std::string_view payload, bool last = true) {
  std::string f;
  f += static_cast<char>((last ? 0x80 : 0) | opcode);
  if (payload.size() < 126) {
    f += static_cast<char>(payload.size());
  } else if (payload.size() < 65536) {
    f += '\x7e';
    f += static_cast<char>(payload.size() >> 8);
    f += static_cast<char>(payload.size() & 0xff);
  } else {
    f += '\x7f';
    for (int i = 7; i >= 0; --i) f += static_cast<char>(payload.size() >> (8 * i) & 0xff);
  }
  f += payload;
  return f;
}

struct seen {
  websocket_kind kind;
  std::string payload;
  bool operator==(seen const&) const = default;
};

/// Feeds `chunks` one after the other as a reader would.
std::vector<seen> decode(std::vector<std::string_view> const& chunks, error* why = nullptr,
                         std::size_t bound = 1 << 20,
                         websocket_peer from = websocket_peer::server) {
  websocket_decoder decoder(bound, from);
  std::vector<seen> all;
  std::string unread;
  for (auto const chunk : chunks) {
    unread += chunk;
    std::string_view bytes = unread;
    for (;;) {
      websocket_message m;
      auto const got = decoder.next(bytes, m);
      if (!got) {
        if (why != nullptr) *why = got.error();
        return all;
      }
      if (!*got) {
        EXPECT_GT(decoder.wanted(), bytes.size());
        break;
      }
      all.push_back({m.kind, std::string(m.payload)});
    }
    unread.erase(0, unread.size() - bytes.size());
  }
  return all;
}

TEST(websocket_decoder, gives_the_same_messages_at_every_split) {
  std::string const stream = frame(1, "hello") + frame(9, "are you there") +
                             frame(1, "par", false) + frame(10, "") + frame(0, "ti", false) +
                             frame(0, "al") + frame(2, "") + frame(1, std::string(300, 'x')) +
                             frame(8,
                                   "\x03\xe8"
                                   "bye");
  std::vector<seen> const expected{{websocket_kind::text, "hello"},
                                   {websocket_kind::ping, "are you there"},
                                   {websocket_kind::pong, ""},
                                   {websocket_kind::text, "partial"},
                                   {websocket_kind::binary, ""},
                                   {websocket_kind::text, std::string(300, 'x')},
                                   {websocket_kind::close,
                                    "\x03\xe8"
                                    "bye"}};
  std::string_view const all = stream;
  EXPECT_EQ(decode({all}), expected);
  for (std::size_t i = 0; i <= all.size(); ++i)
    ASSERT_EQ(decode({all.substr(0, i), all.substr(i)}), expected) << i;
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < all.size(); ++i) bytes.push_back(all.substr(i, 1));
  EXPECT_EQ(decode(bytes), expected);
}

TEST(websocket_decoder, views_whole_frames_and_owns_fragments) {
  std::string const stream = frame(1, "whole") + frame(1, "a", false) + frame(0, "b");
  std::string_view bytes = stream;
  websocket_decoder decoder;
  websocket_message m;
  ASSERT_TRUE(*decoder.next(bytes, m));
  EXPECT_EQ(m.payload.data(), stream.data() + 2);
  EXPECT_FALSE(m.owner);
  ASSERT_TRUE(*decoder.next(bytes, m));
  EXPECT_TRUE(m.owner);
  EXPECT_EQ(m.payload, "ab");
  EXPECT_FALSE(*decoder.next(bytes, m));
}

TEST(websocket_decoder, takes_each_length_form_at_its_borders) {
  for (std::size_t const n : {0U, 125U, 126U, 127U, 65535U, 65536U, 70000U}) {
    std::string const body(n, 'q');
    auto const got = decode({frame(1, body)});
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].payload, body);
  }
}

TEST(websocket_decoder, names_every_violation) {
  using e = websocket_errc;
  std::vector<std::pair<std::string, e>> const cases{
      {"\xc1\x01x", e::reserved_bits},
      {"\x83\x01x", e::unknown_opcode},
      {"\x8b\x01x", e::unknown_opcode},
      {std::string("\x81\x81\0\0\0\0x", 7), e::masked},
      {std::string("\x81\x7e\0\x05", 4), e::length_not_minimal},
      {std::string("\x81\x7f\0\0\0\0\0\0\xff\xff", 10), e::length_not_minimal},
      {std::string("\x81\x7f\x80\0\0\0\0\x01\0\0", 10), e::length_not_minimal},
      {frame(9, std::string(126, 'x')), e::control_too_long},
      {frame(9, "x", false), e::control_fragmented},
      {frame(0, "x"), e::unexpected_continuation},
      {frame(1, "x", false) + frame(1, "y"), e::missing_continuation},
      {frame(1, std::string(2000, 'x')), e::too_big},
      {frame(1, std::string(600, 'x'), false) + frame(0, std::string(600, 'x')), e::too_big},
      {frame(8, "x"), e::bad_close},
      {frame(8, "\x03\xed"), e::bad_close},
      {frame(8, std::string("\0\x01", 2)), e::bad_close},
  };
  for (auto const& [bytes, code] : cases) {
    error why;
    decode({bytes}, &why, 1000);
    EXPECT_EQ(why.code, make_error_code(code)) << make_error_code(code).message();
    EXPECT_EQ(why.kind, error_kind::protocol);
    EXPECT_FALSE(why.code.message().empty());
  }
}

TEST(websocket_decoder, refuses_a_huge_length_before_its_bytes_came) {
  error why;
  decode({std::string_view("\x81\x7f\0\0\0\xff\0\0\0\0", 10)}, &why);
  EXPECT_EQ(why.code, make_error_code(websocket_errc::too_big));
}

TEST(websocket_encoder, masks_what_a_server_can_unmask) {
  websocket_encoder encoder;
  for (std::size_t const n : {0U, 1U, 7U, 8U, 125U, 126U, 65535U, 65536U}) {
    std::string body;
    for (std::size_t i = 0; i < n; ++i) body += static_cast<char>('a' + i % 26);
    std::string f;
    encoder.append(f, websocket_kind::text, body);
    ASSERT_EQ(f[0], '\x81');
    ASSERT_NE(f[1] & 0x80, 0);
    std::size_t const head = n < 126 ? 2 : n < 65536 ? 4 : 10;
    ASSERT_EQ(f.size(), head + 4 + n);
    auto const mask = f.substr(head, 4);
    auto payload = f.substr(head + 4);
    for (std::size_t i = 0; i < n; ++i) payload[i] = static_cast<char>(payload[i] ^ mask[i % 4]);
    EXPECT_EQ(payload, body);
  }
}

TEST(websocket_encoder, takes_a_new_mask_for_each_frame) {
  websocket_encoder encoder;
  std::string a, b;
  encoder.append(a, websocket_kind::ping, "");
  encoder.append(b, websocket_kind::ping, "");
  EXPECT_NE(a, b);
}

// The example of RFC 6455, 1.3.
constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view answer =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

websocket_upgrade upgrade() {
  return {"h:1", "/ari/events?app=a", "Basic eA==", std::string(key)};
}

TEST(websocket_upgrade, asks_with_key_version_and_login) {
  EXPECT_EQ(upgrade().request(),
            "GET /ari/events?app=a HTTP/1.1\r\nHost: h:1\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Basic eA==\r\n\r\n");
}

TEST(websocket_upgrade, accepts_the_right_answer_at_every_cut_and_leaves_the_frames) {
  auto const u = upgrade();
  std::string const bytes = std::string(answer) + frame(1, "x");
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    auto const used = u.read_answer(std::string_view(bytes).substr(0, n));
    ASSERT_TRUE(used) << n << to_string(used.error());
    EXPECT_EQ(*used, n < answer.size() ? 0 : answer.size()) << n;
  }
}

TEST(websocket_upgrade, refuses_another_key_a_missing_upgrade_and_extensions) {
  auto const change = [](std::string_view what, std::string_view with) {
    std::string text(answer);
    text.replace(text.find(what), what.size(), with);
    return upgrade().read_answer(text);
  };
  EXPECT_EQ(change("s3pP", "s3pQ").error().code, make_error_code(websocket_errc::wrong_accept));
  EXPECT_EQ(change("Upgrade: websocket", "Upgrade: h2c").error().code,
            make_error_code(websocket_errc::not_upgraded));
  EXPECT_EQ(change("keep-alive, Upgrade", "close").error().code,
            make_error_code(websocket_errc::not_upgraded));
  EXPECT_EQ(
      change("\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n").error().code,
      make_error_code(websocket_errc::not_upgraded));
  EXPECT_EQ(upgrade().read_answer("SSH-2.0-OpenSSH\r\n\r\n").error().kind, error_kind::protocol);
}

TEST(websocket_upgrade, says_which_status_it_got_instead) {
  auto const got = upgrade().read_answer(
      "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 5\r\n\r\n");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, http_status(401));
  EXPECT_EQ(http_status(401).message(), "HTTP status 401");
}

TEST(websocket_upgrade, bounds_the_answer) {
  std::string text = "HTTP/1.1 101 OK\r\n";
  while (text.size() < 40'000) text += "X-Filler: " + std::string(100, 'x') + "\r\n";
  EXPECT_FALSE(upgrade().read_answer(text));
}

TEST(basic_authorization, is_the_rfc_7617_example) {
  EXPECT_EQ(basic_authorization("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

TEST(websocket_decoder, reads_what_a_client_wrote_at_every_split) {
  websocket_encoder encoder;
  std::string all;
  std::vector<seen> const expected{{websocket_kind::text, "hello"},
                                   {websocket_kind::ping, ""},
                                   {websocket_kind::binary, std::string(300, 'b')},
                                   {websocket_kind::text, "last"}};
  for (auto const& one : expected) encoder.append(all, one.kind, one.payload);
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    auto const whole = std::string_view{all};
    EXPECT_EQ(
        decode({whole.substr(0, cut), whole.substr(cut)}, nullptr, 1 << 20, websocket_peer::client),
        expected)
        << cut;
  }
}

TEST(websocket_decoder, wants_a_mask_from_clients) {
  error why;
  std::string bytes;
  append_server_frame(bytes, websocket_kind::text, "x");
  EXPECT_TRUE(decode({bytes}, &why, 100, websocket_peer::client).empty());
  EXPECT_EQ(why.code, websocket_errc::unmasked);
  EXPECT_EQ(decode({bytes}).size(), 1U) << "but not from servers";
}

TEST(websocket_decoder, puts_fragments_of_a_client_together) {
  // "He" and "llo", RFC 6455, 5.7, with masks.
  std::string const bytes("\x01\x82\x01\x02\x03\x04\x49\x67\x80\x83\x04\x03\x02\x01\x68\x6f\x6d",
                          17);
  auto const got = decode({bytes}, nullptr, 100, websocket_peer::client);
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].payload, "Hello");
}

TEST(websocket_accept, is_as_in_the_rfc) {
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

}  // namespace
}  // namespace calluna::io
