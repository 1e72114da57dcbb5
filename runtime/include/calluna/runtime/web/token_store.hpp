#pragma once
#include <calluna/log.hpp>
#include <calluna/result.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::runtime::web {

/// What is known of a token; not the token itself.
struct token_entry {
  std::string name;
  /// Whose it is; may be empty.
  std::string user;
  /// Seconds since 1970.
  std::int64_t created = 0;
  std::optional<std::int64_t> expires;
  /// The token's last four characters, to recognise it by.
  std::string ending;
  /// Paths it is good for, with all below them: "/v1" is "/v1" and "/v1/calls", not "/v10". Empty:
  /// all.
  std::vector<std::string> paths;

  bool good_for(std::string_view path) const noexcept;
};

/// The tokens of the HTTP server: a file of the state folder, mode 0600, that holds their SHA-256
/// only. Tokens have 256 random bits, so a plain hash is as good as a slow one. The runtime and the
/// command line share the file: it is written atomically and under a lock, and read again when it
/// has changed. One thread at a time.
class token_store {
 public:
  static constexpr std::string_view prefix = "cal_";
  /// All are compared with on each request.
  static constexpr std::size_t most_tokens = 1000;

  /// `file`: tokens.json; it need not exist. What cannot be read is logged.
  explicit token_store(std::filesystem::path file, logger log = {});

  struct options {
    std::string name;
    std::string user;
    std::optional<std::int64_t> expires;
    std::vector<std::string> paths;
  };
  /// Makes a token and gives its text, which nobody can find out again. Errors: `invalid` (a bad or
  /// used name, a bad path, too many), `refused` (the file cannot be written, or read).
  result<std::string> add(options const& what, std::int64_t now);
  /// Errors: `gone` (no such name), `refused`.
  result<void> revoke(std::string_view name);
  std::vector<token_entry> list() const;

  /// Looks whether the file has changed, and reads it then. One that cannot be read leaves what was
  /// known as it was. Errors: `refused`, `invalid`; a missing file is none, there are no tokens
  /// then.
  result<void> refresh();
  /// Whether there is a token of that name which has not expired at `now`.
  bool holds(std::string_view name, std::int64_t now) const noexcept;
  /// The token whose text this is, unless it has expired at `now`. Takes as long for any text.
  std::optional<token_entry> find(std::string_view text, std::int64_t now) const;

 private:
  using digest = std::array<std::uint8_t, 32>;
  struct stored {
    token_entry entry;
    digest hash;
  };
  struct stamp {
    std::int64_t seconds = 0, nanoseconds = 0, size = -1;
    std::uint64_t inode = 0;
    friend bool operator==(stamp const&, stamp const&) = default;
  };
  static digest hash_of(std::string_view text);
  static result<std::vector<stored>> read(std::string const& text);
  result<void> write() const;
  /// Under the lock: what the file holds now, changed by `change`, is written.
  template <class Change>
  result<void> update(Change change);

  std::filesystem::path file_;
  logger log_;
  std::vector<stored> tokens_;
  stamp seen_;
};

/// Seconds since 1970.
std::int64_t unix_now();

}  // namespace calluna::runtime::web
