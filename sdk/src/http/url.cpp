#include <calluna/http/url.hpp>

#include <algorithm>
#include <charconv>
#include <vector>

namespace calluna::http {
namespace {

constexpr std::size_t longest = 8000;

bool is_host(std::string_view host, bool bracketed) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [&](char c) {
    bool const letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.';
    return letter || (bracketed ? c == ':' : c == '-' || c == '_');
  });
}

bool is_target(std::string_view target) {
  return std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

/// "/a/./b/../c" -> "/a/c", so that a relative redirect stays a plain path.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> kept;
  bool folder = false;
  while (!path.empty()) {
    path.remove_prefix(1);
    auto const end = std::min(path.find('/'), path.size());
    auto const part = path.substr(0, end);
    path.remove_prefix(end);
    folder = part == "." || part == "..";
    if (part == ".." && !kept.empty()) kept.pop_back();
    if (!folder) kept.push_back(part);
  }
  std::string out;
  for (auto const part : kept) (out += '/') += part;
  if (folder || out.empty()) out += '/';
  return out;
}

result<void> read_authority(std::string_view text, url& into) {
  auto const bad = [](char const* why) { return fail(error_kind::invalid, why); };
  if (text.find('@') != std::string_view::npos)
    return bad("url: no login belongs into it; use the header Authorization");
  bool const bracketed = text.substr(0, 1) == "[";
  auto const host_end = bracketed ? text.find(']') : std::min(text.find(':'), text.size());
  if (host_end == std::string_view::npos) return bad("url: its host has no ']'");
  into.host = text.substr(bracketed ? 1 : 0, host_end - (bracketed ? 1 : 0));
  std::transform(into.host.begin(), into.host.end(), into.host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (!is_host(into.host, bracketed)) return bad("url: it needs a host");
  auto const rest = text.substr(host_end + (bracketed ? 1 : 0));
  into.port = into.encrypted ? 443 : 80;
  if (rest.empty()) return {};
  auto const digits = rest.substr(1);
  auto const* const end = digits.data() + digits.size();
  auto const [stopped, code] = std::from_chars(digits.data(), end, into.port);
  if (rest[0] != ':' || code != std::errc() || stopped != end || into.port == 0)
    return bad("url: its port is a number from 1 to 65535");
  return {};
}

}  // namespace

std::string url::origin() const {
  bool const usual = port == (encrypted ? 443 : 80);
  bool const bracketed = host.find(':') != std::string::npos;
  std::string text = encrypted ? "https://" : "http://";
  text += bracketed ? "[" + host + "]" : host;
  return usual ? text : text + ":" + std::to_string(port);
}

result<url> parse_url(std::string_view text) {
  auto const bad = [](char const* why) { return fail(error_kind::invalid, why); };
  url parsed;
  if (text.size() > longest) return bad("url: it is longer than 8000 bytes");
  auto const colon = text.find("://");
  std::string scheme(text.substr(0, std::min(colon, std::size_t{5})));
  for (auto& c : scheme)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  if (colon == std::string_view::npos || (scheme != "http" && scheme != "https") ||
      scheme.size() != colon)
    return bad("url: it begins with http:// or https://");
  parsed.encrypted = scheme == "https";
  text.remove_prefix(colon + 3);
  text = text.substr(0, text.find('#'));
  auto const authority = text.substr(0, std::min(text.find_first_of("/?"), text.size()));
  if (auto read = read_authority(authority, parsed); !read) return fail(std::move(read).error());
  parsed.target = text.substr(authority.size());
  if (parsed.target.empty() || parsed.target.front() == '?') parsed.target.insert(0, 1, '/');
  if (!is_target(parsed.target))
    return bad(
        "url: a space, a control character or a letter outside ASCII must be percent-encoded");
  return parsed;
}

result<url> resolve(url const& base, std::string_view location) {
  location = location.substr(0, location.find('#'));
  auto const mark = location.find_first_of(":/?");
  if (mark != std::string_view::npos && location[mark] == ':') return parse_url(location);
  if (location.substr(0, 2) == "//")
    return parse_url((base.encrypted ? "https:" : "http:") + std::string(location));
  auto const path = std::string_view(base.target).substr(0, base.target.find('?'));
  std::string target;
  if (location.empty() || location[0] == '?')
    target = std::string(path) + std::string(location);
  else if (location[0] == '/')
    target = location;
  else
    target = std::string(path.substr(0, path.rfind('/') + 1)) + std::string(location);
  auto const query = std::min(target.find('?'), target.size());
  return parse_url(base.origin() + without_dots(std::string_view(target).substr(0, query)) +
                   target.substr(query));
}

}  // namespace calluna::http
