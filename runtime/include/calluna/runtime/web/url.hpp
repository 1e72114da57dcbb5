#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace calluna::runtime::web {

/// `text` without its percent-encoding; nothing for "%zz", "%4" or an encoded NUL.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// The parts of a request's target.
struct target_parts {
  /// Undecoded; "/..." or "*".
  std::string_view path;
  /// Undecoded, without '?'.
  std::string_view query;
};

/// Takes a target in origin form ("/a?b"), absolute form ("http://host/a?b") or "*" apart; nothing
/// for others, for fragments and for bytes that a target cannot have.
std::optional<target_parts> split_target(std::string_view target);

/// "a=1&b=%20" decoded, in its order; nothing if its encoding is broken.
std::optional<std::vector<std::pair<std::string, std::string>>> read_query(std::string_view query);

/// The segments of a path, decoded: "/a/b%2fc" is "a" and "b/c". Nothing if its encoding is broken,
/// if a segment is "." or ".." in whatever disguise, or for more than `most_segments`.
std::optional<std::vector<std::string>> read_path(std::string_view path);
constexpr std::size_t most_segments = 64;

/// Whether `text` may be the value of a Host header: a name or address, with a port or without.
bool is_host(std::string_view text) noexcept;

}  // namespace calluna::runtime::web
