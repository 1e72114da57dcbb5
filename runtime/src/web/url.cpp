#include <calluna/runtime/web/url.hpp>

#include <algorithm>

namespace calluna::runtime::web {
namespace {

int hex(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_alnum(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool begins_with_scheme(std::string_view target) noexcept {
  return target.substr(0, 7) == "http://" || target.substr(0, 8) == "https://";
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char const c = text[i];
    if (c == '+' && plus_is_space) {
      out += ' ';
    } else if (c != '%') {
      out += c;
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      int const high = hex(text[i + 1]);
      int const low = hex(text[i + 2]);
      if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

std::optional<target_parts> split_target(std::string_view target) {
  auto const visible = [](char c) { return c > 0x20 && c < 0x7f && c != '#'; };
  if (!std::all_of(target.begin(), target.end(), visible)) return std::nullopt;
  if (target == "*") return target_parts{"*", ""};
  if (begins_with_scheme(target)) {
    target.remove_prefix(target.find("//") + 2);
    target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
    if (target.empty() || target.front() == '?')
      return target_parts{"/", target.empty() ? target : target.substr(1)};
  }
  if (target.empty() || target.front() != '/') return std::nullopt;
  auto const mark = target.find('?');
  if (mark == std::string_view::npos) return target_parts{target, ""};
  return target_parts{target.substr(0, mark), target.substr(mark + 1)};
}

std::optional<std::vector<std::pair<std::string, std::string>>> read_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!query.empty()) {
    auto const end = query.find('&');
    auto const pair = query.substr(0, end);
    query = end == std::string_view::npos ? "" : query.substr(end + 1);
    if (pair.empty()) continue;
    auto const equals = pair.find('=');
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value =
        percent_decode(equals == std::string_view::npos ? "" : pair.substr(equals + 1), true);
    if (!name || !value) return std::nullopt;
    out.emplace_back(std::move(*name), std::move(*value));
  }
  return out;
}

std::optional<std::vector<std::string>> read_path(std::string_view path) {
  if (path.empty() || path.front() != '/') return std::nullopt;
  std::vector<std::string> segments;
  do {
    path.remove_prefix(1);
    auto const end = std::min(path.find('/'), path.size());
    auto segment = percent_decode(path.substr(0, end));
    path.remove_prefix(end);
    if (!segment || segments.size() == most_segments) return std::nullopt;
    // What is encoded twice ("%252e") decodes to "%2e" and stays text: nobody decodes it again.
    // An encoded slash must not smuggle such a segment in, either: "..%2f..".
    for (std::string_view rest = *segment;;) {
      auto const slash = std::min(rest.find_first_of("/\\"), rest.size());
      auto const part = rest.substr(0, slash);
      if (part == "." || part == "..") return std::nullopt;
      if (slash == rest.size()) break;
      rest.remove_prefix(slash + 1);
    }
    segments.push_back(std::move(*segment));
  } while (!path.empty());
  return segments;
}

bool is_host(std::string_view text) noexcept {
  if (text.empty() || text.size() > 255 + 6) return false;
  auto port = std::string_view{};
  if (text.front() == '[') {
    auto const end = text.find(']');
    if (end == std::string_view::npos || end < 3) return false;
    auto const inside = text.substr(1, end - 1);
    auto const fits = [](char c) { return hex(c) >= 0 || c == ':' || c == '.'; };
    if (!std::all_of(inside.begin(), inside.end(), fits)) return false;
    port = text.substr(end + 1);
  } else {
    auto const end = std::min(text.find(':'), text.size());
    auto const name = text.substr(0, end);
    auto const fits = [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_'; };
    if (name.empty() || !std::all_of(name.begin(), name.end(), fits)) return false;
    port = text.substr(end);
  }
  if (port.empty()) return true;
  port.remove_prefix(1);
  return text[text.size() - port.size() - 1] == ':' && port.size() <= 5 &&
         std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace calluna::runtime::web
