#include "rest_message.hpp"

#include "json_scan.hpp"

#include <charconv>
#include <cstring>

namespace calluna::ari {
namespace {

/// How many bytes the UTF-8 sequence at the front of `s` has; 0 if it is none.
std::size_t utf8_length(std::string_view s) noexcept {
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  auto const lead = byte(0);
  std::size_t const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || s.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  auto const second = byte(1);
  bool const overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  bool const outside = (lead == 0xed && second > 0x9f) || (lead == 0xf4 && second > 0x8f);
  return overlong || outside ? 0 : length;
}

void append_utf8(std::string& to, std::uint32_t code) {
  auto const put = [&](std::uint32_t byte) { to += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xc0 | code >> 6);
  } else {
    if (code < 0x10000) {
      put(0xe0 | code >> 12);
    } else {
      put(0xf0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3f));
    }
    put(0x80 | (code >> 6 & 0x3f));
  }
  put(0x80 | (code & 0x3f));
}

bool read_hex4(std::string_view s, std::uint32_t& into) noexcept {
  if (s.size() < 4) return false;
  auto const [end, wrong] = std::from_chars(s.data(), s.data() + 4, into, 16);
  return wrong == std::errc{} && end == s.data() + 4;
}

/// `raw` begins after "\u". How many bytes belong to it; 0 if it is broken.
std::size_t append_code(std::string& to, std::string_view raw) {
  std::uint32_t code = 0;
  if (!read_hex4(raw, code)) return 0;
  if (code < 0xd800 || code > 0xdfff) return append_utf8(to, code), 4;
  std::uint32_t low = 0;
  if (code > 0xdbff || raw.substr(4, 2) != "\\u" || !read_hex4(raw.substr(6), low) ||
      low < 0xdc00 || low > 0xdfff)
    return 0;
  append_utf8(to, 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
  return 10;
}

template <class Number>
bool read_number(std::string_view text, Number& into) noexcept {
  auto const [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), into);
  return wrong == std::errc{} && end != text.data();
}

void append_number(std::string& to, std::uint64_t number) {
  char digits[20];
  auto const end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  to.append(digits, end);
}

}  // namespace

bool append_json_escaped(std::string& to, std::string_view text) {
  constexpr char hex[] = "0123456789abcdef";
  std::size_t clean = 0;  // what is before it has been appended
  for (std::size_t i = 0; i < text.size();) {
    auto const c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\' && c < 0x80) {
      ++i;
      continue;
    }
    if (c >= 0x80) {
      auto const length = utf8_length(text.substr(i));
      if (length == 0) return false;
      i += length;
      continue;
    }
    if (c == 0) return false;
    to.append(text.substr(clean, i - clean));
    if (c == '"' || c == '\\') {
      to += '\\';
      to += static_cast<char>(c);
    } else {
      to += "\\u00";
      to += hex[c >> 4];
      to += hex[c & 15];
    }
    clean = ++i;
  }
  to.append(text.substr(clean));
  return true;
}

bool append_json_unescaped(std::string& to, std::string_view raw) {
  to.reserve(to.size() + raw.size());
  while (!raw.empty()) {
    auto const* slash = static_cast<char const*>(std::memchr(raw.data(), '\\', raw.size()));
    auto const run = slash == nullptr ? raw.size() : static_cast<std::size_t>(slash - raw.data());
    to.append(raw.substr(0, run));
    raw.remove_prefix(run);
    if (raw.empty()) return true;
    if (raw.size() < 2) return false;
    static constexpr std::string_view letters = "\"\\/bfnrt";
    static constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    if (auto const at = letters.find(raw[1]); at != std::string_view::npos) {
      to += meanings[at];
      raw.remove_prefix(2);
      continue;
    }
    auto const used = raw[1] == 'u' ? append_code(to, raw.substr(2)) : 0;
    if (used == 0) return false;
    raw.remove_prefix(2 + used);
  }
  return true;
}

bool append_rest_request(std::string& to, std::uint64_t id, request const& r) {
  to += R"({"type":"RESTRequest","request_id":")";
  append_number(to, id);
  to.append(R"(","method":")").append(to_string(r.method)).append(R"(","uri":")");
  if (!append_json_escaped(to, r.path)) return false;
  to += '"';
  if (!r.query.empty()) {
    to += R"(,"query_strings":[)";
    for (auto const& field : r.query) {
      to += R"({"name":")";
      if (!append_json_escaped(to, field.name)) return false;
      to += R"(","value":")";
      if (!append_json_escaped(to, field.value)) return false;
      to += R"("},)";
    }
    to.back() = ']';
  }
  if (!r.body.empty()) {
    to += R"(,"content_type":"application/json","message_body":")";
    if (!append_json_escaped(to, r.body)) return false;
    to += '"';
  }
  to += '}';
  return true;
}

bool scan_rest_response(std::string_view json, rest_response_view& into) noexcept {
  into = {};
  json_scan scan(json);
  auto const start = scan.skip_space(0);
  if (scan.at(start) != '{' || scan.next() != start) return false;
  bool ours = false;
  bool has_id = false;
  bool has_status = false;
  auto const end = visit_members(scan, [&](json_member const& m) {
    if (m.key == "type") ours = m.value == "RESTResponse";
    if (m.key == "request_id") has_id = read_number(m.value, into.id);
    if (m.key == "status_code") has_status = read_number(m.value, into.status);
    if (m.key == "reason_phrase" && m.kind == '"') into.reason = m.value;
    if (m.key == "message_body" && m.kind == '"') into.body = m.value;
    return m.kind == '"' || m.kind == ' ' || scan.leave() != json_scan::npos;
  });
  return end != json_scan::npos && ours && has_id && has_status;
}

}  // namespace calluna::ari
