#pragma once
#include <calluna/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::agi {

/// Asterisk reads a command into a buffer of this many bytes, its end included; what is longer
/// would become two commands.
inline constexpr std::size_t longest_command = 2047;
/// What Asterisk takes of one command; it drops the rest.
inline constexpr std::size_t most_words = 127;

/// The line of a command, with its end: each word stays one word, whatever is in it. Errors
/// (`invalid`): CR, LF or NUL in a word, a line too long, too many words, none.
result<std::string> encode(std::vector<std::string> const& words);

}  // namespace calluna::agi
