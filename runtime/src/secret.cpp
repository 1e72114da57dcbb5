#include <calluna/runtime/secret.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <string.h>  // NOLINT: explicit_bzero is not in <cstring>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace calluna::runtime {
namespace {

constexpr std::size_t largest_secret = 4096;

/// Passwords of sample configurations, guides and distributions; lower case.
constexpr std::array well_known{
    "admin",   "administrator", "amp109",       "amp111",    "amportal",    "ari",
    "ariuser", "asterisk",      "asterisk123",  "calluna",   "changeit",    "changeme",
    "default", "freepbx",       "letmein",      "manager",   "mypassword",  "mysecret",
    "pass",    "passw0rd",      "password",     "password1", "password123", "pbx",
    "qwerty",  "root",          "secret",       "secret5",   "secret123",   "test",
    "voip",    "your_password", "yourpassword", "yoursecret"};

std::string lower(std::string_view text) {
  std::string low{text};
  for (char& c : low)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return low;
}

std::string reason(int number) {
  return std::generic_category().message(number);
}

/// A file descriptor that closes itself.
struct descriptor {
  int number = -1;
  explicit descriptor(int n) : number(n) {}
  descriptor(descriptor const&) = delete;
  descriptor& operator=(descriptor const&) = delete;
  ~descriptor() {
    if (number >= 0) ::close(number);
  }
};

/// Bytes that are overwritten when they go.
struct wiped_buffer {
  std::array<char, largest_secret + 1> bytes{};
  ~wiped_buffer() { explicit_bzero(bytes.data(), bytes.size()); }
};

/// Overwrites; an empty vector has no bytes, and none may be asked for at nullptr.
void wipe(std::vector<char>& bytes) {
  if (!bytes.empty()) explicit_bzero(bytes.data(), bytes.size());
}

result<secret> accept(std::string_view text, std::string_view user, std::string const& where) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  if (text.empty()) return fail(error_kind::invalid, where + " is empty");
  if (text.find_first_of(std::string_view{"\r\n\0", 3}) != std::string_view::npos)
    return fail(error_kind::invalid, where + " holds more than one line");
  if (auto why = refuse_weak_secret(text, user); !why.empty())
    return fail(error_kind::refused, where + " holds " + why);
  return secret{text};
}

result<std::unique_ptr<descriptor>> open_secret(std::filesystem::path const& file,
                                                std::string const& where) {
  // O_NONBLOCK: opening a FIFO must not wait for its writer.
  auto in = std::make_unique<descriptor>(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (in->number < 0)
    return fail(error_kind::invalid, fmt::format("{} cannot be read: {}", where, reason(errno)));
  struct stat status {};
  if (::fstat(in->number, &status) != 0)
    return fail(error_kind::invalid, fmt::format("{} cannot be read: {}", where, reason(errno)));
  if (!S_ISREG(status.st_mode)) return fail(error_kind::invalid, where + " is not a regular file");
  if ((status.st_mode & 0007) != 0)
    return fail(error_kind::refused,
                fmt::format("{} is open to everyone (mode {:04o}): chmod 600 or 640 it", where,
                            static_cast<unsigned>(status.st_mode & 07777)));
  return in;
}

std::string place_of(std::filesystem::path const& file) {
  return fmt::format("the file '{}'", file.string());
}

}  // namespace

secret& secret::operator=(secret&& other) noexcept {
  if (this != &other) {
    wipe(bytes_);
    bytes_ = std::move(other.bytes_);
  }
  return *this;
}

secret::~secret() {
  wipe(bytes_);
}

std::string refuse_weak_secret(std::string_view text, std::string_view user) {
  auto const low = lower(text);
  if (!user.empty() && low == lower(user)) return "the user's own name: choose another secret";
  auto const listed = std::find(well_known.begin(), well_known.end(), low) != well_known.end();
  auto const counted = std::string_view{"12345678901234567890"}.substr(0, low.size()) == low;
  if (listed || counted) return "a well-known default password: choose another secret";
  return {};
}

result<secret> secret_from_env(std::string const& variable, std::string_view user) {
  char const* const text = std::getenv(variable.c_str());
  auto const where = fmt::format("the environment variable {}", variable);
  if (text == nullptr) return fail(error_kind::invalid, where + " is not set");
  return accept(text, user, where);
}

result<secret> secret_from_file(std::filesystem::path const& file, std::string_view user) {
  auto const where = place_of(file);
  auto const opened = open_secret(file, where);
  if (!opened) return fail(opened.error());
  auto const& in = **opened;
  wiped_buffer buffer;
  std::size_t size = 0;
  while (size < buffer.bytes.size()) {
    auto const n = ::read(in.number, buffer.bytes.data() + size, buffer.bytes.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      return fail(error_kind::invalid, fmt::format("{} cannot be read: {}", where, reason(errno)));
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  if (size > largest_secret)
    return fail(error_kind::invalid,
                fmt::format("{} is larger than {} bytes", where, largest_secret));
  return accept({buffer.bytes.data(), size}, user, where);
}

result<void> check_secret_file(std::filesystem::path const& file) {
  auto const opened = open_secret(file, place_of(file));
  if (!opened) return fail(opened.error());
  return {};
}

}  // namespace calluna::runtime
