#pragma once
#include <calluna/result.hpp>

#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::runtime {

/// A password or key. It is moved, never copied, cannot be streamed or formatted, and its bytes are
/// overwritten when it goes.
class secret {
 public:
  secret() = default;
  /// Copies `text`; clearing the original is up to its owner.
  explicit secret(std::string_view text) : bytes_(text.begin(), text.end()) {}
  // A vector's move takes the buffer over; a short std::string would leave its bytes behind.
  secret(secret&&) noexcept = default;
  secret& operator=(secret&& other) noexcept;
  ~secret();

  bool empty() const noexcept { return bytes_.empty(); }
  /// The text itself; valid as long as this object. Named so that each use is easy to find.
  std::string_view reveal() const noexcept { return {bytes_.data(), bytes_.size()}; }

 private:
  std::vector<char> bytes_;
};

std::ostream& operator<<(std::ostream&, secret const&) = delete;

/// Reads the secret of `user` from the environment. Errors (`invalid`): the variable is not set or
/// empty, or `refuse_weak_secret` has an objection.
result<secret> secret_from_env(std::string const& variable, std::string_view user);

/// Reads the secret of `user` from a file; newlines at its end are not part of it. Errors
/// (`invalid`, `refused`): no regular file, not readable, empty, larger than 4096 bytes, accessible
/// by everyone (mode & 0007), or `refuse_weak_secret` has an objection.
result<secret> secret_from_file(std::filesystem::path const& file, std::string_view user);

/// Whether `file`, which somebody else reads (a key of TLS), may be used: it is a regular file that
/// not everyone can open. Errors as above.
result<void> check_secret_file(std::filesystem::path const& file);

/// Why `text` must not protect a PBX: a password out of sample files and guides, or the user's own
/// name. Empty if there is no objection; otherwise words that do not repeat the secret.
std::string refuse_weak_secret(std::string_view text, std::string_view user);

}  // namespace calluna::runtime
