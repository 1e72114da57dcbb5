#include "watch_set.hpp"

#include <calluna/runtime/watcher.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <deque>
#include <sys/inotify.h>
#include <system_error>

namespace calluna::runtime {
namespace {

namespace fs = std::filesystem;

/// An app of more folders than this is a mistake in its path.
constexpr std::size_t most_directories = 1000;
constexpr int most_links = 40;
constexpr std::uint32_t events = IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM |
                                 IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

bool is_ignored(std::string_view name) {
  return name == ".git" || name == ".hg" || name == ".svn" || is_editor_dropping(name);
}

}  // namespace

bool is_editor_dropping(std::string_view name) noexcept {
  // vim probes with these whether a folder takes new files.
  if (name == "4913" || name == "5036") return true;
  if (name.ends_with('~') || name.starts_with(".#")) return true;
  if (name.size() > 1 && name.starts_with('#') && name.ends_with('#')) return true;
  if (name.starts_with(".goutputstream-") || name.ends_with(".kate-swp")) return true;
  if (name.ends_with("___jb_tmp___") || name.ends_with("___jb_old___")) return true;
  auto const dot = name.rfind(".sw");
  return name.starts_with('.') && dot != std::string_view::npos && name.size() == dot + 4 &&
         name.back() >= 'a' && name.back() <= 'p';
}

/// False if the bound is reached or `where` cannot be watched.
bool watch_set::add(path const& where, std::string const& name, walk& w) {
  int const watch = ::inotify_add_watch(inotify_, where.c_str(), events);
  if (watch < 0) {
    // A folder on the way may be closed to us, or be gone again: its parent tells when that
    // changes.
    if ((errno == ENOSPC || errno == ENOMEM) && !std::exchange(told_limit_, true))
      log_.warning(
          fmt::format("'{}' is not watched, the limit fs.inotify.max_user_watches is "
                      "reached: changes may go unnoticed",
                      where.string()));
    return false;
  }
  directories_[watch].where = where;
  w.wanted[watch].insert(name);
  return true;
}

/// Goes from `from` (a real directory) along `to`, watching each step; the real path reached, or
/// an empty one if the way ends before.
fs::path watch_set::follow(path const& from, path const& to, walk& w) {
  std::deque<path> steps(to.begin(), to.end());
  path at = to.is_absolute() ? path{"/"} : from;
  int links = 0;
  while (!steps.empty()) {
    auto const step = steps.front();
    steps.pop_front();
    if (step.empty() || step == "." || step == "/") continue;
    if (step == "..") {
      at = at.parent_path();
      continue;
    }
    add(at, step.string(), w);
    std::error_code code;
    auto const status = fs::symlink_status(at / step, code);
    if (code || !fs::exists(status)) return {};
    if (!fs::is_symlink(status)) {
      at /= step;
      continue;
    }
    auto const target = fs::read_symlink(at / step, code);
    if (code || ++links > most_links) return {};
    if (target.is_absolute()) at = "/";
    steps.insert(steps.begin(), target.begin(), target.end());
  }
  return at;
}

void watch_set::add_tree(path const& where, walk& w) {
  if (!w.seen.insert(where).second) return;
  if (w.seen.size() > most_directories) {
    if (w.seen.size() == most_directories + 1)
      log_.warning(fmt::format("'{}' has more than {} folders: not all are watched",
                               w.root.string(), most_directories));
    return;
  }
  if (!add(where, "", w)) return;
  std::error_code code;
  for (fs::directory_iterator entry{where, code}, end; !code && entry != end;
       entry.increment(code)) {
    if (is_ignored(entry->path().filename().string())) continue;
    std::error_code gone;
    auto const status = entry->symlink_status(gone);
    if (gone) continue;
    if (fs::is_directory(status)) {
      add_tree(entry->path(), w);
    } else if (fs::is_symlink(status)) {
      auto const real = follow(where, entry->path().filename(), w);
      if (!real.empty() && fs::is_directory(real, gone)) add_tree(real, w);
    }
  }
}

void watch_set::scan(path const& root) {
  walk w{root};
  auto const real = follow("/", root, w);
  std::error_code code;
  if (!real.empty() && fs::is_directory(real, code)) add_tree(real, w);
  drop(root);
  for (auto const& [watch, names] : w.wanted)
    for (auto const& name : names) directories_[watch].interests.emplace(root, name);
  end_unused();
}

void watch_set::forget(path const& root) {
  drop(root);
  end_unused();
}

void watch_set::drop(path const& root) {
  for (auto& [watch, where] : directories_)
    std::erase_if(where.interests, [&](interest const& i) { return i.first == root; });
}

void watch_set::end_unused() {
  for (auto it = directories_.begin(); it != directories_.end();) {
    if (!it->second.interests.empty()) {
      ++it;
      continue;
    }
    ::inotify_rm_watch(inotify_, it->first);
    it = directories_.erase(it);
  }
}

std::set<fs::path> watch_set::concerned(int watch, std::string_view name,
                                        std::uint32_t mask) const {
  std::set<path> roots;
  auto const found = directories_.find(watch);
  if (found == directories_.end()) return roots;
  auto const& [where, interests] = found->second;
  if (is_ignored(name)) {
    // Unless it is itself a step on the way to a root.
    for (auto const& [root, only] : interests)
      if (only == name) roots.insert(root);
    return roots;
  }
  // A new plain file says by IN_CLOSE_WRITE when it is complete; a hard link is complete at once.
  if ((mask & IN_CREATE) != 0 && (mask & IN_ISDIR) == 0) {
    std::error_code code;
    auto const status = fs::symlink_status(where / name, code);
    if (!code && fs::is_regular_file(status) && fs::hard_link_count(where / name, code) == 1)
      return roots;
  }
  for (auto const& [root, only] : interests)
    if (only.empty() || name.empty() || only == name) roots.insert(root);
  return roots;
}

}  // namespace calluna::runtime
