#include "answer.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace calluna::ami {
namespace {

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool holds_words(std::string_view text, std::string_view words) noexcept {
  return std::search(text.begin(), text.end(), words.begin(), words.end(),
                     [](char a, char b) { return lower(a) == lower(b); }) != text.end();
}

}  // namespace

bool same_word(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view space = " \t\r\n";
  auto const first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

bool says_empty_list(std::string_view text) noexcept {
  text = trimmed(text);
  if (text.ends_with('.')) text.remove_suffix(1);
  return same_word(text, "No active conferences") ||
         same_word(text, "There are no voicemail users currently defined") ||
         (text.starts_with("No ") && text.ends_with(" found"));
}

error meaning_of_error(std::string_view name, message_view answer) {
  auto said = trimmed(answer.get("Message"));
  // A Command that fails says why in its output, under the message of one that does not.
  if (auto const output = answer.find("Output")) said = trimmed(*output);
  std::string text(name);
  text += ": ";
  text += said.empty() ? "Asterisk answered Error without a message" : said;
  std::replace(text.begin(), text.end(), '\n', ' ');
  bool const refused = holds_words(said, "permission denied") ||
                       holds_words(said, "access forbidden") ||
                       holds_words(said, "authentication required");
  return {refused ? error_kind::refused : error_kind::rejected, std::move(text)};
}

message kept_answer(message_view answer) {
  constexpr std::string_view end_mark = "--END COMMAND--";
  auto const text = answer.text();
  if (!text.starts_with("Response: Follows\r\n")) return message::copy_of(text);
  // Two or three headers in CRLF lines, then the output in LF lines, then the end mark.
  std::string head = "Response: Success\r\n";
  std::size_t at = text.find("\r\n") + 2;
  for (std::string_view const key : {"Privilege: ", "ActionID: "}) {
    if (!text.substr(at).starts_with(key)) continue;
    auto const end = text.find("\r\n", at) + 2;
    head += text.substr(at, end - at);
    at = end;
  }
  head += "Message: Command output follows\r\n";
  auto output = text.substr(at);
  if (auto const end = output.rfind(end_mark); end != std::string_view::npos)
    output = output.substr(0, end);
  while (!output.empty()) {
    auto const end = std::min(output.find('\n'), output.size());
    auto line = output.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    head.append("Output: ").append(line).append("\r\n");
    output.remove_prefix(std::min(end + 1, output.size()));
  }
  return message::copy_of(head);
}

std::string md5_hex(std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest, &size, EVP_md5(), nullptr) != 1) return {};
  constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += digits[digest[i] >> 4];
    hex += digits[digest[i] & 15];
  }
  return hex;
}

}  // namespace calluna::ami
