#include "printable.hpp"

#include <calluna/agi/command.hpp>

#include <algorithm>

namespace calluna::agi {
namespace {

bool is_plain(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

void append(std::string& line, std::string_view word) {
  if (!line.empty()) line += ' ';
  if (is_plain(word)) {
    line += word;
    return;
  }
  line += '"';
  for (char const c : word) {
    if (c == '"' || c == '\\') line += '\\';
    line += c;
  }
  line += '"';
}

}  // namespace

result<std::string> encode(std::vector<std::string> const& words) {
  if (words.empty()) return fail(error_kind::invalid, "an AGI command has at least one word");
  if (words.size() > most_words)
    return fail(error_kind::invalid,
                "an AGI command has at most " + std::to_string(most_words) + " words");
  std::string line;
  for (auto const& word : words) {
    if (word.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
      return fail(error_kind::invalid,
                  "an AGI command cannot carry a line's end or NUL: \"" + printable(word) + "\"");
    append(line, word);
  }
  line += '\n';
  if (line.size() > longest_command)
    return fail(error_kind::invalid, "this AGI command has " + std::to_string(line.size()) +
                                         " bytes; Asterisk takes " +
                                         std::to_string(longest_command) + " at most");
  return line;
}

}  // namespace calluna::agi
