#pragma once
#include "ami_blocks.hpp"

#include <algorithm>
#include <charconv>

namespace calluna::sim {

inline bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           auto const lower = [](char c) {
             return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
           };
           return lower(x) == lower(y);
         });
}

/// Whether the comma-separated `classes` have `one`, or "all".
inline bool has_class(std::string_view classes, std::string_view one) {
  for (auto const& c : split_arguments(classes))
    if (same_word(c, one) || same_word(c, "all")) return true;
  return false;
}

/// An action as it came.
struct ami_talk::request {
  ami_block headers;

  std::string get(std::string_view key) const {
    for (auto const& [k, v] : headers)
      if (same_word(k, key)) return v;
    return {};
  }
  std::vector<std::pair<std::string, std::string>> variables() const {
    std::vector<std::pair<std::string, std::string>> all;
    for (auto const& [k, v] : headers) {
      if (!same_word(k, "Variable")) continue;
      // Several may stand in one header; a comma or a quote inside of a value is escaped.
      std::vector<std::string> parts(1);
      bool quoted = false;
      for (std::size_t i = 0; i < v.size(); ++i) {
        if (v[i] == '\\' && i + 1 < v.size())
          parts.back() += v[++i];
        else if (v[i] == '"')
          quoted = !quoted;
        else if (v[i] == ',' && !quoted)
          parts.emplace_back();
        else
          parts.back() += v[i];
      }
      for (auto const& part : parts)
        if (auto const equals = part.find('='); equals != std::string::npos)
          all.emplace_back(part.substr(0, equals), part.substr(equals + 1));
    }
    return all;
  }
  long number(std::string_view key, long otherwise) const {
    auto const text = get(key);
    long value = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }
};

}  // namespace calluna::sim
