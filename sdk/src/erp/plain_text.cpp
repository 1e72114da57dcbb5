#include "json_text.hpp"

#include <calluna/erp/plain_text.hpp>

namespace calluna::erp {
namespace {

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

}  // namespace

std::string html_of(std::string_view text) {
  std::string html;
  html.reserve(text.size() + text.size() / 8);
  for (char const c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      case '\n':
        html += "<br/>";
        break;
      case '\r':
        break;
      default:
        html += c;
    }
  }
  return html;
}

std::string without_secret(std::string text, std::string_view secret) {
  if (secret.empty()) return text;
  replace_all(text, secret, "***");
  auto const quoted = json_text(secret);
  if (auto const inner = quoted.substr(1, quoted.size() - 2); inner != secret)
    replace_all(text, inner, "***");
  return text;
}

}  // namespace calluna::erp
