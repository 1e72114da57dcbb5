#include "secrets.hpp"

#include <calluna/ami/message.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>

namespace calluna::runtime::recording {
namespace {

using nlohmann::json;

char lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

bool in_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '(' ||
         c == ')';
}

bool ends_value(char c) {
  return c == '&' || c == ',' || c == ';' || c == '"' || c == '\'' || c == '\r' || c == '\n' ||
         c == ' ' || c == '|';
}

/// "://user:password@" -> "://(secret)@".
void hide_logins(std::string& text) {
  for (std::size_t at = 0; (at = text.find("://", at)) != std::string::npos;) {
    at += 3;
    auto const end = text.find_first_of("/?#@ \"\r\n", at);
    if (end == std::string::npos || text[end] != '@') continue;
    text.replace(at, end - at, hidden);
  }
}

}  // namespace

bool is_secret_name(std::string_view name) noexcept {
  constexpr std::array parts{"secret",     "password", "passwd",  "token",        "api_key",
                             "credential", "apikey",   "api-key", "authorization"};
  std::string small(name);
  std::transform(small.begin(), small.end(), small.begin(), lower);
  if (small == "pin" || small.ends_with("_pin")) return true;
  return std::any_of(parts.begin(), parts.end(),
                     [&](char const* part) { return small.find(part) != std::string::npos; });
}

std::string hide_in_text(std::string_view text) {
  std::string out;
  std::size_t name = 0;  // where the word before `at` begins
  for (std::size_t at = 0; at < text.size(); ++at) {
    out += text[at];
    if (text[at] == '=' && is_secret_name(text.substr(name, at - name))) {
      auto end = at + 1;
      while (end < text.size() && !ends_value(text[end])) ++end;
      if (end > at + 1) out += hidden;
      at = end - 1;
    }
    if (!in_name(text[at])) name = at + 1;
  }
  hide_logins(out);
  return out;
}

std::string hide_in_ami(std::string_view block) {
  std::string out;
  bool of_secret_variable = false;
  ami::message_view(block).for_each([&](std::string_view key, std::string_view value) {
    bool const is_value = key == "Value";
    bool const hide = is_secret_name(key) || (is_value && of_secret_variable);
    out.append(key).append(": ");
    if (key.find("Variable") != key.npos) {
      auto const name = value.substr(0, value.find('='));
      of_secret_variable = is_secret_name(name);
      // All that follows is the value.
      if (of_secret_variable && name.size() < value.size()) {
        out.append(name).append("=").append(hidden).append("\r\n");
        return;
      }
    }
    out.append(hide ? std::string(hidden) : hide_in_text(value)).append("\r\n");
  });
  return out;
}

void hide_in_json(json& value) {
  if (value.is_string()) {
    value = hide_in_text(value.get_ref<std::string const&>());
  } else if (value.is_array()) {
    for (auto& one : value) hide_in_json(one);
  } else if (value.is_object()) {
    bool const of_secret_variable = value.contains("variable") && value["variable"].is_string() &&
                                    is_secret_name(value["variable"].get_ref<std::string const&>());
    for (auto& [key, one] : value.items())
      if (is_secret_name(key) || (key == "value" && of_secret_variable))
        one = hidden;
      else
        hide_in_json(one);
  }
}

}  // namespace calluna::runtime::recording
