#include "sip_message.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace calluna::integration {
namespace {

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return std::string(text);
}

}  // namespace

std::optional<sip_message> sip_message::read(std::string_view text) {
  sip_message m;
  auto const end = text.find("\r\n\r\n");
  if (end == text.npos) return std::nullopt;
  m.body = text.substr(end + 4);
  auto head = text.substr(0, end + 2);
  while (!head.empty()) {
    auto const line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(line.size() + 2);
    auto const colon = line.find(':');
    if (m.start.empty())
      m.start = line;
    else if (colon != line.npos)
      m.add(trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
  }
  return m;
}

std::string sip_message::text() const {
  auto all = start + "\r\n";
  for (auto const& [name, value] : headers) all += name + ": " + value + "\r\n";
  return all + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

int sip_message::status() const {
  return is_request() ? 0 : std::atoi(start.c_str() + 8);
}

std::string sip_message::get(std::string_view name) const {
  for (auto const& [key, value] : headers)
    if (same(key, name)) return value;
  return {};
}

int sip_message::cseq() const {
  return std::atoi(get("CSeq").c_str());
}

std::string sip_message::cseq_method() const {
  auto const value = get("CSeq");
  return value.substr(value.rfind(' ') + 1);
}

std::string uri_of(std::string_view address) {
  auto const open = address.find('<');
  if (open == address.npos) return std::string(address.substr(0, address.find(';')));
  return std::string(address.substr(open + 1, address.find('>', open) - open - 1));
}

std::string user_of(std::string_view uri) {
  auto const colon = uri.find(':'), at = uri.find('@');
  if (colon == uri.npos || at == uri.npos) return {};
  auto const user = uri.substr(colon + 1, at - colon - 1);
  return std::string(user.substr(0, user.find(';')));
}

sip_party party_of(std::string_view address) {
  auto name = trimmed(address.substr(0, std::min(address.find('<'), address.size())));
  if (address.find('<') == address.npos) name.clear();
  if (name.size() >= 2 && name.front() == '"') name = name.substr(1, name.rfind('"') - 1);
  return {name, user_of(uri_of(address))};
}

std::string parameter(std::string_view address, std::string_view name) {
  auto const after = address.find('>');
  auto const rest = after == address.npos ? address : address.substr(after);
  auto const at = rest.find(";" + std::string(name) + "=");
  if (at == rest.npos) return {};
  auto const value = rest.substr(at + name.size() + 2);
  return std::string(value.substr(0, value.find_first_of(";>, ")));
}

}  // namespace calluna::integration
