#pragma once
#include <string>
#include <string_view>

namespace calluna::agi {

/// At most 60 bytes of `text` for an error message: what is not printable ASCII becomes '.'.
inline std::string printable(std::string_view text) {
  std::string out;
  for (char const c : text.substr(0, 60)) out += c >= 0x20 && c < 0x7f ? c : '.';
  return out;
}

}  // namespace calluna::agi
