#include "static_files.hpp"

#include <calluna/runtime/web/request_reader.hpp>

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace calluna::runtime::web {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 14> types{
    {{"html", "text/html; charset=utf-8"},
     {"css", "text/css; charset=utf-8"},
     {"js", "text/javascript; charset=utf-8"},
     {"mjs", "text/javascript; charset=utf-8"},
     {"json", "application/json"},
     {"txt", "text/plain; charset=utf-8"},
     {"svg", "image/svg+xml"},
     {"png", "image/png"},
     {"jpg", "image/jpeg"},
     {"ico", "image/x-icon"},
     {"woff2", "font/woff2"},
     {"webmanifest", "application/manifest+json"},
     {"wav", "audio/wav"},
     {"mp3", "audio/mpeg"}}};

std::string_view type_of(std::string_view name) {
  auto const dot = name.rfind('.');
  if (dot != std::string_view::npos)
    for (auto const& [ending, type] : types)
      if (name.substr(dot + 1) == ending) return type;
  return "application/octet-stream";
}

struct descriptor {
  int number = -1;
  explicit descriptor(int n) : number(n) {}
  descriptor(descriptor const&) = delete;
  descriptor& operator=(descriptor const&) = delete;
  ~descriptor() {
    if (number >= 0) ::close(number);
  }
};

// O_NONBLOCK: opening a FIFO must not wait for its writer.
constexpr int reading = O_RDONLY | O_CLOEXEC | O_NONBLOCK;

/// For kernels and containers without openat2: one segment after the other, and no symlinks at all.
int open_by_segments(int folder, std::string_view path) {
  int at = ::fcntl(folder, F_DUPFD_CLOEXEC, 0);
  while (at >= 0) {
    auto const slash = path.find('/');
    auto const name = std::string{path.substr(0, slash)};
    int const next = ::openat(at, name.c_str(), reading | O_NOFOLLOW);
    ::close(at);
    at = next;
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return at;
}

/// Opens what is inside of `folder` only.
int open_inside(int folder, std::string const& path) {
  open_how how{};
  how.flags = reading;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  auto const got = static_cast<int>(::syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how));
  if (got >= 0 || (errno != ENOSYS && errno != EPERM)) return got;
  return open_by_segments(folder, path);
}

/// The router has decoded and checked the segments; this is what a file's name must not be beyond
/// that: absolute, with empty or dot segments, with an encoded slash, or hidden.
bool is_file_path(std::string_view path) {
  if (path.find('%') != std::string_view::npos || path.find('\0') != std::string_view::npos)
    return false;
  for (;;) {
    auto const slash = path.find('/');
    auto const part = path.substr(0, slash);
    if (part.empty() || part.front() == '.') return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

bool names_tag(std::string_view list, std::string_view tag) {
  if (list == "*") return true;
  while (!list.empty()) {
    auto const comma = list.find(',');
    auto one = list.substr(0, comma);
    while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
    while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
    if (one.substr(0, 2) == "W/") one.remove_prefix(2);
    if (one == tag) return true;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

bool is_unchanged(request_head const& request, std::string_view tag, std::string_view date) {
  auto const tags = request.joined("if-none-match");
  if (!tags.empty()) return names_tag(tags, tag);
  return request.field("if-modified-since") == date;
}

}  // namespace

static_files::answer static_files::serve(std::string const& folder, std::string_view path,
                                         request_head const& request) {
  std::string name{path};
  if (name.empty() || name.back() == '/') name += "index.html";
  if (!is_file_path(name)) return {};
  descriptor const in{::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (in.number < 0) return {};
  descriptor const file{open_inside(in.number, name)};
  struct stat status {};
  if (file.number < 0 || ::fstat(file.number, &status) != 0 || !S_ISREG(status.st_mode)) return {};
  answer out;
  if (status.st_size > static_cast<off_t>(max_file_)) {
    out.why = "the file is too big to be served";
    return out;
  }
  stamp const when{status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_size, status.st_ino};
  auto const tag = fmt::format("\"{:x}-{:x}-{:x}\"", when.seconds, when.nanoseconds, when.size);
  auto const date = http_date(when.seconds);
  // no-cache: it may be kept, but asked for again each time, which is what the tag is for.
  out.headers = {{"ETag", tag}, {"Last-Modified", date}, {"Cache-Control", "no-cache"}};
  if (is_unchanged(request, tag, date)) {
    out.status = 304;
    return out;
  }
  out.body = text_of(file.number, folder + "/" + name, when);
  if (!out.body) return {};
  out.status = 200;
  out.headers.emplace_back("Content-Type", type_of(name));
  return out;
}

std::shared_ptr<std::string const> static_files::text_of(int file, std::string const& name,
                                                         stamp const& when) {
  auto const found = index_.find(name);
  if (found != index_.end()) {
    kept_.splice(kept_.begin(), kept_, found->second);
    if (found->second->when == when) return found->second->text;
    kept_bytes_ -= kept_.front().text->size();
    kept_.pop_front();
    index_.erase(found);
  }
  std::string text(static_cast<std::size_t>(when.size), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    auto const n = ::read(file, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return nullptr;  // it is being rewritten
    done += static_cast<std::size_t>(n);
  }
  auto shared = std::make_shared<std::string const>(std::move(text));
  kept_.push_front({name, when, shared});
  index_[name] = kept_.begin();
  kept_bytes_ += shared->size();
  while (kept_bytes_ > most_kept) {
    kept_bytes_ -= kept_.back().text->size();
    index_.erase(kept_.back().name);
    kept_.pop_back();
  }
  return shared;
}

}  // namespace calluna::runtime::web
