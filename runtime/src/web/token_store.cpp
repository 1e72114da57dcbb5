#include <calluna/runtime/web/token_store.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace calluna::runtime::web {
namespace {

using nlohmann::json;

constexpr std::size_t random_bytes = 32;
constexpr std::size_t longest_name = 64;
constexpr std::size_t longest_token = 256;
constexpr std::size_t largest_file = 4 * 1024 * 1024;

std::string hex_of(std::uint8_t const* bytes, std::size_t n) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i) out += fmt::format("{:02x}", bytes[i]);
  return out;
}

bool read_hex(std::string_view text, std::uint8_t* into, std::size_t n) {
  if (text.size() != 2 * n) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char const c = text[i];
    int const value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (value < 0) return false;
    into[i / 2] = static_cast<std::uint8_t>(i % 2 == 0 ? value << 4 : into[i / 2] | value);
  }
  return true;
}

std::string reason() {
  return std::generic_category().message(errno);
}

struct descriptor {
  int number;
  explicit descriptor(int n) : number(n) {}
  descriptor(descriptor const&) = delete;
  descriptor& operator=(descriptor const&) = delete;
  ~descriptor() {
    if (number >= 0) ::close(number);
  }
};

result<void> check_options(token_store::options const& what) {
  auto const plain = [](unsigned char c) { return c > 0x20 && c != 0x7f; };
  if (what.name.empty() || what.name.size() > longest_name ||
      !std::all_of(what.name.begin(), what.name.end(), plain))
    return fail(error_kind::invalid,
                fmt::format("a token's name has 1 to {} characters and no spaces", longest_name));
  if (what.user.size() > longest_name || !std::all_of(what.user.begin(), what.user.end(), plain))
    return fail(error_kind::invalid, fmt::format("a token's user has {} characters at most and no "
                                                 "spaces",
                                                 longest_name));
  for (auto const& path : what.paths)
    if (path.empty() || path[0] != '/' || (path.size() > 1 && path.back() == '/'))
      return fail(error_kind::invalid,
                  fmt::format("'{}' is no path for a token: it begins with '/' and does not end "
                              "with one",
                              path));
  return {};
}

}  // namespace

bool token_entry::good_for(std::string_view path) const noexcept {
  if (paths.empty()) return true;
  return std::any_of(paths.begin(), paths.end(), [&](std::string const& p) {
    return p == "/" || path == p ||
           (path.size() > p.size() && path.substr(0, p.size()) == p && path[p.size()] == '/');
  });
}

std::int64_t unix_now() {
  auto const now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

token_store::token_store(std::filesystem::path file, logger log)
    : file_(std::move(file)), log_(std::move(log)) {
  (void)refresh();
}

token_store::digest token_store::hash_of(std::string_view text) {
  digest out;
  SHA256(reinterpret_cast<unsigned char const*>(text.data()), text.size(), out.data());
  return out;
}

result<std::vector<token_store::stored>> token_store::read(std::string const& text) {
  auto const all = json::parse(text, nullptr, false);
  auto const bad = [] { return fail(error_kind::invalid, "it is not a list of tokens"); };
  if (!all.is_object() || !all.contains("tokens") || !all["tokens"].is_array()) return bad();
  std::vector<stored> out;
  try {
    for (auto const& one : all["tokens"]) {
      stored s;
      s.entry.name = one.at("name").get<std::string>();
      s.entry.user = one.value("user", "");
      s.entry.created = one.value("created", std::int64_t{0});
      if (one.contains("expires")) s.entry.expires = one["expires"].get<std::int64_t>();
      s.entry.ending = one.value("ending", "");
      s.entry.paths = one.value("paths", std::vector<std::string>{});
      if (!read_hex(one.at("sha256").get_ref<std::string const&>(), s.hash.data(), s.hash.size()))
        return bad();
      out.push_back(std::move(s));
    }
  } catch (json::exception const&) {
    return bad();
  }
  if (out.size() > most_tokens)
    return fail(error_kind::invalid, fmt::format("it holds more than {} tokens", most_tokens));
  return out;
}

result<void> token_store::refresh() {
  struct stat status {};
  if (::stat(file_.c_str(), &status) != 0 && errno == ENOENT) {
    tokens_.clear();
    seen_ = {};
    return {};
  }
  stamp const now{status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_size, status.st_ino};
  if (now == seen_) return {};
  // Set also if it cannot be read, so that this is told once and not at each look.
  seen_ = now;
  auto const refuse = [&](error_kind kind, std::string_view why) {
    auto const message = fmt::format("the token file '{}' is not used: {}", file_.string(), why);
    log_.error(message);
    return fail(kind, message);
  };
  if ((status.st_mode & 0077) != 0)
    return refuse(error_kind::refused, "others may read or write it: chmod 600 it");
  if (status.st_size > static_cast<off_t>(largest_file))
    return refuse(error_kind::invalid, "it is too large");
  std::ifstream in{file_, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return refuse(error_kind::refused, "it cannot be read");
  auto tokens = read(text.str());
  if (!tokens) return refuse(tokens.error().kind, tokens.error().message);
  tokens_ = std::move(*tokens);
  return {};
}

result<void> token_store::write() const {
  json all{{"tokens", json::array()}};
  for (auto const& t : tokens_) {
    json one{{"name", t.entry.name},
             {"user", t.entry.user},
             {"created", t.entry.created},
             {"ending", t.entry.ending},
             {"sha256", hex_of(t.hash.data(), t.hash.size())}};
    if (t.entry.expires) one["expires"] = *t.entry.expires;
    if (!t.entry.paths.empty()) one["paths"] = t.entry.paths;
    all["tokens"].push_back(std::move(one));
  }
  auto const text = all.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  auto const refuse = [&] {
    return fail(error_kind::refused,
                fmt::format("the token file '{}' cannot be written: {}", file_.string(), reason()));
  };
  auto const fresh = file_.string() + ".new";
  ::unlink(fresh.c_str());
  {
    descriptor const out{
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (out.number < 0) return refuse();
    std::size_t done = 0;
    while (done < text.size()) {
      auto const n = ::write(out.number, text.data() + done, text.size() - done);
      if (n < 0 && errno != EINTR) return refuse();
      if (n > 0) done += static_cast<std::size_t>(n);
    }
    if (::fsync(out.number) != 0) return refuse();
  }
  if (::rename(fresh.c_str(), file_.c_str()) != 0) return refuse();
  return {};
}

template <class Change>
result<void> token_store::update(Change change) {
  auto const path = file_.string() + ".lock";
  descriptor const lock{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (lock.number < 0 || ::flock(lock.number, LOCK_EX) != 0)
    return fail(error_kind::refused,
                fmt::format("the token file '{}' cannot be locked: {}", file_.string(), reason()));
  seen_ = {};  // What stands there now counts, also what could not be read before.
  if (auto const read = refresh(); !read) return read;
  auto before = tokens_;
  result<void> done = change();
  if (done) done = write();
  if (!done) {
    tokens_ = std::move(before);
    return done;
  }
  return refresh();
}

result<std::string> token_store::add(options const& what, std::int64_t now) {
  if (auto const ok = check_options(what); !ok) return fail(ok.error());
  std::array<std::uint8_t, random_bytes> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1)
    return fail(error_kind::refused, "the system gives no random numbers");
  auto text = std::string{prefix} + hex_of(random.data(), random.size());
  auto const done = update([&]() -> result<void> {
    if (tokens_.size() >= most_tokens)
      return fail(error_kind::invalid, fmt::format("there are {} tokens already", most_tokens));
    for (auto const& t : tokens_)
      if (t.entry.name == what.name)
        return fail(error_kind::invalid, fmt::format("there is a token '{}' already", what.name));
    tokens_.push_back(
        {{what.name, what.user, now, what.expires, text.substr(text.size() - 4), what.paths},
         hash_of(text)});
    return {};
  });
  if (!done) return fail(done.error());
  return text;
}

result<void> token_store::revoke(std::string_view name) {
  return update([&]() -> result<void> {
    auto const at = std::find_if(tokens_.begin(), tokens_.end(),
                                 [&](stored const& t) { return t.entry.name == name; });
    if (at == tokens_.end())
      return fail(error_kind::gone, fmt::format("there is no token '{}'", name));
    tokens_.erase(at);
    return {};
  });
}

std::vector<token_entry> token_store::list() const {
  std::vector<token_entry> out;
  for (auto const& t : tokens_) out.push_back(t.entry);
  return out;
}

bool token_store::holds(std::string_view name, std::int64_t now) const noexcept {
  return std::any_of(tokens_.begin(), tokens_.end(), [&](stored const& t) {
    return t.entry.name == name && (!t.entry.expires || *t.entry.expires > now);
  });
}

std::optional<token_entry> token_store::find(std::string_view text, std::int64_t now) const {
  if (text.size() > longest_token) return std::nullopt;
  auto const hash = hash_of(text);
  stored const* found = nullptr;
  for (auto const& t : tokens_)
    if (CRYPTO_memcmp(t.hash.data(), hash.data(), hash.size()) == 0) found = &t;
  if (found == nullptr || (found->entry.expires && *found->entry.expires <= now))
    return std::nullopt;
  return found->entry;
}

}  // namespace calluna::runtime::web
